//! The layer that applies faults: finds the fault of an exchange, and acts before the API is called and on its answer.
//! The handlers do not know faults. Faults inside an API are passed in as values: a signer of expired URLs, a later
//! time, a policy that corrupts stored bytes.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use hyper::{
    HeaderMap, StatusCode,
    body::Body as _,
    header::{HeaderName, HeaderValue},
};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::Deserialize;

use super::{
    call::{Call, raw},
    sign::UrlSigner,
};
use crate::{
    alloy::{self, Route, SignUrl, SignedUrl},
    exchange::{Answer, Content, Operation, S3Code},
    fault::{Corrupt, DeadUrl, Effect, Failure, Faults, Strike, Subject, garbage},
    files::{AsSent, Clock, Keep, Md5Digest, S3Key, UserId},
    http::Ending,
    s3::{self, RawRequest, S3, sigv4},
};

/// Names the rule that made or changed an answer.
const FAULT: HeaderName = HeaderName::from_static("x-assay-fault");

/// Most URLs of one file and second that faults may let expire before one is issued again.
const MAX_RENEWALS: u64 = 60;

/// Looks up the name that a key's file was presigned under, by the key and the query of a request.
pub(super) type FindFilename = Box<dyn Fn(&S3Key, Option<&str>) -> Option<String> + Send + Sync>;

/// Lays faults around the APIs.
pub(super) struct FaultLayer {
    pub(super) faults: Arc<Faults>,
    pub(super) clock: Arc<Clock>,
    pub(super) signer: Arc<UrlSigner>,
    pub(super) filename: FindFilename,
}

/// Arrival time of a request, and the policy for its stored bytes.
pub(super) struct Policies {
    pub(super) now: Timestamp,
    pub(super) keep: Box<dyn Keep>,
}

impl FaultLayer {
    /// Answers a call of the Alloy API by `inner`, unless a fault does.
    pub(super) async fn around_alloy<'a, F>(
        &'a self,
        caller: impl Fn(&HeaderMap) -> Option<UserId>,
        mut call: Box<Call>,
        route: &Route<'_>,
        inner: impl FnOnce(Box<Call>, Signer<'a>) -> F,
    ) -> (Box<Call>, Answer)
    where
        F: Future<Output = (Box<Call>, Answer)>,
    {
        let operation = route.operation();
        call.exchange.operation = operation;
        let signer = Signer { layer: self, expired_by: None };
        if !self.faults.are_for(operation) {
            return inner(call, signer).await;
        }
        let strike = self.strike_alloy(caller, &mut call, route).await;
        let Some(strike) = strike else { return inner(call, signer).await };
        match self.before(&strike, call, alloy_failure).await {
            Before::Answered(call, answer) => (call, answer),
            Before::GoesOn(call) => {
                let is_expired = strike.effect == Effect::Expired;
                let expired_by = is_expired.then(|| Arc::clone(&strike.fault));
                let (call, answer) = inner(call, Signer { expired_by, ..signer }).await;
                self.after(strike, call, answer).await
            }
        }
    }

    /// Answers a call of the S3 API with `inner`, unless a fault does. `inner` also returns whether S3 refuses the URL
    /// as expired.
    pub(super) async fn around_s3<F>(
        &self,
        s3: &S3,
        mut call: Box<Call>,
        inner: impl FnOnce(Box<Call>, Policies) -> F,
    ) -> (Box<Call>, Answer)
    where
        F: Future<Output = (Box<Call>, Answer, bool)>,
    {
        let head = Arc::clone(&call.head);
        let request = raw(&head);
        let subject = s3.subject(&request);
        call.exchange.operation = subject.operation;
        call.exchange.user_id = subject.owner.map(|owner| owner.to_string());
        let strike = self.strike_s3(s3, &request, subject);
        if let Some(strike) = &strike {
            let fail = |failure: &Failure| s3.share(&request, s3.fail(request.method, &s3_failure(failure)));
            match self.before(strike, call, fail).await {
                Before::Answered(call, answer) => return (call, answer),
                Before::GoesOn(goes_on) => call = goes_on,
            }
        }
        let dead = self.dead_url(strike.as_ref(), &request);
        let policies = Policies { now: self.time_of(dead.as_ref(), &request), keep: keep(strike.as_ref()) };
        let (mut call, mut answer, is_expired) = inner(call, policies).await;
        // No client can know that a fault let the URL expire.
        if let Some(dead) = dead.filter(|_| is_expired) {
            call.answered_by(&dead.fault);
            answer = named(answer, &dead.fault);
        }
        match strike {
            Some(strike) => self.after(strike, call, answer).await,
            None => (call, answer),
        }
    }

