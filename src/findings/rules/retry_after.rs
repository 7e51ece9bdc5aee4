//! `Retry-After` that nobody waits for: an answer of 429 or 503 says how long to wait, and the same user asks
//! again sooner, on the emulator's clock and in real time: tests move or stop the one, and a client that really
//! waits has done what it was asked to.
//!
//! 429 counts a client's requests, so that it goes for all that the client asks on that side; 503 goes for the
//! operation.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use hyper::{StatusCode, header};
use jiff::{SignedDuration, Timestamp};

use super::{Operations, Rule, Seen, is_alloys};
use crate::{
    exchange::{Operation, Violation},
    files::UserId,
    journal::Draft,
};

/// How many users' waits are remembered. What is over it goes, oldest first.
const MOST: usize = 256;

/// Remembers who is to wait.
#[derive(Default)]
pub(super) struct RetryAfter {
    waits: VecDeque<Wait>,
}

/// A user who is to wait.
struct Wait {
    user: UserId,
    operation: Operation,
    status: StatusCode,
    /// When the answer was out, in real time.
    told: Instant,
    /// When the request came, and until when nothing is to come, on the emulator's clock.
    at: Timestamp,
    until: Timestamp,
}

impl Rule for RetryAfter {
    fn operations(&self) -> Operations {
        Operations::ALL.failed().and(Operations::ALL.only_if(!self.waits.is_empty()))
    }

    fn look(&mut self, seen: &Seen<'_>, found: &mut Vec<Violation>) {
        let draft = seen.draft;
        if !self.waits.is_empty() {
            self.waits.retain(|wait| draft.at < wait.until && !wait.is_over(seen));
            if let Some(at) = self.waits.iter().position(|wait| wait.is_broken_by(seen))
                && let Some(wait) = self.waits.remove(at)
            {
                found.push(wait.violation(draft.at));
            }
        }
        if let Some(wait) = Wait::of(seen) {
            self.waits.retain(|other| other.user != wait.user || other.operation != wait.operation);
            if self.waits.len() == MOST {
                self.waits.pop_front();
            }
            self.waits.push_back(wait);
        }
    }

    fn forget(&mut self, user: UserId) {
        self.waits.retain(|wait| wait.user != user);
    }
}

impl Wait {
    /// What the answer of an exchange asks for.
    fn of(seen: &Seen<'_>) -> Option<Self> {
        let draft = seen.draft;
        let status = draft.status.filter(|status| matches!(status.as_u16(), 429 | 503))?;
        let (user, until) = (draft.user?, until(draft)?);
        Some(Self { user, operation: draft.operation, status, told: seen.now, at: draft.at, until })
    }

    /// Whether an exchange began after the time in real time.
    fn is_over(&self, seen: &Seen<'_>) -> bool {
        let asked = Duration::try_from(self.until.duration_since(self.at)).unwrap_or_default();
        let waited = seen.started().and_then(|started| started.checked_duration_since(self.told));
        waited.is_some_and(|waited| waited >= asked)
    }

    /// Whether an exchange is one that was to wait. One that began before the answer was known is not, nor one
    /// before which the clock was set back.
    fn is_broken_by(&self, seen: &Seen<'_>) -> bool {
        let operation = seen.draft.operation;
        let is_side =
            self.status == StatusCode::TOO_MANY_REQUESTS && is_alloys(self.operation) == is_alloys(operation);
        seen.draft.user == Some(self.user)
            && (is_side || self.operation == operation)
            && seen.started().is_some_and(|started| started >= self.told)
            && seen.draft.at >= self.at
    }

    fn violation(&self, at: Timestamp) -> Violation {
        let (asked, waited) = (self.until.duration_since(self.at), at.duration_since(self.at));
        let message = format!(
            "The answer {} asked to wait {} (`Retry-After`), and this request came after {}.",
            self.status.as_u16(),
            in_words(asked),
            in_words(waited)
        );
        Violation::new("retry-after-ignored", "retry-after", message)
    }
}

