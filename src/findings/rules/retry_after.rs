//! A request before the time in `Retry-After` of a 429 or 503 is over, by the emulator's clock and
//! in real time: tests move or freeze the one, and a client that really waits has done its part.
//!
//! A 429 counts a client's requests, so it holds for all requests to that API; a 503 holds for the
//! operation.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};

use super::{ExchangeContext, Rule, user_of};
use crate::{
    exchange::{Exchange, Operation, Violation},
    files::UserId,
};

/// Limit on the remembered waits of users. Beyond it, the oldest are dropped.
const MAX_WAITS: usize = 256;

/// Remembers which users should wait.
#[derive(Default)]
pub(super) struct RetryAfter {
    waits: VecDeque<Wait>,
}

/// A user who should wait.
struct Wait {
    user: UserId,
    operation: Operation,
    status: u16,
    /// End of the answer, in real time.
    reported_at: Instant,
    /// When the request came, and until when nothing is to come, on the emulator's clock.
    at: Timestamp,
    until: Timestamp,
}

impl Rule for RetryAfter {
    fn look(&mut self, context: &ExchangeContext<'_>, found: &mut Vec<Violation>) {
        let exchange = context.exchange;
        if !self.waits.is_empty() {
            self.waits.retain(|wait| exchange.at < wait.until && !wait.is_over(context));
            if let Some(at) = self.waits.iter().position(|wait| wait.is_broken_by(context))
                && let Some(wait) = self.waits.remove(at)
            {
                found.push(wait.violation(exchange.at));
            }
        }
        if let Some(wait) = Wait::of(context) {
            self.waits.retain(|other| other.user != wait.user || other.operation != wait.operation);
            if self.waits.len() == MAX_WAITS {
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
    /// Returns the wait that an answer demands.
    fn of(context: &ExchangeContext<'_>) -> Option<Self> {
        let exchange = context.exchange;
        let status = exchange.status.filter(|status| matches!(status, 429 | 503))?;
        let (user, until) = (user_of(exchange)?, until(exchange)?);
        Some(Self {
            user,
            operation: exchange.operation,
            status,
            reported_at: context.now,
            at: exchange.at,
            until,
        })
    }

    /// Returns whether an exchange began after the time in real time.
    fn is_over(&self, context: &ExchangeContext<'_>) -> bool {
        let asked = Duration::try_from(self.until.duration_since(self.at)).unwrap_or_default();
        let waited = context.started().and_then(|started| started.checked_duration_since(self.reported_at));
        waited.is_some_and(|waited| waited >= asked)
    }

    /// Returns whether an exchange is one that was to wait. One that began before the answer was known is not, nor one
    /// before which the clock was set back.
    fn is_broken_by(&self, context: &ExchangeContext<'_>) -> bool {
        let operation = context.exchange.operation;
        let is_side = self.status == 429 && self.operation.is_alloys() == operation.is_alloys();
        user_of(context.exchange) == Some(self.user)
            && (is_side || self.operation == operation)
            && context.started().is_some_and(|started| started >= self.reported_at)
            && context.exchange.at >= self.at
    }

    fn violation(&self, at: Timestamp) -> Violation {
        let (asked, waited) = (self.until.duration_since(self.at), at.duration_since(self.at));
        let message = format!(
            "The answer {} demanded a wait of {} (`Retry-After`), but this request came after {}.",
            self.status,
            in_words(asked),
            in_words(waited)
        );
        Violation::new("retry-after-ignored", "retry-after", message)
    }
}

/// Returns the time in `Retry-After`: seconds, or a date.
fn until(exchange: &Exchange) -> Option<Timestamp> {
    let value = exchange.response.headers.get("retry-after")?.trim();
    match value.parse() {
        Ok(seconds) => exchange.at.checked_add(SignedDuration::from_secs(seconds)).ok(),
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
    use crate::findings::rules::testing::{Bench, START, exchange};

    /// Returns the findings of a request this many milliseconds after an answer with `Retry-After`.
    fn found(
        asked: (Operation, u16, &str),
        milliseconds: i64,
        change: impl FnOnce(&mut Exchange),
    ) -> Vec<Violation> {
        let mut bench = Bench::of(RetryAfter::default());
        let (operation, status, value) = asked;
        let mut answered = exchange(operation, status);
        answered.response.headers.append("retry-after", value);
        answered.fault = Some("1".to_owned());
        assert_eq!(bench.see(&answered).len(), 0);
        let mut next = exchange(Operation::Presign, 200);
        next.at = START + SignedDuration::from_millis(milliseconds);
        change(&mut next);
        bench.see(&next)
    }

    const PRESIGN: (Operation, u16, &str) = (Operation::Presign, 429, "30");

    #[test]
    fn says_how_much_too_early_a_retry_came() {
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
        assert_eq!(
            found(PRESIGN, 1, |next| next.user_id = Some(UserId::of_key("bob-key").to_string())).len(),
            0
        );
        assert_eq!(found(PRESIGN, 1, |next| next.operation = Operation::Put).len(), 0);
        // It was on its way when the answer came.
        assert_eq!(found(PRESIGN, 1, |next| next.duration_us = 1_000_000).len(), 0);
        for asked in [(Operation::Presign, 429, "soon"), (Operation::Presign, 400, "30")] {
            assert_eq!(found(asked, 1, |_| ()).len(), 0);
        }
    }

    #[test]
    fn real_pauses_count_on_a_frozen_clock() {
        for (seconds, count) in [(29, 1), (30, 0)] {
            let mut bench = Bench::of(RetryAfter::default());
            let mut answered = exchange(Operation::Presign, 429);
            answered.response.headers.append("retry-after", "30");
            bench.see(&answered);
            bench.now += Duration::from_secs(seconds);
            assert_eq!(bench.see(&exchange(Operation::Presign, 200)).len(), count);
        }
    }

    #[test]
    fn a_429_counts_for_the_api_a_503_for_the_operation() {
        let list = |next: &mut Exchange| next.operation = Operation::List;
        assert_eq!(found(PRESIGN, 1, list).len(), 1);
        assert_eq!(found((Operation::Presign, 503, "30"), 1, list).len(), 0);
    }
}