    /// Returns what strikes a call of the Alloy API.
    async fn strike_alloy(
        &self,
        caller: impl Fn(&HeaderMap) -> Option<UserId>,
        call: &mut Call,
        route: &Route<'_>,
    ) -> Option<Strike> {
        let operation = route.operation();
        let user = caller(&call.head.headers);
        call.exchange.user_id = user.map(|user| user.to_string());
        // Read here only where a rule has to know which file it is, and where the body would be read anyway.
        if operation == Operation::Presign && user.is_some() && self.faults.ask_for_file(operation) {
            let read = alloy::read_json(&call.head.headers, call.body.as_mut()).await;
            if let Ok(body) = &read {
                call.exchange.request.set_body(body);
            }
            call.read = Some(read);
        }
        let announced = call.read.as_ref().and_then(|read| announced(read.as_ref().ok()?));
        let key = match operation {
            Operation::Presign => {
                user.zip(announced.as_deref()).map(|(user, name)| S3Key::of_file(user, name))
            }
            Operation::Delete => route.parameters().first().and_then(|raw| key_of_segment(raw)),
            _ => None,
        };
        let filename = announced.or_else(|| self.name_of(operation, key.as_ref()?, None));
        self.faults.strike(&Subject {
            operation,
            user,
            filename: filename.as_deref(),
            key: key.as_ref().map(S3Key::as_str),
        })
    }

    /// Returns what strikes a call of the S3 API.
    fn strike_s3(&self, s3: &S3, request: &RawRequest<'_>, subject: s3::Subject) -> Option<Strike> {
        let operation = subject.operation;
        if !self.faults.are_for(operation) {
            return None;
        }
        let is_of_file = matches!(operation, Operation::Put | Operation::Get | Operation::Head);
        let key = s3.key(request).filter(|_| is_of_file);
        let filename = key.as_ref().and_then(|key| self.name_of(operation, key, request.query));
        self.faults.strike(&Subject {
            operation,
            user: subject.owner,
            filename: filename.as_deref(),
            key: key.as_ref().map(S3Key::as_str),
        })
    }

    /// Returns the presigned filename if a recent URL shows it, or else the sanitized name from the key.
    fn name_of(&self, operation: Operation, key: &S3Key, query: Option<&str>) -> Option<String> {
        let asks = self.faults.ask_for_filename(operation);
        asks.then(|| (self.filename)(key, query).unwrap_or_else(|| key.filename().to_owned()))
    }

    /// Applies a fault before the API is called; `fail` is the API's own form of an error. Does not
    /// return if the exchange ends with it.
    async fn before(
        &self,
        strike: &Strike,
        mut call: Box<Call>,
        fail: impl Fn(&Failure) -> Answer,
    ) -> Before {
        // These show only in the API's answer.
        if !matches!(strike.effect, Effect::Expired | Effect::Corrupt) {
            call.exchange.fault = Some(strike.fault.to_string());
        }
        let answer = match &strike.effect {
            Effect::Error(failure) => fail(failure),
            Effect::Garbage { status } => garbage(*status),
            Effect::Throttle { bytes_per_second } => {
                call.connection.pace(*bytes_per_second);
                call.pace();
                return Before::GoesOn(call);
            }
            Effect::Reset { after_bytes } => {
                call.discard_body(*after_bytes).await;
                end(call, Ending::Reset).await
            }
            Effect::Close => end(call, Ending::Close).await,
            Effect::Hang { duration } => {
                // The client has sent all that it wants to, and waits.
                call.discard_body(u64::MAX).await;
                let waits = self.faults.wait(strike, *duration);
                // Taken out of the call, which the connection holds from now on.
                let connection = std::mem::take(&mut call.connection);
                let held = async move {
                    waits.await;
                    drop(call);
                };
                match connection.end(Ending::Hang(Box::pin(held))).await {}
            }
            Effect::Expired
            | Effect::Delay { .. }
            | Effect::LostResponse
            | Effect::Truncate { .. }
            | Effect::Corrupt => return Before::GoesOn(call),
        };
        call.answered_by(&strike.fault);
        Before::Answered(call, named(answer, &strike.fault))
    }

