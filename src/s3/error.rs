//! Every refusal of S3, with its data, code and message: `docs/facts-s3.md` says for each how well
//! it is known.

use hyper::{Method, ext::ReasonPhrase};

use super::{Denied, Mismatch, Resource, Times};
use crate::{
    exchange::{BodyError, S3Code},
    files::{Blob, Md5Digest, S3Key},
};

/// Why S3 refuses a request. Its text is the `Message` that S3 sends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Some parameters of query authentication are missing: docs/facts-s3.md#query-parameters
    #[error("{}", S3Code::AuthorizationQueryParametersError.message())]
    MissingAuthParameters,
    /// Nothing authenticates the request.
    #[error("{}", S3Code::AccessDenied.message())]
    AccessDenied,
    /// Another algorithm.
    #[error("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"")]
    UnsupportedAlgorithm,
    /// The credential does not have five parts.
    #[error(
        "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting \
         \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."
    )]
    MalformedCredential,
    /// The credential is for another region.
    #[error(
        "Error parsing the X-Amz-Credential parameter; the region '{given}' is wrong; expecting '{expected}'"
    )]
    WrongRegion {
        /// The credential's region.
        given: String,
        /// The bucket's region.
        expected: String,
    },
    /// The credential is for another service.
    #[error(
        "Error parsing the X-Amz-Credential parameter; incorrect service \"{given}\". This endpoint belongs \
         to \"s3\"."
    )]
    WrongService {
        /// The credential's service.
        given: String,
    },
    /// The credential does not end in `aws4_request`.
    #[error(
        "Error parsing the X-Amz-Credential parameter; incorrect terminal \"{given}\". This endpoint uses \
         \"aws4_request\"."
    )]
    WrongTerminator {
        /// Last part of the credential.
        given: String,
    },
    /// The credential's date is not `yyyyMMdd`.
    #[error(
        "Error parsing the X-Amz-Credential parameter; incorrect date format \"{given}\". This date in the \
         credential must be in the format \"yyyyMMdd\"."
    )]
    MalformedCredentialDate {
        /// Date of the credential.
        given: String,
    },
    /// The credential's date differs from that of `X-Amz-Date`.
    #[error("Invalid credential date \"{given}\". This date is not the same as X-Amz-Date: \"{expected}\".")]
    OtherCredentialDate {
        /// Date of the credential.
        given: String,
        /// Date of `X-Amz-Date`.
        expected: String,
    },
    /// `X-Amz-Date` is not a date.
    #[error("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")]
    MalformedDate,
    /// `X-Amz-Expires` is more than a week.
    #[error(
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less \
         than 604800 seconds"
    )]
    ExpiresTooLong,
    /// `X-Amz-Expires` is negative.
    #[error("X-Amz-Expires must be non-negative")]
    ExpiresNegative,
    /// `X-Amz-Expires` is not a number.
    #[error("X-Amz-Expires should be a number")]
    ExpiresNotANumber,
    /// Headers that must be signed are not: docs/facts-s3.md#unsigned-headers
    #[error("There were headers present in the request which were not signed")]
    HeadersNotSigned {
        /// Their names in lower case, joined by comma and space.
        names: String,
    },
    /// The access key id is unknown.
    #[error("{}", S3Code::InvalidAccessKeyId.message())]
    InvalidAccessKeyId {
        /// The access key id.
        id: String,
    },
    /// Query authentication and an `Authorization` header: docs/facts-s3.md#two-auth-mechanisms
    #[error(
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string \
         parameter or the Authorization header should be specified"
    )]
    TwoAuthMechanisms {
        /// The header's value.
        authorization: String,
    },
    /// The URL has expired: docs/facts-s3.md#expiry
    #[error("Request has expired")]
    Expired {
        /// `X-Amz-Expires`.
        expires: u32,
        /// Start and end of its validity, and the present time.
        times: Times,
    },
    /// The URL is not valid yet.
    #[error("Request is not yet valid")]
    NotYetValid(Times),
    /// The signature does not match: docs/facts-s3.md#signature
    #[error("{}", S3Code::SignatureDoesNotMatch.message())]
    SignatureDoesNotMatch(Box<Mismatch>),
    /// The method is not allowed here: docs/facts-s3.md#form-post
    #[error("{}", S3Code::MethodNotAllowed.message())]
    MethodNotAllowed {
        /// The request's method.
        method: Method,
        /// Resource type.
        resource: Resource,
    },
    /// `Content-MD5` is not the base64 of 16 bytes: docs/facts-s3.md#content-md5
    #[error("{}", S3Code::InvalidDigest.message())]
    InvalidDigest {
        /// The header's value.
        content_md5: String,
    },
    /// The body does not have the announced MD5.
    #[error("{}", S3Code::BadDigest.message())]
    BadDigest {
        /// MD5 of the header.
        expected: Md5Digest,
        /// MD5 of the body.
        calculated: Md5Digest,
    },
    /// Neither `Content-Length` nor `Transfer-Encoding`: docs/facts-s3.md#length-of-the-body
    #[error("{}", S3Code::MissingContentLength.message())]
    MissingContentLength,
    /// `Transfer-Encoding`, or a feature that the emulator does not have: parts of uploads, copies,
    /// settings of an object. To handle the object instead would be wrong in silence.
    #[error("{}", S3Code::NotImplemented.message())]
    NotImplemented {
        /// Header or parameter of the feature.
        header: &'static str,
    },
    /// A condition that S3 does not take for PUT, or two of them:
    /// docs/facts-s3.md#conditional-writes
    #[error("{}", S3Code::NotImplemented.message())]
    UnsupportedCondition {
        /// Names of the headers, joined by a comma.
        headers: &'static str,
        /// Text of `additionalMessage`.
        additional: &'static str,
    },
    /// The condition of the upload does not hold.
    #[error("{}", S3Code::PreconditionFailed.message())]
    PreconditionFailed {
        /// Header of the condition.
        condition: &'static str,
    },
    /// The body stopped, and the connection stayed open.
    #[error("{}", S3Code::RequestTimeout.message())]
    RequestTimeout,
    /// The body ended before its length.
    #[error("{}", S3Code::IncompleteBody.message())]
    IncompleteBody,
    /// The body is larger than one upload may be.
    #[error("{}", S3Code::EntityTooLarge.message())]
    EntityTooLarge {
        /// `Content-Length`.
        proposed: u64,
        /// Largest upload.
        max: u64,
    },
    /// The key is too long.
    #[error("{}", S3Code::KeyTooLongError.message())]
    KeyTooLong {
        /// Length of the key in bytes of UTF-8.
        size: usize,
    },
    /// The header section is too large.
    #[error("{}", S3Code::RequestHeaderSectionTooLarge.message())]
    HeaderSectionTooLarge,
    /// Another bucket than the emulator's.
    #[error("{}", S3Code::NoSuchBucket.message())]
    NoSuchBucket {
        /// Its name.
        bucket: String,
    },
    /// The key holds nothing.
    #[error("{}", S3Code::NoSuchKey.message())]
    NoSuchKey {
        /// The key.
        key: S3Key,
    },
    /// A `%` in the path without two hex digits: docs/facts-s3.md#invalid-escape. S3's front end
    /// answers without XML.
    #[error("Invalid URI: isHexDigit")]
    MalformedEscape,
    /// The path is not UTF-8.
    #[error("{}", S3Code::InvalidURI.message())]
    InvalidUri {
        /// Path as sent.
        uri: String,
    },
    /// A preflight without `Origin`: docs/facts-s3.md#cors
    #[error("Insufficient information. Origin request header needed.")]
    OriginNeeded,
    /// A preflight, and the bucket has no CORS configuration.
    #[error("{}", S3Code::AccessForbidden.message())]
    CorsNotEnabled {
        /// The preflight's method.
        method: String,
    },
    /// A preflight for another bucket.
    #[error("CORSResponse: Bucket not found")]
    CorsNoSuchBucket {
        /// The preflight's method.
        method: String,
    },
    /// A preflight that no rule allows. The misspelling is S3's.
    #[error(
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, \
         request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted \
         by the resource's CORS spec."
    )]
    CorsNotAllowed {
        /// The preflight's method.
        method: String,
        /// Resource of the URL.
        resource: Resource,
        /// The forbidden part. S3 does not name it.
        denied: Denied,
    },
    /// A preflight without a method. Two clones of S3 use these words.
    #[error("Invalid Access-Control-Request-Method: null")]
    CorsMethodNeeded,
    /// Another change of the key during the upload, such as a reset.
    #[error("{}", S3Code::OperationAborted.message())]
    OperationAborted,
    /// The emulator failed.
    #[error("{}", S3Code::InternalError.message())]
    Internal,
}

