//! Verifies presigned requests, in the order of docs/facts-s3.md#order-of-checks

use std::{borrow::Cow, collections::HashSet};

use hyper::{HeaderMap, header};
use jiff::Timestamp;
use subtle::ConstantTimeEq;

use super::{
    ALGORITHM, AmzDate, AuthParams, MAX_EXPIRES, Query, SERVICE, Signer, TERMINATOR, UNSIGNED_PAYLOAD,
    canonical::{CanonicalRequest, string_to_sign},
    claimed, encoding,
};
use crate::s3::{Mismatch, RawRequest, Refusal, Times};

/// Limit on the signer's clock being ahead, in seconds: that of header authentication
/// (docs/facts-s3.md#url-not-yet-valid).
const TOLERANCE: i64 = 900;

/// Header with the payload's hash.
const CONTENT_SHA256: &str = "x-amz-content-sha256";

/// Verifies a presigned request; returns its parameters, all of which are signed.
///
/// # Errors
///
/// The refusal that S3 gives first.
pub fn verify<'a>(request: &RawRequest<'a>, signer: &Signer, now: Timestamp) -> Result<Query<'a>, Refusal> {
    let path = encoding::decode_path(request.path)?;
    let query = Query::parse(request.query);
    if query.has_auth() {
        one_mechanism(request.headers)?;
    }
    let auth = query.auth()?.ok_or(Refusal::AccessDenied)?;
    let claim = Claim::of(&auth, signer)?;
    claim.in_time(now)?;
    all_signed(request.headers, claim.signed_headers)?;
    claim.signature_matches(request, &path, &query, signer)?;
    Ok(query)
}

/// Returns the signature that a presigned request would bear if `signer` had signed it; `None` where its parameters are
/// not well-formed, or not for these credentials.
pub fn signature_by(signer: &Signer, request: &RawRequest<'_>) -> Option<String> {
    let path = encoding::decode_path(request.path).ok()?;
    let query = Query::parse(request.query);
    let auth = query.auth().ok()??;
    let claim = Claim::of(&auth, signer).ok()?;
    Some(claim.expected(request, &path, &query, signer).0)
}

/// Values of well-formed parameters.
struct Claim<'a> {
    date: AmzDate,
    expires: u32,
    signed_headers: &'a str,
    signature: &'a str,
}

impl<'a> Claim<'a> {
    /// Checks each parameter by itself and with its neighbours: docs/facts-s3.md#query-parameters
    fn of(auth: &'a AuthParams<'_>, signer: &Signer) -> Result<Self, Refusal> {
        if auth.algorithm != ALGORITHM {
            return Err(Refusal::UnsupportedAlgorithm); // ECDSA is not implemented
        }
        let ours = signer.credentials();
        let (access_key_id, day) = credential(&auth.credential, &ours.region)?;
        let date = AmzDate::parse(&auth.date).ok_or(Refusal::MalformedDate)?;
        if date.day() != day {
            let expected = date.day().to_owned();
            return Err(Refusal::OtherCredentialDate { given: day.to_owned(), expected });
        }
        let expires = seconds(&auth.expires)?;
        if access_key_id != ours.access_key_id {
            return Err(Refusal::InvalidAccessKeyId { id: access_key_id.to_owned() });
        }
        Ok(Self { date, expires, signed_headers: &auth.signed_headers, signature: &auth.signature })
    }

    /// Checks the time in whole seconds, since the date has no fraction. That this comes before the
    /// signature is likely, not proven.
    fn in_time(&self, now: Timestamp) -> Result<(), Refusal> {
        let signed_at = self.date.timestamp();
        let expires_at = claimed::end(&self.date, self.expires);
        let server = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let times = Times { signed_at, expires_at, server };
        if signed_at.as_second() > now.as_second() + TOLERANCE {
            return Err(Refusal::NotYetValid(times));
        }
        // docs/facts-s3.md#zero-expires
        if now.as_second() > expires_at.as_second() || self.expires == 0 {
            return Err(Refusal::Expired { expires: self.expires, times });
        }
        Ok(())
    }