/// Until when an answer asks to wait: seconds, or a date.
fn until(draft: &Draft) -> Option<Timestamp> {
    let value = draft.response.headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    match value.parse() {
        Ok(seconds) => draft.at.checked_add(SignedDuration::from_secs(seconds)).ok(),
        Err(_) => Timestamp::try_from(httpdate::parse_http_date(value).ok()?).ok(),
    }
}

/// Seconds, with a fraction where there is one.
fn in_words(duration: SignedDuration) -> String {
    match (duration.as_secs(), duration.subsec_millis()) {
        (seconds, 0) => format!("{seconds} s"),
        (seconds, milliseconds) => format!("{seconds}.{milliseconds:03} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::rules::testing::{Bench, START, draft};

    /// What is said of a request that comes so many milliseconds after an answer with `Retry-After`.
    fn found(
        asked: (Operation, u16, &str),
        milliseconds: i64,
        change: impl FnOnce(&mut Draft),
    ) -> Vec<Violation> {
        let mut bench = Bench::of(RetryAfter::default());
        let (operation, status, value) = asked;
        let mut answered = draft(operation, status);
        answered.response.headers.insert(header::RETRY_AFTER, value.parse().unwrap());
        answered.fault = Some("1".to_owned());
        assert_eq!(bench.see(&answered).len(), 0);
        let mut next = draft(Operation::Presign, 200);
        next.at = START + SignedDuration::from_millis(milliseconds);
        change(&mut next);
        bench.see(&next)
    }

    const PRESIGN: (Operation, u16, &str) = (Operation::Presign, 429, "30");

    #[test]
    fn who_comes_sooner_is_told_how_much() {
        let found = found(PRESIGN, 1200, |_| ());
        assert_eq!((found.len(), found[0].rule), (1, "retry-after-ignored"));
        for part in ["429", "30 s", "1.200 s"] {
            assert!(found[0].message.contains(part), "{}", found[0].message);
        }
    }

    #[test]
    fn a_date_is_waited_for_too() {
        let date = (Operation::Presign, 503, "Fri, 02 Jan 2026 03:04:35 GMT");
        assert_eq!(found(date, 29_000, |_| ()).len(), 1);
        assert_eq!(found(date, 30_000, |_| ()).len(), 0);
    }

    #[test]
    fn who_waits_and_others_are_fine() {
        assert_eq!(found(PRESIGN, 30_000, |_| ()).len(), 0);
        assert_eq!(found(PRESIGN, -1000, |_| ()).len(), 0);
        assert_eq!(found(PRESIGN, 1, |next| next.user = Some(UserId::of_key("bob-key"))).len(), 0);
        assert_eq!(found(PRESIGN, 1, |next| next.operation = Operation::Put).len(), 0);
        // It was on its way when the answer came.
        assert_eq!(found(PRESIGN, 1, |next| next.duration = std::time::Duration::from_secs(1)).len(), 0);
        for asked in [(Operation::Presign, 429, "soon"), (Operation::Presign, 400, "30")] {
            assert_eq!(found(asked, 1, |_| ()).len(), 0);
        }
    }

    #[test]
    fn who_waits_in_real_time_is_fine_on_a_clock_that_stands_still() {
        for (seconds, count) in [(29, 1), (30, 0)] {
            let mut bench = Bench::of(RetryAfter::default());
            let mut answered = draft(Operation::Presign, 429);
            answered.response.headers.insert(header::RETRY_AFTER, "30".parse().unwrap());
            bench.see(&answered);
            bench.now += Duration::from_secs(seconds);
            assert_eq!(bench.see(&draft(Operation::Presign, 200)).len(), count);
        }
    }

    #[test]
    fn too_many_requests_go_for_the_side_and_unavailable_for_the_operation() {
        let list = |next: &mut Draft| next.operation = Operation::List;
        assert_eq!(found(PRESIGN, 1, list).len(), 1);
        assert_eq!(found((Operation::Presign, 503, "30"), 1, list).len(), 0);
    }
}
