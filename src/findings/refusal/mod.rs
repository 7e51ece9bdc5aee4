//! Explains S3's refusals to client developers: how the request differs from the issued URL, and how the body differs
//! from the file. One file a theme.

mod address;
mod body;
mod content_md5;
mod cors;
mod digest;
mod headers;
mod parameters;
mod signature;
#[cfg(test)]
mod tests;
mod time;
mod url;
mod words;

use std::{borrow::Cow, sync::Arc};

use crate::{
    exchange::Violation,
    files::{Blob, Md5Digest, Object},
    findings::Entry,
    s3::{RawRequest, Refusal, sigv4::Query},
};

/// Parameter that signs all others.
const SIGNATURE: &str = "X-Amz-Signature";

/// A request that S3 refused.
#[derive(Debug)]
pub struct Refused<'a> {
    /// Raw head.
    pub request: RawRequest<'a>,
    /// Why it was refused.
    pub refusal: &'a Refusal,
    /// Its body, if that was kept.
    pub body: Option<&'a Blob>,
    /// Bytes of its body that arrived.
    pub received: u64,
    /// Last bytes read from its connection: those behind the body, and perhaps some before.
    pub behind: &'a [u8],
}

/// A refused request, with the URL that it most likely uses.
struct Case<'a> {
    refused: &'a Refused<'a>,
    /// Query of the request.
    sent: Query<'a>,
    entry: Option<&'a Entry>,
    /// The whole URL; empty where none is known.
    url: &'a str,
}

impl<'a> Case<'a> {
    fn new(refused: &'a Refused<'a>, entry: Option<&'a Entry>, url: &'a str) -> Self {
        Self { refused, sent: Query::parse(refused.request.query), entry, url }
    }

    /// Returns path and query of the request.
    fn target(&self) -> String {
        let RawRequest { path, query, .. } = self.refused.request;
        query.map_or(path.to_owned(), |query| format!("{path}?{query}"))
    }

    /// Returns the query of the issued URL.
    fn issued(&self) -> Query<'a> {
        Query::parse(self.url.split_once('?').map(|(_, query)| query))
    }

    /// Returns a parameter's value; empty where it is missing.
    fn param(&self, name: &str) -> Cow<'_, str> {
        self.sent.get(name).unwrap_or_default()
    }

    /// Returns whether the request carries the signature of the issued URL: what differs was changed since.
    fn is_issued(&self) -> bool {
        let sent = self.sent.get(SIGNATURE);
        sent.is_some() && sent == self.issued().get(SIGNATURE)
    }

    /// Returns a sentence about a parameter that was changed after the URL was issued, with a blank
    /// before it.
    fn edited(&self, name: &str) -> Option<String> {
        let issued = self.issued();
        let issued = issued.get(name).filter(|issued| self.is_issued() && *issued != self.param(name))?;
        Some(format!(" The URL that was issued has {}: it was changed since.", words::quoted(&issued)))
    }
}

/// Explains a refusal. `entry` is the URL that the request most likely uses, `url` its text;
/// `of_content` finds a URL by its MD5. May block where the body is on disk.
pub(super) fn explain(
    refused: &Refused<'_>,
    entry: Option<&Entry>,
    url: &str,
    of_content: impl Fn(Md5Digest) -> Option<Entry>,
    stored: impl Fn(Md5Digest) -> Option<Arc<Object>>,
) -> Vec<Violation> {
    let case = &Case::new(refused, entry, url);
    match refused.refusal {
        Refusal::SignatureDoesNotMatch(mismatch) => return signature::explain(case, mismatch, of_content),
        Refusal::HeadersNotSigned { names } => return headers::not_signed(case, names),
        Refusal::BadDigest { expected, calculated } => {
            return vec![digest::explain(case, *expected, *calculated, of_content, stored)];
        }
        _ => {}
    }
    let altered = if may_be_the_url(refused.refusal) { url::altered(case) } else { None };
    altered.or_else(|| one(case)).into_iter().collect()
}