    /// Returns the signature that the request should have, the string to sign and the canonical request:
    /// docs/facts-s3.md#signature
    fn expected(
        &self,
        request: &RawRequest<'_>,
        path: &str,
        query: &Query<'_>,
        signer: &Signer,
    ) -> (String, String, Vec<u8>) {
        let mut canonical = CanonicalRequest::new(request.method.as_str(), path);
        canonical.query(query);
        // Each name once, so that a list with repetitions does not make a long canonical request.
        let mut seen = HashSet::new();
        for name in self.signed_headers.split(';').filter(|name| seen.insert(name.to_ascii_lowercase())) {
            canonical.header(name, request.headers.get_all(name).iter().map(header::HeaderValue::as_bytes));
        }
        // docs/facts-s3.md#unsigned-payload-hash, docs/facts-s3.md#unsigned-payload-header
        let payload =
            request.headers.get(CONTENT_SHA256).map_or(UNSIGNED_PAYLOAD.as_bytes(), |v| v.as_bytes());
        let canonical = canonical.finish(self.signed_headers, payload);
        let credentials = signer.credentials();
        let string_to_sign = string_to_sign(&self.date, &credentials.region, &canonical);
        let signature = signer.sign(&self.date, &string_to_sign);
        (signature, string_to_sign, canonical)
    }

    /// S1, with S2, S3, S7, S11, S12, S16 and S19 as its cases.
    fn signature_matches(
        &self,
        request: &RawRequest<'_>,
        path: &str,
        query: &Query<'_>,
        signer: &Signer,
    ) -> Result<(), Refusal> {
        let (signature, string_to_sign, canonical_request) = self.expected(request, path, query, signer);
        if bool::from(signature.as_bytes().ct_eq(self.signature.as_bytes())) {
            return Ok(());
        }
        Err(Refusal::SignatureDoesNotMatch(Box::new(Mismatch {
            access_key_id: signer.credentials().access_key_id.clone(),
            string_to_sign,
            signature_provided: self.signature.to_owned(),
            canonical_request,
        })))
    }
}

/// Refuses any `Authorization` in addition to query authentication: docs/facts-s3.md#two-auth-mechanisms
fn one_mechanism(headers: &HeaderMap) -> Result<(), Refusal> {
    match headers.get(header::AUTHORIZATION) {
        None => Ok(()),
        Some(value) => Err(Refusal::TwoAuthMechanisms {
            authorization: String::from_utf8_lossy(value.as_bytes()).into_owned(),
        }),
    }
}

/// Returns the access key id and the date of a credential.
fn credential<'a>(credential: &'a str, region: &str) -> Result<(&'a str, &'a str), Refusal> {
    let mut parts = credential.split('/');
    let mut part = || parts.next().ok_or(Refusal::MalformedCredential);
    let (id, day, given, service, terminator) = (part()?, part()?, part()?, part()?, part()?);
    if parts.next().is_some() {
        return Err(Refusal::MalformedCredential);
    }
    if service != SERVICE {
        return Err(Refusal::WrongService { given: service.to_owned() });
    }
    if terminator != TERMINATOR {
        return Err(Refusal::WrongTerminator { given: terminator.to_owned() });
    }
    if !AmzDate::is_day(day) {
        return Err(Refusal::MalformedCredentialDate { given: day.to_owned() });
    }
    if given != region {
        return Err(Refusal::WrongRegion { given: given.to_owned(), expected: region.to_owned() });
    }
    Ok((id, day))
}

/// Parses `X-Amz-Expires`.
pub(super) fn seconds(text: &str) -> Result<u32, Refusal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::ExpiresNotANumber);
    }
    if digits.len() < text.len() && digits.bytes().any(|digit| digit != b'0') {
        return Err(Refusal::ExpiresNegative);
    }
    match digits.parse() {
        Ok(seconds) if seconds <= MAX_EXPIRES => Ok(seconds),
        // More digits than a `u32` has are more than a week, too.
        _ => Err(Refusal::ExpiresTooLong),
    }
}

/// Checks that all headers are signed that must be: docs/facts-s3.md#unsigned-headers
fn all_signed(headers: &HeaderMap, signed: &str) -> Result<(), Refusal> {
    let is_signed = |name: &str| signed.split(';').any(|signed| signed.eq_ignore_ascii_case(name));
    let must_be =
        |name: &str| name == "content-md5" || (name.starts_with("x-amz-") && name != CONTENT_SHA256);
    let mut missing: Vec<Cow<'_, str>> = headers
        .keys()
        .map(header::HeaderName::as_str)
        .filter(|name| must_be(name) && !is_signed(name))
        .map(Cow::Borrowed)
        .collect();
    if !is_signed("host") {
        missing.push("host".into());
    }
    if missing.is_empty() {
        return Ok(());
    }
    // The recorded lists are sorted.
    missing.sort_unstable();
    Err(Refusal::HeadersNotSigned { names: missing.join(", ") })
}