    /// Applies a fault to an answer. Never returns if the fault sends no answer.
    async fn after(
        &self,
        mut strike: Strike,
        mut call: Box<Call>,
        mut answer: Answer,
    ) -> (Box<Call>, Answer) {
        match strike.effect {
            Effect::Delay { duration, jitter } => {
                let delay = around(duration, jitter, &mut strike.rng);
                call.hold_answer();
                let has_left = tokio::select! {
                    () = self.faults.wait(&strike, Some(delay)) => false,
                    () = call.connection.left() => true,
                };
                if has_left {
                    call.lose_answer();
                    end(call, Ending::Close).await;
                }
            }
            Effect::LostResponse => {
                call.lose_answer();
                end(call, Ending::Close).await;
            }
            Effect::Truncate { bytes } => {
                let length;
                (answer, length) = promised(answer);
                let sent = bytes.unwrap_or(length / 2).min(length.saturating_sub(1));
                call.cut_answer(sent);
                call.connection.cut(sent);
            }
            // The API refused for its own reason; a refusal by the fault is recorded already.
            Effect::Expired | Effect::Corrupt if !answer.status.is_success() => return (call, answer),
            Effect::Expired | Effect::Corrupt => call.exchange.fault = Some(strike.fault.to_string()),
            _ => {}
        }
        // A URL that an earlier fault let expire was refused for that one's sake.
        let answer = named(answer, call.exchange.fault.as_deref().unwrap_or(&strike.fault));
        (call, answer)
    }

    /// Returns the fault that let a URL expire, now or earlier.
    fn dead_url(&self, strike: Option<&Strike>, request: &RawRequest<'_>) -> Option<DeadUrl> {
        let strike = strike.filter(|strike| strike.effect == Effect::Expired);
        if strike.is_none() && !self.faults.have_dead_urls() {
            return None;
        }
        let signature = sigv4::signature_of(request.query?)?;
        if let (Some(strike), Some(until)) = (strike, sigv4::end_of(request.query)) {
            self.faults.kill(signature, DeadUrl { fault: Arc::clone(&strike.fault), until });
        }
        self.faults.dead(signature)
    }

    /// Returns the time for verifying a request: now, or after its URL's expiry for a fault.
    fn time_of(&self, dead: Option<&DeadUrl>, request: &RawRequest<'_>) -> Timestamp {
        let now = self.clock.now();
        let end = dead.and_then(|_| sigv4::end_of(request.query));
        end.map_or(now, |end| now.max(end.saturating_add(Duration::from_secs(1)).unwrap_or(now)))
    }
}

/// Outcome of a call before the API.
enum Before {
    /// The fault answers it.
    Answered(Box<Call>, Answer),
    /// The API does.
    GoesOn(Box<Call>),
}

/// Ends the connection in place of an answer. The call is over with that.
async fn end(call: Box<Call>, ending: Ending) -> ! {
    match call.connection.end(ending).await {}
}

/// Signs URLs: expired ones for a fault, and otherwise never the same as one that a fault let expire. Equal requests in
/// the same second get equal URLs.
#[derive(Clone)]
pub(super) struct Signer<'a> {
    layer: &'a FaultLayer,
    expired_by: Option<Arc<str>>,
}

impl SignUrl for Signer<'_> {
    fn put_url(&self, at: Timestamp, base: &str, key: &S3Key, md5: Md5Digest, mime_type: &str) -> SignedUrl {
        let FaultLayer { faults, signer, .. } = self.layer;
        let sign_before = |seconds: u64| {
            let at = at.saturating_sub(Duration::from_secs(seconds)).unwrap_or_default();
            signer.put_url(at.max(Timestamp::UNIX_EPOCH), base, key, md5, mime_type)
        };
        if let Some(fault) = &self.expired_by {
            let expires = u64::from(signer.expires);
            let signed = sign_before(expires.saturating_add(1));
            let until = at.saturating_add(Duration::from_secs(expires)).unwrap_or(Timestamp::MAX);
            let signature = sigv4::signature_of(&signed.url).unwrap_or_default();
            faults.kill(signature, DeadUrl { fault: Arc::clone(fault), until });
            return SignedUrl { known_at: at, ..signed };
        }
        if !faults.have_dead_urls() {
            return sign_before(0);
        }
        let is_alive = |signed: &SignedUrl| {
            sigv4::signature_of(&signed.url).is_none_or(|signature| faults.dead(signature).is_none())
        };
        (0..MAX_RENEWALS).map(sign_before).find(is_alive).unwrap_or_else(|| sign_before(MAX_RENEWALS))
    }
}

