//! The rate of requests, and real time.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use jiff::Timestamp;

/// Limits the requests per second, evenly, over all threads of a suite.
#[derive(Debug)]
pub(crate) struct Pace {
    /// The time between two requests; `None` for no limit.
    gap: Option<Duration>,
    next: Mutex<Instant>,
}

impl Pace {
    pub(crate) fn of(rate: Option<u32>) -> Self {
        let gap = rate.map(|rate| Duration::from_secs(1) / rate.max(1));
        Self { gap, next: Mutex::new(now()) }
    }

    /// Waits until the next request may be sent.
    pub(crate) async fn wait(&self) {
        let Some(gap) = self.gap else { return };
        let turn = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = (*next).max(now());
            *next = turn + gap;
            turn
        };
        #[expect(clippy::disallowed_methods, reason = "the server under test keeps real time")]
        tokio::time::sleep(turn.saturating_duration_since(now())).await;
    }
}

/// Returns the time, to measure how long something takes.
pub(crate) fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "how long a server takes is real time")]
    Instant::now()
}

/// Returns the date and time.
pub(crate) fn today() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "a report tells when it was made")]
    Timestamp::now()
}
