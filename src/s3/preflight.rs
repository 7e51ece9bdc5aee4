//! OPTIONS, which a browser sends before it uploads: docs/facts-s3.md#cors. Neither the signature
//! nor the query counts.

use hyper::header;

use super::{
    Denied, RawRequest, Refusal, Resource, S3,
    answer::{plain_success, text},
    request::Place,
};
use crate::exchange::Answer;

/// Answers a preflight. The order is a decision, except that docs/facts-s3.md#cors-off comes before
/// docs/facts-s3.md#preflight-without-method.
pub(super) fn answer(s3: &S3, request: &RawRequest<'_>, place: &Place) -> Result<Answer, Refusal> {
    let Some(origin) = request.headers.get(header::ORIGIN) else {
        // Also for a missing bucket, where its path is for S3 at all: most others get the Alloy
        // API's 404.
        return Err(Refusal::OriginNeeded);
    };
    let asked = request.text(header::ACCESS_CONTROL_REQUEST_METHOD);
    let named = || asked.unwrap_or(request.method.as_str()).to_owned();
    if place.bucket != s3.bucket {
        return Err(Refusal::CorsNoSuchBucket { method: named() });
    }
    if !s3.cors.is_enabled() {
        return Err(Refusal::CorsNotEnabled { method: named() });
    }
    let method = asked.ok_or(Refusal::CorsMethodNeeded)?;
    let headers = requested_headers(request);
    let not_allowed =
        |denied| Refusal::CorsNotAllowed { method: named(), resource: Resource::of(place), denied };
    let no_names: Vec<String> = headers.iter().filter(|name| !is_token(name)).cloned().collect();
    if !no_names.is_empty() {
        return Err(not_allowed(Denied::Headers(no_names)));
    }
    s3.cors.check(origin, method).map_err(not_allowed)?;
    let mut answer = plain_success(&s3.rng);
    s3.cors.put(origin, &mut answer.headers);
    if !headers.is_empty() {
        answer.headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, text(&headers.join(", ")));
    }
    Ok(answer)
}

/// Returns whether a header can have this name (RFC 9110, section 5.6.2). Others are never repeated in an
/// answer.
fn is_token(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Returns the names in `Access-Control-Request-Headers`, in lower case.
fn requested_headers(request: &RawRequest<'_>) -> Vec<String> {
    let lists = request.headers.get_all(header::ACCESS_CONTROL_REQUEST_HEADERS);
    // A value that is not text names no header: only `*` allows it, and browsers send none.
    let lists = lists.iter().map(|list| String::from_utf8_lossy(list.as_bytes()).to_ascii_lowercase());
    let names = lists.collect::<Vec<_>>().join(",");
    names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}
