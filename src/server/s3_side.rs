//! The way through S3's side: what the head alone decides is answered before the body is read. Whatever is
//! refused is explained, for whoever wrote the client.

use std::sync::Arc;

use hyper::{ext::ReasonPhrase, http::request::Parts};

use super::{
    compose::Server,
    fault::{keep, named, s3_failure},
    recorder::Recorder,
};
use crate::{
    exchange::{Answer, Violation},
    fault::{DeadUrl, Failure},
    findings::Refused,
    http::{Line, RequestBody},
    s3::{RawRequest, Refusal, Rejection},
};

/// Up to this size a body is looked at where it came in, unless it may be on disk: handing it over would take
/// longer. In bytes.
const SMALL: u64 = 16 << 10;

impl Server {
    /// Answers a request on S3's side, unless a fault does, with what stands in the status line where it is not
    /// the usual.
    pub(super) async fn answer_s3(
        &self,
        head: &Arc<Parts>,
        recorder: &mut Recorder,
        line: &Line,
    ) -> (Answer, Option<ReasonPhrase>) {
        let request = raw(head);
        recorder.used(self.books.advisor.begin(request.path, request.query));
        let subject = self.s3.subject(&request);
        recorder.operation(subject.operation);
        recorder.user(subject.owner);
        let strike = self.strike_s3(&request, subject);
        let fail =
            |failure: &Failure| self.s3.share(&request, self.s3.fail(&head.method, &s3_failure(failure)));
        if let Some(answer) = self.before(strike.as_ref(), recorder, line, fail).await {
            return (answer, None);
        }
        let dead = self.dead_url(strike.as_ref(), &request);
        let now = self.time_of(dead.as_ref(), &request);
        let answer = match (self.around_s3.begin(&self.s3, &request, now), recorder.body()) {
            (Ok(accepted), Some(body)) => {
                let keep = self.around_s3.keep(&request, keep(strike.as_ref()));
                self.s3.finish(accepted, body, keep).await
            }
            (Ok(_), None) => Err(Refusal::Internal.into()),
            (Err(refusal), _) => Err(refusal.into()),
        };
        let (answer, reason) = match self.around_s3.end(&self.s3, &request, now, answer) {
            Ok(answer) => (answer, None),
            Err(rejection) => {
                let reason = rejection.refusal.reason();
                (self.refuse(head, rejection, dead, recorder).await, reason)
            }
        };
        let answer = self.s3.share(&request, answer);
        (self.after(strike, answer, recorder, line).await, reason)
    }

    /// The answer to a request that is refused. Why it is, is taken down, unless a fault let its URL expire: nobody
    /// can know of that.
    async fn refuse(
        &self,
        head: &Arc<Parts>,
        rejection: Rejection,
        dead: Option<DeadUrl>,
        recorder: &mut Recorder,
    ) -> Answer {
        let answer = self.s3.refuse(&head.method, &rejection.refusal);
        let is_expired = matches!(rejection.refusal, Refusal::Expired { .. });
        if let Some(dead) = dead.filter(|_| is_expired) {
            recorder.answered_by(&dead.fault);
            return named(answer, &dead.fault);
        }
        let violations = self.explain(head, rejection, recorder.body()).await;
        recorder.violations(violations);
        answer
    }

    /// Why a request was refused. A client whose connection broke has broken no rule: a network did, or a user
    /// who left. Nobody is answered then (the journal's status is null), so there is no refusal to explain.
    async fn explain(
        &self,
        head: &Arc<Parts>,
        rejection: Rejection,
        body: Option<&mut RequestBody>,
    ) -> Vec<Violation> {
        if body.as_ref().is_some_and(|body| body.is_gone()) {
            return Vec::new();
        }
        let received = body.map_or(0, |body| body.received());
        let advisor = Arc::clone(&self.books.advisor);
        let head = Arc::clone(head);
        let is_small = rejection.body.as_ref().is_none_or(|body| body.size() <= SMALL && !body.blocks());
        let explain = move || {
            let Rejection { refusal, body } = rejection;
            let refused = Refused { request: raw(&head), refusal: &refusal, body: body.as_ref(), received };
            advisor.explain(&refused)
        };
        if is_small {
            return explain();
        }
        // Reading and hashing take as long as the body is. Where that fails the client is answered all the same.
        tokio::task::spawn_blocking(explain).await.unwrap_or_else(|error| {
            tracing::error!("a refusal could not be explained: {error}");
            Vec::new()
        })
    }
}

/// A request as S3 takes it.
fn raw(head: &Parts) -> RawRequest<'_> {
    RawRequest {
        method: &head.method,
        path: head.uri.path(),
        query: head.uri.query(),
        headers: &head.headers,
    }
}
