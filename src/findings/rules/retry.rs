//! The same failing request, repeated without a pause. A wrong request stays wrong, and an overloaded server gets more
//! load. Pauses count by real time or by the emulator's clock: a test may wait by moving the clock.
//!
//! Growing pauses count as backoff, however short the first ones are.
//!
//! Requests are the same if method, target, body and relevant headers are: a hundred files that fail in the same way
//! are no retries. Neither are overlapping requests.

use std::{
    collections::VecDeque,
    hash::{DefaultHasher, Hash, Hasher},
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::{ExchangeContext, Rule, user_of};
use crate::{
    exchange::{Exchange, Violation},
    files::UserId,
};

/// Minimal length of a pause.
const PAUSE: Duration = Duration::from_millis(200);

/// Up to this length, a pause may be longer than the last one by coincidence.
const LEAST: Duration = Duration::from_millis(20);

/// Failure at which it is reported: many libraries retry once at once.
const TOLD_AT: u32 = 3;

/// Time for which a series is remembered, for slow requests.
const REMEMBERED: Duration = Duration::from_secs(5);

/// Limit on the remembered series. Beyond it, the oldest are dropped.
const MAX_SERIES: usize = 256;

/// Headers that distinguish requests, since a client may have corrected them.
const HEADERS: [&str; 6] =
    ["authorization", "x-api-version", "x-alloy-userid", "content-type", "content-md5", "content-length"];

/// Remembers the last failures.
#[derive(Default)]
pub(super) struct Retry {
    series: VecDeque<Series>,
}

/// A request that failed, and failed again.
struct Series {
    print: u64,
    user: Option<UserId>,
    status: u16,
    /// When the last request began, in real time and on the emulator's clock.
    began: (Instant, Timestamp),
    /// When the last answer was out.
    last: Instant,
    /// Time that the client waited before the last request, if it was a retry.
    pause: Option<Duration>,
    failures: u32,
}

impl Rule for Retry {
    fn look(&mut self, context: &ExchangeContext<'_>, found: &mut Vec<Violation>) {
        if self.series.is_empty() && !context.exchange.failed() {
            return;
        }
        self.series.retain(|series| context.now.saturating_duration_since(series.last) < REMEMBERED);
        let (Some(status), Some(started)) = (context.exchange.status, context.started()) else { return };
        let print = print(context.exchange);
        let known = self.series.iter_mut().find(|series| series.print == print);
        if let Some(series) = known
            && context.exchange.failed()
            && series.status == status
            && series.pause_before(started, context).is_none_or(|pause| pause < PAUSE)
        {
            // A request that began before the last failure is not a retry, and ends nothing.
            if let Some(pause) = series.pause_before(started, context) {
                let backs_off = series.pause.is_some_and(|before| is_clearly_longer(pause, before));
                series.failures = if backs_off { 1 } else { series.failures + 1 };
                series.pause = Some(pause);
                series.last = context.now;
                series.began = (started, context.exchange.at);
                if series.failures == TOLD_AT {
                    found.push(series.violation());
                }
            }
            return;
        }
        self.series.retain(|series| series.print != print);
        if context.exchange.failed() {
            self.begin(Series::of(print, status, started, context));
        }
    }

    fn forget(&mut self, user: UserId) {
        self.series.retain(|series| series.user != Some(user));
    }
}

impl Retry {
    fn begin(&mut self, series: Series) {
        if self.series.len() == MAX_SERIES {
            self.series.pop_front();
        }
        self.series.push_back(series);
    }
}

impl Series {
    fn of(print: u64, status: u16, started: Instant, context: &ExchangeContext<'_>) -> Self {
        let (user, began) = (user_of(context.exchange), (started, context.exchange.at));
        Self { print, user, status, began, last: context.now, pause: None, failures: 1 }
    }

    /// Returns the time that the client waited before a request that began then: in real time, and by moves of the
    /// clock. `None` if it began before the last answer was complete.
    fn pause_before(&self, started: Instant, context: &ExchangeContext<'_>) -> Option<Duration> {
        let pause = started.checked_duration_since(self.last)?;
        let (began, at) = self.began;
        let shown = Duration::try_from(context.exchange.at.duration_since(at)).unwrap_or_default();
        Some(pause + shown.saturating_sub(started.saturating_duration_since(began)))
    }

    fn violation(&self) -> Violation {
        let message = format!(
            "The same request failed with {} for the third time, each time less than {} ms after the one \
             before.",
            self.status,
            PAUSE.as_millis()
        );
        Violation::new("retry-without-pause", "", message)
    }
}

/// Returns whether a pause is at least half as long again as the one before it.
fn is_clearly_longer(pause: Duration, before: Duration) -> bool {
    pause >= LEAST && pause * 2 >= before * 3
}

/// Returns a fingerprint of what equal requests have in common.
fn print(exchange: &Exchange) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&exchange.method, &exchange.path, &exchange.request.body).hash(&mut hasher);
    for name in HEADERS {
        exchange.request.headers.get(name).hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        exchange::Operation,
        findings::rules::testing::{Bench, exchange, with},
    };

    /// Returns the findings of these requests, each after a pause of this many milliseconds.
    fn found(requests: impl IntoIterator<Item = (u64, Exchange)>) -> Vec<Violation> {
        let mut bench = Bench::of(Retry::default());
        requests
            .into_iter()
            .flat_map(|(pause, request)| {
                bench.now += Duration::from_millis(pause) + Duration::from_micros(request.duration_us);
                bench.see(&request)
            })
            .collect()
    }

    fn list(status: u16) -> Exchange {
        exchange(Operation::List, status)
    }

    #[test]
    fn reports_the_third_failure_in_a_row_once() {
        let found = found((0..10).map(|_| (10, list(429))));
        assert_eq!((found.len(), found[0].rule), (1, "retry-without-pause"));
        assert!(
            found[0].message.contains("429") && found[0].message.contains("third time"),
            "{}",
            found[0].message
        );
    }

    #[test]
    fn reports_a_new_series_again() {
        let pauses = [0, 10, 10, 300, 10, 10];
        assert_eq!(found(pauses.map(|pause| (pause, list(503)))).len(), 2);
    }

    #[test]
    fn who_waits_succeeds_or_changes_something_is_fine() {
        assert_eq!(found((0..5).map(|_| (200, list(503)))).len(), 0);
        assert_eq!(found([503, 503, 200, 503, 503].map(|status| (1, list(status)))).len(), 0);
        assert_eq!(found([503, 500, 503, 500].map(|status| (1, list(status)))).len(), 0);
        let keys = ["Bearer a", "Bearer b", "Bearer c"];
        assert_eq!(found(keys.map(|key| (1, with(list(401), &[("authorization", key)])))).len(), 0);
        let bodies = ["{\"md5\": 1}", "{\"md5\": 2}", "{\"md5\": 3}"].map(|body| {
            let mut presign = exchange(Operation::Presign, 400);
            presign.request.body = Some(body.to_owned());
            (1, presign)
        });
        assert_eq!(found(bodies).len(), 0);
    }

    #[test]
    fn who_backs_off_is_fine_and_who_waits_equally_short_is_not() {
        let reported = |pauses: &[u64]| found(pauses.iter().map(|pause| (*pause, list(503)))).len();
        assert_eq!(reported(&[0, 100, 200, 400]), 0);
        assert_eq!(reported(&[0, 20, 40, 80, 160, 320]), 0);
        assert_eq!(reported(&[0, 100, 120, 140]), 1);
        assert_eq!(reported(&[0, 100, 100]), 1);
        assert_eq!(reported(&[0, 1, 2, 4]), 1, "nobody waits so short on purpose");
    }

    #[test]
    fn who_waits_by_moving_the_clock_is_fine() {
        let mut bench = Bench::of(Retry::default());
        let reported = (0..5).flat_map(|tries| {
            bench.now += Duration::from_millis(10);
            let mut request = list(503);
            request.at += jiff::SignedDuration::from_millis(300 * tries);
            bench.see(&request)
        });
        assert_eq!(reported.count(), 0);
    }

    #[test]
    fn requests_that_overlap_are_no_retries_and_slow_ones_may_be() {
        let slow = |milliseconds| {
            let mut list = list(503);
            list.duration_us = milliseconds * 1000;
            list
        };
        let mut bench = Bench::of(Retry::default());
        bench.now += Duration::from_secs(1);
        // All began before the first one ended.
        let together = (0..5).map(|n| (Duration::from_millis(n), slow(900 + n)));
        let together = together.flat_map(|(later, request)| {
            bench.now += later;
            bench.see(&request)
        });
        assert_eq!(together.count(), 0);
        assert_eq!(found((0..3).map(|_| (10, slow(1000)))).len(), 1);
    }

    #[test]
    fn bounds_memory_and_forgets_a_user() {
        let mut rule = Retry::default();
        let mut bench = Bench::of(Retry::default());
        bench.see(&list(429));
        bench.see(&list(429));
        bench.forget();
        assert_eq!(bench.see(&list(429)).len(), 0);
        let request = list(404);
        let ledger = crate::findings::Ledger::default();
        let context = ExchangeContext { exchange: &request, ledger: &ledger, now: bench.now };
        for print in 0..MAX_SERIES as u64 + 10 {
            rule.begin(Series::of(print, 404, bench.now, &context));
        }
        assert_eq!(rule.series.len(), MAX_SERIES);
    }
}
