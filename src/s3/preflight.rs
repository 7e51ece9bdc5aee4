//! OPTIONS, a browser's question before it uploads. No signature is asked for and the query is not looked
//! at (s3-facts section 6). The bucket allows no origin yet.

use hyper::header;

use super::{RawRequest, Refusal, request::Place};

/// Why the preflight is refused: C1, C3, C2.
pub(super) fn refusal(request: &RawRequest<'_>, place: &Place, own: &str) -> Refusal {
    if !request.headers.contains_key(header::ORIGIN) {
        return Refusal::OriginNeeded; // also for a missing bucket
    }
    let asked = request.text(header::ACCESS_CONTROL_REQUEST_METHOD);
    let method = asked.unwrap_or(request.method.as_str()).to_owned();
    if place.bucket == own {
        Refusal::CorsNotEnabled { method }
    } else {
        Refusal::CorsNoSuchBucket { method }
    }
}
