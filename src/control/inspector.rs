//! The inspector: a page at `/_assay/` for this API. It uses no resources until it is requested.

use hyper::{
    HeaderMap, StatusCode,
    header::{self, HeaderName, HeaderValue},
};
use sha2::{Digest, Sha256};

use crate::{
    exchange::{Answer, Content},
    report::Asset,
};

/// Content-Security-Policy: the page may load its own files and call this server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'";

/// Returns a file of the page, or word that the browser has it already.
pub(super) fn show(asset: &Asset, headers: &HeaderMap) -> Answer {
    let digest = hex::encode(&Sha256::digest(asset.text)[..12]);
    let tag = format!("\"{digest}\"");
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    let is_known = known.filter_map(|tags| tags.to_str().ok()).any(|tags| tags.contains(&tag));
    let answer = if is_known {
        Answer::empty(StatusCode::NOT_MODIFIED)
    } else {
        Answer::new(StatusCode::OK, Content::Whole(asset.text.into()))
            .with(header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type))
    };
    let tag = HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\""));
    [
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ]
    .into_iter()
    .fold(answer.with(header::ETAG, tag), |answer, (name, value)| {
        answer.with(name, HeaderValue::from_static(value))
    })
}

/// Returns a redirect to the page.
pub(super) fn redirect() -> Answer {
    Answer::empty(StatusCode::FOUND).with(header::LOCATION, HeaderValue::from_static(super::PREFIX))
}
