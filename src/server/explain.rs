//! The layer that explains findings: why S3 refused a request, and which rules an exchange breaks.

use std::sync::Arc;

use super::call::{Call, raw};
use hyper::header::{HeaderName, HeaderValue};

use crate::{
    exchange::{Answer, Exchange},
    findings::{Detector, Refused},
    http::RequestBody,
    s3::Rejection,
};

/// Up to this size a body is looked at where it came in, unless it may be on disk: handing it over would take
/// longer. In bytes.
const SMALL: u64 = 16 << 10;

/// Names a rule that an exchange breaks.
const FINDING: HeaderName = HeaderName::from_static("x-assay-finding");

/// Limit on the rules that an answer names.
const MAX_NAMED: usize = 5;

/// Adds the rules that an exchange breaks to its answer, a header each. Pages of other origins cannot read it: the
/// bucket's CORS rule does not expose it.
pub(super) fn name_findings(detector: &Detector, exchange: &Exchange, mut answer: Answer) -> Answer {
    for rule in detector.known_rules(exchange).into_iter().take(MAX_NAMED) {
        answer.headers.append(FINDING, HeaderValue::from_static(rule));
    }
    answer
}

/// Adds why a request was refused. A broken connection is not the client's mistake: a network failed, or a user left.
/// The client then got no refusal (the journal's status is null) to explain.
pub(super) async fn explain(detector: &Arc<Detector>, call: &mut Call, rejection: Rejection) {
    if call.body.as_ref().is_some_and(RequestBody::is_gone) {
        return;
    }
    let received = call.body.as_ref().map_or(0, RequestBody::received);
    let (detector, head) = (Arc::clone(detector), Arc::clone(&call.head));
    let behind = call.connection.last_read();
    let is_small = rejection.body.as_ref().is_none_or(|body| body.size() <= SMALL && !body.blocks());
    let explain = move || {
        let Rejection { refusal, body } = rejection;
        let (request, body) = (raw(&head), body.as_ref());
        detector.explain(&Refused { request, refusal: &refusal, body, received, behind: &behind })
    };
    if is_small {
        call.exchange.report(explain());
        return;
    }
    // Reading and hashing take as long as the body is. Where that fails the client is answered all the same.
    match tokio::task::spawn_blocking(explain).await {
        Ok(violations) => call.exchange.report(violations),
        Err(error) => tracing::error!("a refusal could not be explained: {error}"),
    }
}
