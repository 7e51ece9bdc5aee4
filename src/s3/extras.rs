//! Elements that S3 adds to an error between `Message` and `RequestId`: `docs/facts-s3.md` has them
//! for each refusal.

use std::borrow::Cow;

use jiff::Timestamp;

use super::{
    Refusal,
    request::{MAX_HEADER_SECTION, Place},
};
use crate::files::S3Key;

/// Times that decide whether a URL is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// `X-Amz-Date`.
    pub signed_at: Timestamp,
    /// `X-Amz-Date` plus `X-Amz-Expires`.
    pub expires_at: Timestamp,
    /// The time of the request, in whole seconds.
    pub server: Timestamp,
}

/// Details of a signature that does not match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Access key id.
    pub access_key_id: String,
    /// String to sign, as the server made it.
    pub string_to_sign: String,
    /// Signature that was sent.
    pub signature_provided: String,
    /// Canonical request, as the server made it. Header values need not be text.
    pub canonical_request: Vec<u8>,
}

/// Resource that does not support a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// The bucket itself.
    Bucket,
    /// An object in it.
    Object,
}

impl Resource {
    /// Returns the resource type of a place.
    pub(super) fn of(place: &Place) -> Self {
        if place.key.is_empty() { Self::Bucket } else { Self::Object }
    }
}

/// Names and texts, in order.
pub(super) type Extras<'a> = Vec<(&'static str, Cow<'a, str>)>;

impl Refusal {
    /// Returns the elements of this refusal.
    pub(super) fn extras(&self) -> Extras<'_> {
        match self {
            Self::WrongRegion { expected, .. } => vec![("Region", expected.into())],
            Self::HeadersNotSigned { names } => vec![("HeadersNotSigned", names.into())],
            Self::InvalidAccessKeyId { id } => vec![("AWSAccessKeyId", id.into())],
            Self::TwoAuthMechanisms { authorization } => {
                vec![("ArgumentName", "Authorization".into()), ("ArgumentValue", authorization.into())]
            }
            Self::Expired { expires, times } => times.extras(("X-Amz-Expires", expires.to_string())),
            Self::NotYetValid(times) => {
                times.extras(("X-Amz-Date", times.signed_at.as_millisecond().to_string()))
            }
            Self::SignatureDoesNotMatch(mismatch) => mismatch.extras(),
            Self::MethodNotAllowed { method, resource } => on(method.as_str(), *resource),
            Self::InvalidDigest { content_md5 } => vec![("Content-MD5", content_md5.into())],
            // One in base64, the other in hex: docs/facts-s3.md#wrong-content-md5
            Self::BadDigest { expected, calculated } => vec![
                ("CalculatedDigest", calculated.to_base64().into()),
                ("ExpectedDigest", expected.to_hex().into()),
            ],
            Self::NotImplemented { header } => vec![("Header", (*header).into())],
            Self::UnsupportedCondition { headers, additional } => {
                vec![("Header", (*headers).into()), ("additionalMessage", (*additional).into())]
            }
            Self::PreconditionFailed { condition } => vec![("Condition", (*condition).into())],
            Self::EntityTooLarge { proposed, max } => {
                vec![
                    ("ProposedSize", proposed.to_string().into()),
                    ("MaxSizeAllowed", max.to_string().into()),
                ]
            }
            Self::KeyTooLong { size } => vec![
                ("Size", size.to_string().into()),
                ("MaxSizeAllowed", S3Key::MAX_BYTES.to_string().into()),
            ],
            Self::HeaderSectionTooLarge => vec![("MaxSizeAllowed", MAX_HEADER_SECTION.to_string().into())],
            Self::NoSuchBucket { bucket } => vec![("BucketName", bucket.into())],
            Self::NoSuchKey { key } => vec![("Key", key.as_str().into())],
            Self::InvalidUri { uri } => vec![("URI", uri.into())], // docs/facts-s3.md#non-utf8-path
            Self::CorsNotEnabled { method } | Self::CorsNoSuchBucket { method } => {
                on(method, Resource::Bucket)
            }
            Self::CorsNotAllowed { method, resource, .. } => on(method, *resource),
            _ => Vec::new(),
        }
    }
}

fn on(method: &str, resource: Resource) -> Extras<'_> {
    let resource = match resource {
        Resource::Bucket => "BUCKET",
        Resource::Object => "OBJECT",
    };
    vec![("Method", method.into()), ("ResourceType", resource.into())]
}

impl Times {
    fn extras(&self, first: (&'static str, String)) -> Extras<'static> {
        vec![
            (first.0, first.1.into()),
            ("Expires", self.expires_at.to_string().into()),
            ("ServerTime", self.server.to_string().into()),
        ]
    }
}

impl Mismatch {
    fn extras(&self) -> Extras<'_> {
        vec![
            ("AWSAccessKeyId", self.access_key_id.as_str().into()),
            ("StringToSign", self.string_to_sign.as_str().into()),
            ("SignatureProvided", self.signature_provided.as_str().into()),
            ("StringToSignBytes", byte_pairs(self.string_to_sign.as_bytes()).into()),
            ("CanonicalRequest", String::from_utf8_lossy(&self.canonical_request)),
            ("CanonicalRequestBytes", byte_pairs(&self.canonical_request).into()),
        ]
    }
}

/// Writes each byte as two lower-case hex digits, with spaces between: `41 57 53 34`.
fn byte_pairs(bytes: &[u8]) -> String {
    let digits =
        |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]));
    let mut pairs = String::with_capacity(bytes.len() * 3);
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            pairs.push(' ');
        }
        pairs.extend(digits(byte));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_pairs_of_hex_digits() {
        assert_eq!(byte_pairs(b"AWS4-\n\xff"), "41 57 53 34 2d 0a ff");
        assert_eq!(byte_pairs(b""), "");
    }
}