/// Returns whether a URL that was changed as a text can cause this refusal.
fn may_be_the_url(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::MissingAuthParameters
            | Refusal::AccessDenied
            | Refusal::UnsupportedAlgorithm
            | Refusal::MalformedCredential
            | Refusal::WrongService { .. }
            | Refusal::WrongTerminator { .. }
            | Refusal::MalformedCredentialDate { .. }
            | Refusal::OtherCredentialDate { .. }
            | Refusal::WrongRegion { .. }
            | Refusal::InvalidAccessKeyId { .. }
            | Refusal::MalformedDate
            | Refusal::ExpiresTooLong
            | Refusal::ExpiresNegative
            | Refusal::ExpiresNotANumber
            | Refusal::MethodNotAllowed { .. }
            | Refusal::KeyTooLong { .. }
            | Refusal::NoSuchBucket { .. }
            | Refusal::NoSuchKey { .. }
            | Refusal::MalformedEscape
            | Refusal::InvalidUri { .. }
    )
}

/// Explains a refusal that has one cause.
fn one(case: &Case<'_>) -> Option<Violation> {
    Some(match case.refused.refusal {
        Refusal::MissingAuthParameters => parameters::missing(case),
        Refusal::AccessDenied => parameters::access_denied(case),
        Refusal::UnsupportedAlgorithm => parameters::algorithm(case),
        Refusal::MalformedCredential
        | Refusal::WrongService { .. }
        | Refusal::WrongTerminator { .. }
        | Refusal::MalformedCredentialDate { .. }
        | Refusal::OtherCredentialDate { .. } => parameters::credential(case),
        Refusal::WrongRegion { given, expected } => parameters::region(case, given, expected),
        Refusal::InvalidAccessKeyId { id } => parameters::access_key(case, id),
        Refusal::MalformedDate => parameters::date(case),
        Refusal::ExpiresTooLong | Refusal::ExpiresNegative | Refusal::ExpiresNotANumber => {
            parameters::expires(case)
        }
        Refusal::TwoAuthMechanisms { authorization } => headers::two_mechanisms(authorization),
        Refusal::HeaderSectionTooLarge => headers::too_large(case),
        Refusal::Expired { expires, times } => time::expired(case, *expires, times),
        Refusal::NotYetValid(times) => time::not_yet_valid(case, times),
        Refusal::MethodNotAllowed { method, resource } => address::method(case, method, *resource),
        Refusal::KeyTooLong { size } => address::key_too_long(*size),
        Refusal::NoSuchBucket { bucket } => address::no_such_bucket(case, bucket),
        Refusal::CorsNoSuchBucket { .. } => address::no_such_bucket_of(case),
        Refusal::NoSuchKey { key } => address::no_such_key(case, key),
        Refusal::MalformedEscape => address::malformed_escape(case),
        Refusal::InvalidUri { .. } => address::no_text(case),
        Refusal::InvalidDigest { content_md5 } => content_md5::invalid(content_md5),
        Refusal::MissingContentLength => body::no_length(case),
        Refusal::NotImplemented { header: "Transfer-Encoding" } => body::transfer_encoding(case),
        Refusal::NotImplemented { header } => address::not_implemented(header),
        Refusal::UnsupportedCondition { headers, additional } => {
            address::unsupported_condition(headers, additional)
        }
        Refusal::PreconditionFailed { condition } => address::precondition_failed(case, condition),
        Refusal::RequestTimeout => body::timeout(case),
        Refusal::IncompleteBody => body::incomplete(case),
        Refusal::EntityTooLarge { proposed, max } => body::too_large(*proposed, *max),
        Refusal::OriginNeeded => cors::origin_needed(),
        Refusal::CorsMethodNeeded => cors::method_needed(),
        Refusal::CorsNotEnabled { .. } => cors::not_enabled(case),
        Refusal::CorsNotAllowed { method, denied, .. } => cors::denied(case, method, denied),
        // Not the client's mistake: the test reset the emulator, or the emulator failed.
        Refusal::OperationAborted | Refusal::Internal => return None,
        // Explained by `explain`.
        Refusal::SignatureDoesNotMatch(_) | Refusal::HeadersNotSigned { .. } | Refusal::BadDigest { .. } => {
            return None;
        }
    })
}
