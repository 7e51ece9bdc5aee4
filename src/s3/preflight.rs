//! OPTIONS, a browser's question before it uploads. No signature is asked for and the query is not looked
//! at (s3-facts section 6). `begin` of [`super::S3`] calls it; `cors` knows what the bucket allows.

use hyper::header;

use super::{
    Denied, RawRequest, Refusal, Resource, S3,
    answer::{plain_success, text},
    request::Place,
};
use crate::exchange::Answer;

/// The answer to a preflight: C5 and C6, or the refusals C1, C3, C2, C8 and C4 in this order. C8 behind the
/// two is U; C2 shows that S3 looks for a configuration before it misses the method.
pub(super) fn answer(s3: &S3, request: &RawRequest<'_>, place: &Place) -> Result<Answer, Refusal> {
    let Some(origin) = request.headers.get(header::ORIGIN) else {
        // Also for a missing bucket, where its path leads to S3 at all: one that is not ours is mostly Alloy's 404.
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
    let Some(rule) = s3.cors.find(origin, method, &headers) else {
        return Err(not_allowed(s3.cors.denied(origin, method, &headers)));
    };
    let mut answer = plain_success(&s3.chance);
    rule.put(origin, &mut answer.headers);
    if !headers.is_empty() {
        answer.headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, text(&headers.join(", ")));
    }
    Ok(answer)
}

/// Whether a header can have this name (RFC 9110, section 5.6.2). What cannot is never repeated in an answer: U.
fn is_token(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// The names in `Access-Control-Request-Headers`, in lower case.
fn requested_headers(request: &RawRequest<'_>) -> Vec<String> {
    let lists = request.headers.get_all(header::ACCESS_CONTROL_REQUEST_HEADERS);
    // What is no text is no header's name; only `*` allows it, and browsers send none.
    let lists = lists.iter().map(|list| String::from_utf8_lossy(list.as_bytes()).to_ascii_lowercase());
    let names = lists.collect::<Vec<_>>().join(",");
    names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}