/// Returns the policy for an upload's bytes.
fn keep(strike: Option<&Strike>) -> Box<dyn Keep> {
    match strike {
        Some(Strike { effect: Effect::Corrupt, rng, .. }) => Box::new(Corrupt::new(rng.clone())),
        _ => Box::new(AsSent),
    }
}

/// Adds the rule's name to an answer.
fn named(answer: Answer, fault: &str) -> Answer {
    match HeaderValue::from_str(fault) {
        Ok(fault) => answer.with(FAULT, fault),
        Err(_) => answer,
    }
}

/// Returns an error in the form of the Alloy API, which only has a status.
fn alloy_failure(failure: &Failure) -> Answer {
    let code = failure.code.as_deref().and_then(S3Code::find);
    let status = failure.status.or_else(|| code.map(S3Code::status));
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let message = failure.message.as_deref().or_else(|| code.map(S3Code::message));
    alloy::fail(status, message, failure.retry_after)
}

/// Returns an error in the form of the S3 API.
fn s3_failure(failure: &Failure) -> s3::Failure<'_> {
    s3::Failure {
        status: failure.status,
        code: failure.code.as_deref(),
        message: failure.message.as_deref(),
        retry_after: failure.retry_after,
    }
}

/// Returns the filename in a presign's body, however wrong the rest may be.
fn announced(body: &Bytes) -> Option<String> {
    #[derive(Deserialize)]
    struct Announced {
        filename: String,
    }
    serde_json::from_slice(body).ok().map(|Announced { filename }| filename)
}

/// Decodes the key in a segment of a path.
fn key_of_segment(raw: &str) -> Option<S3Key> {
    S3Key::new(&percent_decode_str(raw).decode_utf8().ok()?).ok()
}

/// Draws the length of a delay.
fn around(duration: Duration, jitter: Duration, rng: &mut fastrand::Rng) -> Duration {
    let least = duration.saturating_sub(jitter);
    let most = duration.saturating_add(jitter);
    least.saturating_add(most.saturating_sub(least).mul_f64(rng.f64()))
}

/// Adds a content length to an answer, and returns it: at least one byte, so that a byte can be held back.
fn promised(mut answer: Answer) -> (Answer, u64) {
    let length = match &answer.content {
        Content::File(source) => source.size(),
        Content::Passed(body) => body.0.size_hint().exact().unwrap_or_default(),
        content => content.text().map_or(0, |text| text.len() as u64),
    };
    answer.content = match answer.content {
        content @ Content::Passed(_) => content,
        _ if length == 0 => Content::Whole(Bytes::from_static(b"\n")),
        Content::Chunked(text) => Content::Whole(text),
        content => content,
    };
    (answer, length.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_as_long_as_it_says_more_or_less() {
        let [duration, jitter, least] = [200, 50, 150].map(Duration::from_millis);
        for seed in 0..100 {
            let mut rng = fastrand::Rng::with_seed(seed);
            let delay = around(duration, jitter, &mut rng);
            assert!((least..=duration + jitter).contains(&delay), "{delay:?}");
            assert_eq!(around(duration, Duration::ZERO, &mut rng), duration);
        }
        assert!(around(jitter, duration, &mut fastrand::Rng::with_seed(1)) <= duration + jitter);
    }

    #[test]
    fn a_content_length_has_a_byte_to_hold_back() {
        let (answer, length) = promised(Answer::empty(StatusCode::OK));
        assert_eq!((answer.content.text().unwrap().len(), length), (1, 1));
        let chunked = Answer::new(StatusCode::FORBIDDEN, Content::Chunked("<Error/>".into()));
        let (answer, length) = promised(chunked);
        assert!(matches!(answer.content, Content::Whole(text) if text == "<Error/>") && length == 8);
    }
}
