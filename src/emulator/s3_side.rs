//! The way through S3's side: what the head alone decides is answered before the body is read.

use hyper::{ext::ReasonPhrase, http::request::Parts};

use super::{recorder::Recorder, rooms::Rooms};
use crate::{
    advice::Refused,
    exchange::Answer,
    s3::{RawRequest, Refusal, Rejection},
};

impl Rooms {
    /// Answers a request on S3's side, with what stands in the status line where it is not the usual.
    pub(super) async fn answer_s3(
        &self,
        head: &Parts,
        recorder: &mut Recorder,
    ) -> (Answer, Option<ReasonPhrase>) {
        let request = RawRequest {
            method: &head.method,
            path: head.uri.path(),
            query: head.uri.query(),
            headers: &head.headers,
        };
        let subject = self.s3.subject(&request);
        recorder.operation(subject.operation);
        recorder.user(subject.owner);
        let answer = match (self.s3.begin(&request), recorder.body()) {
            (Ok(accepted), Some(body)) => self.s3.finish(accepted, body).await,
            (Ok(_), None) => Err(Refusal::Internal.into()),
            (Err(refusal), _) => Err(refusal.into()),
        };
        let (answer, reason) = match answer {
            Ok(answer) => (answer, None),
            Err(Rejection { refusal, body }) => {
                let refused = Refused { request, refusal: &refusal, body: body.as_ref() };
                recorder.violations(self.advisor.explain(&refused));
                (self.s3.refuse(&head.method, &refusal), refusal.reason())
            }
        };
        (self.s3.share(&request, answer), reason)
    }
}