/// A refusal, with the refused body where it is complete, for an explanation.
#[derive(Debug)]
pub struct Rejection {
    /// Why.
    pub refusal: Refusal,
    /// The body.
    pub body: Option<Blob>,
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, body: None }
    }
}

impl Refusal {
    /// Returns the reason phrase, where it is not the usual one: docs/facts-s3.md#invalid-escape
    pub fn reason(&self) -> Option<ReasonPhrase> {
        matches!(self, Self::MalformedEscape)
            .then_some(const { ReasonPhrase::from_static(b"Invalid URI: isHexDigit") })
    }

    /// Returns S3's code.
    pub fn code(&self) -> S3Code {
        match self {
            Self::MissingAuthParameters
            | Self::UnsupportedAlgorithm
            | Self::MalformedCredential
            | Self::WrongRegion { .. }
            | Self::WrongService { .. }
            | Self::WrongTerminator { .. }
            | Self::MalformedCredentialDate { .. }
            | Self::OtherCredentialDate { .. }
            | Self::MalformedDate
            | Self::ExpiresTooLong
            | Self::ExpiresNegative
            | Self::ExpiresNotANumber => S3Code::AuthorizationQueryParametersError,
            Self::AccessDenied
            | Self::HeadersNotSigned { .. }
            | Self::Expired { .. }
            | Self::NotYetValid(_) => S3Code::AccessDenied,
            Self::InvalidAccessKeyId { .. } => S3Code::InvalidAccessKeyId,
            Self::TwoAuthMechanisms { .. } => S3Code::InvalidArgument,
            Self::SignatureDoesNotMatch(_) => S3Code::SignatureDoesNotMatch,
            Self::MethodNotAllowed { .. } => S3Code::MethodNotAllowed,
            Self::InvalidDigest { .. } => S3Code::InvalidDigest,
            Self::BadDigest { .. } => S3Code::BadDigest,
            Self::MissingContentLength => S3Code::MissingContentLength,
            Self::NotImplemented { .. } | Self::UnsupportedCondition { .. } => S3Code::NotImplemented,
            Self::PreconditionFailed { .. } => S3Code::PreconditionFailed,
            Self::RequestTimeout => S3Code::RequestTimeout,
            Self::IncompleteBody => S3Code::IncompleteBody,
            Self::EntityTooLarge { .. } => S3Code::EntityTooLarge,
            Self::KeyTooLong { .. } => S3Code::KeyTooLongError,
            Self::HeaderSectionTooLarge => S3Code::RequestHeaderSectionTooLarge,
            Self::NoSuchBucket { .. } => S3Code::NoSuchBucket,
            Self::NoSuchKey { .. } => S3Code::NoSuchKey,
            Self::MalformedEscape | Self::InvalidUri { .. } => S3Code::InvalidURI,
            Self::OriginNeeded | Self::CorsMethodNeeded => S3Code::BadRequest,
            Self::CorsNotEnabled { .. } | Self::CorsNoSuchBucket { .. } | Self::CorsNotAllowed { .. } => {
                S3Code::AccessForbidden
            }
            Self::OperationAborted => S3Code::OperationAborted,
            Self::Internal => S3Code::InternalError,
        }
    }
}

/// A broken connection counts as an incomplete body in the journal.
impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Idle(_) => Self::RequestTimeout,
            BodyError::Coding(_) => Self::NotImplemented { header: "Transfer-Encoding" },
            BodyError::Incomplete | BodyError::Broken(_) => Self::IncompleteBody,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinguishes_a_broken_body_from_an_idle_one() {
        assert_eq!(Refusal::from(BodyError::Incomplete).code(), S3Code::IncompleteBody);
        assert_eq!(Refusal::from(BodyError::Broken("gone".into())).code(), S3Code::IncompleteBody);
        let idle = BodyError::Idle(std::time::Duration::from_secs(20));
        assert_eq!(Refusal::from(idle).code(), S3Code::RequestTimeout);
    }
}
