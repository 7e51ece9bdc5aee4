//! Faults, laid around both sides: what strikes an exchange, what it does before the side is asked and what to
//! its answer. No handler knows of it.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use hyper::{
    StatusCode,
    header::{HeaderName, HeaderValue},
};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::Deserialize;

use super::{alloy_side::Caller, compose::Server, recorder::Recorder};
use crate::{
    alloy::{self, Presigned, SignUrl},
    exchange::{Answer, Content, Operation, S3Code},
    fault::{Corrupt, DeadUrl, Effect, Failure, Strike, Subject, garbage},
    files::{AsSent, Keep, S3Key, UserId},
    http::{Ending, Line},
    s3::{self, RawRequest, sigv4},
};

/// Names the rule that made or changed an answer.
const FAULT: HeaderName = HeaderName::from_static("x-assay-fault");

/// How many URLs of one file, asked for in one second, a fault may let expire before one is handed out again.
const MOST_RENEWALS: u64 = 60;

impl Server {
    /// What strikes a request on Alloy's side, if anything does. `user` is the caller; `body` the request's, where it
    /// is known.
    pub(super) fn strike_alloy(
        &self,
        operation: Operation,
        parameters: &[&str],
        user: Option<UserId>,
        body: Option<&Bytes>,
    ) -> Option<Strike> {
        let announced = body.and_then(announced);
        let key = match operation {
            Operation::Presign => {
                user.zip(announced.as_deref()).map(|(user, name)| S3Key::of_file(user, name))
            }
            Operation::Delete => parameters.first().and_then(|raw| key_of_segment(raw)),
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

    /// What strikes a request on S3's side, if anything does.
    pub(super) fn strike_s3(&self, request: &RawRequest<'_>, subject: s3::Subject) -> Option<Strike> {
        let operation = subject.operation;
        if !self.faults.are_for(operation) {
            return None;
        }
        let is_of_file = matches!(operation, Operation::Put | Operation::Get | Operation::Head);
        let key = self.s3.key(request).filter(|_| is_of_file);
        let filename = key.as_ref().and_then(|key| self.name_of(operation, key, request.query));
        self.faults.strike(&Subject {
            operation,
            user: subject.owner,
            filename: filename.as_deref(),
            key: key.as_ref().map(S3Key::as_str),
        })
    }

    /// The name that a file was presigned under, as far as the last URLs tell; else what its key made of it.
    fn name_of(&self, operation: Operation, key: &S3Key, query: Option<&str>) -> Option<String> {
        let asks = self.faults.ask_for_filename(operation);
        asks.then(|| self.books.advisor.filename(key, query).unwrap_or_else(|| key.filename().to_owned()))
    }

    /// Does what a fault does before the side is asked, and gives its answer where it has one in place of the side's;
    /// `fail` is the side's own form of an error. Does not come back where the exchange ends with it.
    pub(super) async fn before(
        &self,
        strike: Option<&Strike>,
        recorder: &mut Recorder,
        line: &Line,
        fail: impl Fn(&Failure) -> Answer,
    ) -> Option<Answer> {
        let strike = strike?;
        // What these do is seen only once the side has answered.
        if !matches!(strike.effect, Effect::Expired | Effect::Corrupt) {
            recorder.fault(&strike.fault);
        }
        let answer = match &strike.effect {
            Effect::Error(failure) => fail(failure),
            Effect::Garbage { status } => garbage(*status),
            Effect::Throttle { bytes_per_second } => {
                line.pace(*bytes_per_second);
                recorder.takes_time_on(line);
                return None;
            }
            Effect::Reset { after_bytes } => {
                recorder.take_body(*after_bytes).await;
                match line.end(Ending::Reset).await {}
            }
            Effect::Close => match line.end(Ending::Close).await {},
            Effect::Hang { duration } => {
                // The client has sent all that it wants to, and waits.
                recorder.take_body(u64::MAX).await;
                let (waits, exchange) = (self.faults.wait(strike, *duration), recorder.take());
                let held = async move {
                    waits.await;
                    drop(exchange);
                };
                match line.end(Ending::Hang(Box::pin(held))).await {}
            }
            Effect::Expired
            | Effect::Delay { .. }
            | Effect::LostResponse
            | Effect::Truncate { .. }
            | Effect::Corrupt => return None,
        };
        recorder.answered_by(&strike.fault);
        Some(named(answer, &strike.fault))
    }

    /// Does what a fault does to an answer. Does not come back where nothing is answered.
    pub(super) async fn after(
        &self,
        strike: Option<Strike>,
        answer: Answer,
        recorder: &mut Recorder,
        line: &Line,
    ) -> Answer {
        let Some(mut strike) = strike else { return answer };
        let answer = match strike.effect {
            Effect::Delay { duration, jitter } => {
                let delay = around(duration, jitter, &mut strike.chance);
                recorder.hold_answer();
                tokio::select! {
                    () = self.faults.wait(&strike, Some(delay)) => answer,
                    () = line.left() => {
                        recorder.lose_answer();
                        drop(answer);
                        match line.end(Ending::Close).await {}
                    }
                }
            }
            Effect::LostResponse => {
                recorder.lose_answer();
                drop(answer);
                match line.end(Ending::Close).await {}
            }
            Effect::Truncate { bytes } => {
                let (answer, length) = promised(answer);
                let sent = bytes.unwrap_or(length / 2).min(length.saturating_sub(1));
                recorder.cut_answer(sent);
                line.cut(sent);
                answer
            }
            // The side had a reason of its own to refuse; where it is the fault's, that has been said.
            Effect::Expired | Effect::Corrupt if !answer.status.is_success() => return answer,
            Effect::Expired | Effect::Corrupt => {
                recorder.fault(&strike.fault);
                answer
            }
            _ => answer,
        };
        // A URL that an earlier fault let expire was refused for that one's sake.
        let fault = recorder.struck_by().unwrap_or(&strike.fault);
        named(answer, fault)
    }

    /// Hands out a URL whose time is up, where a fault says so, and otherwise none that a fault let expire: what is
    /// signed for the same in the same second is the same. Gives the time as of which the client knows it.
    pub(super) fn date_url(
        &self,
        strike: Option<&Strike>,
        presigned: &mut Presigned,
        caller: &Caller<'_>,
        mime_type: &str,
    ) -> Timestamp {
        let at = presigned.signed_at;
        let seconds_before = |seconds: u64| {
            let at = at.saturating_sub(Duration::from_secs(seconds)).unwrap_or_default();
            at.max(Timestamp::UNIX_EPOCH)
        };
        let sign = |presigned: &mut Presigned, at| {
            let Presigned { key, md5, .. } = &*presigned;
            (presigned.url, presigned.signature) = self.sign.put_url(at, caller.base, key, *md5, mime_type);
            presigned.signed_at = at;
        };
        if let Some(strike) = strike.filter(|strike| strike.effect == Effect::Expired) {
            sign(presigned, seconds_before(self.url_expiry.as_secs().saturating_add(1)));
            let until = at.saturating_add(self.url_expiry).unwrap_or(Timestamp::MAX);
            self.faults.kill(presigned.signature(), DeadUrl { fault: Arc::clone(&strike.fault), until });
            return at;
        }
        if !self.faults.have_dead_urls() {
            return at;
        }
        let is_dead = |presigned: &Presigned| self.faults.dead(presigned.signature()).is_some();
        let mut age = 0;
        while is_dead(presigned) && age < MOST_RENEWALS {
            age += 1;
            sign(presigned, seconds_before(age));
        }
        presigned.signed_at
    }

    /// The fault that let a URL expire, where one did or does now.
    pub(super) fn dead_url(&self, strike: Option<&Strike>, request: &RawRequest<'_>) -> Option<DeadUrl> {
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

    /// When a request is looked at: now, or once its URL is over where a fault says that it is.
    pub(super) fn time_of(&self, dead: Option<&DeadUrl>, request: &RawRequest<'_>) -> Timestamp {
        let now = self.clock.now();
        let end = dead.and_then(|_| sigv4::end_of(request.query));
        end.map_or(now, |end| now.max(end.saturating_add(Duration::from_secs(1)).unwrap_or(now)))
    }
}

/// What an upload's bytes become.
pub(super) fn keep(strike: Option<&Strike>) -> Box<dyn Keep> {
    match strike {
        Some(Strike { effect: Effect::Corrupt, chance, .. }) => Box::new(Corrupt::new(chance.clone())),
        _ => Box::new(AsSent),
    }
}

/// The answer with the rule's name.
pub(super) fn named(answer: Answer, fault: &str) -> Answer {
    match HeaderValue::from_str(fault) {
        Ok(fault) => answer.with(FAULT, fault),
        Err(_) => answer,
    }
}

/// An error in the form of Alloy's side, which knows a status alone.
pub(super) fn alloy_failure(failure: &Failure) -> Answer {
    let code = failure.code.as_deref().and_then(S3Code::find);
    let status = failure.status.or_else(|| code.map(S3Code::status));
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let message = failure.message.as_deref().or_else(|| code.map(S3Code::message));
    alloy::fail(status, message, failure.retry_after)
}

/// An error in the form of S3's side.
pub(super) fn s3_failure(failure: &Failure) -> s3::Failure<'_> {
    s3::Failure {
        status: failure.status,
        code: failure.code.as_deref(),
        message: failure.message.as_deref(),
        retry_after: failure.retry_after,
    }
}

/// The file's name in a presign's body, however wrong the rest of it may be.
fn announced(body: &Bytes) -> Option<String> {
    #[derive(Deserialize)]
    struct Announced {
        filename: String,
    }
    serde_json::from_slice(body).ok().map(|Announced { filename }| filename)
}

/// The key that a segment of a path stands for.
fn key_of_segment(raw: &str) -> Option<S3Key> {
    S3Key::new(&percent_decode_str(raw).decode_utf8().ok()?).ok()
}

/// How long a delay is this time.
fn around(duration: Duration, jitter: Duration, chance: &mut fastrand::Rng) -> Duration {
    let least = duration.saturating_sub(jitter);
    let most = duration.saturating_add(jitter);
    least.saturating_add(most.saturating_sub(least).mul_f64(chance.f64()))
}

/// The answer with its length promised, and how long that is: at least a byte, so that there is something to keep
/// back.
fn promised(mut answer: Answer) -> (Answer, u64) {
    let length = match &answer.content {
        Content::File(source) => source.size(),
        content => content.text().map_or(0, |text| text.len() as u64),
    };
    answer.content = match answer.content {
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
            let mut chance = fastrand::Rng::with_seed(seed);
            let delay = around(duration, jitter, &mut chance);
            assert!((least..=duration + jitter).contains(&delay), "{delay:?}");
            assert_eq!(around(duration, Duration::ZERO, &mut chance), duration);
        }
        assert!(around(jitter, duration, &mut fastrand::Rng::with_seed(1)) <= duration + jitter);
    }

    #[test]
    fn what_is_promised_has_a_byte_to_keep_back() {
        let (answer, length) = promised(Answer::empty(StatusCode::OK));
        assert_eq!((answer.content.text().unwrap().len(), length), (1, 1));
        let chunked = Answer::new(StatusCode::FORBIDDEN, Content::Chunked("<Error/>".into()));
        let (answer, length) = promised(chunked);
        assert!(matches!(answer.content, Content::Whole(text) if text == "<Error/>") && length == 8);
    }
}
