//! The emulator's own clock. It follows real time at an offset until it is moved, set or frozen; everything
//! that the domain calls time (expiry, `Date`, `lastModified`, signatures) is read from it.

mod hand;
mod wait;

use std::{
    convert::Infallible,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use hand::{Hand, Pointer};

/// A clock that tests can move, and whose time can be awaited. Shared by all users of time.
#[derive(Debug, Default)]
pub struct Clock {
    hand: Mutex<Hand>,
    /// Told of every change, so that who waits looks again.
    changed: Notify,
}

/// The shown time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    /// The emulator's time.
    pub now: Timestamp,
    /// Whole seconds ahead of real time; negative if behind.
    pub offset_seconds: i64,
    /// Whether the clock is frozen.
    pub frozen: bool,
}

/// A time that the clock cannot show.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ClockError {
    /// It lies outside of the years that `X-Amz-Date` and HTTP's dates can write.
    #[error("the clock shows times from 1970-01-01T00:00:00Z to {}", Clock::LAST)]
    OutOfRange,
}

impl Clock {
    /// The last time that the clock can be moved to. Dates on the wire have four digits for the year, and a URL that is
    /// issued at the last moment must still be able to expire.
    pub const LAST: Timestamp = Timestamp::constant(253_370_764_800, 0);

    /// Creates a clock that shows real time.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the emulator's time.
    pub fn now(&self) -> Timestamp {
        self.lock().pointer.at(real_now())
    }

    /// Returns the time, and its difference from real time.
    pub fn reading(&self) -> ClockReading {
        self.lock().pointer.reading(real_now())
    }

    /// Moves the clock ahead; a frozen one stays frozen.
    ///
    /// # Errors
    ///
    /// [`ClockError::OutOfRange`] where it would pass [`Clock::LAST`]; the clock is not moved.
    pub fn advance(&self, by: Duration) -> Result<ClockReading, ClockError> {
        let by = SignedDuration::try_from(by).map_err(|_| ClockError::OutOfRange)?;
        self.change(|hand, real| {
            let to = hand.pointer.at(real).checked_add(by).map_err(|_| ClockError::OutOfRange)?;
            hand.set(to, real)
        })
    }

    /// Sets the clock; a frozen one stays frozen.
    ///
    /// # Errors
    ///
    /// [`ClockError::OutOfRange`] before 1970 and after [`Clock::LAST`]; the clock is not set.
    pub fn set(&self, to: Timestamp) -> Result<ClockReading, ClockError> {
        self.change(|hand, real| hand.set(to, real))
    }

    /// Stops the clock where it is.
    pub fn freeze(&self) -> ClockReading {
        self.turn(|pointer, real| Pointer::Frozen(pointer.at(real)))
    }

    /// Lets a frozen clock run on from its current time.
    pub fn unfreeze(&self) -> ClockReading {
        self.turn(|pointer, real| Pointer::Running(pointer.at(real).duration_since(real)))
    }

    /// Shows real time again.
    pub fn reset(&self) -> ClockReading {
        self.turn(|_, _| Pointer::Running(SignedDuration::ZERO))
    }

    /// Turns the hand to where the function says, at this real time.
    fn turn(&self, to: impl FnOnce(Pointer, Timestamp) -> Pointer) -> ClockReading {
        let changed = self.change(|hand, real| {
            hand.turn(to(hand.pointer, real), real);
            Ok::<_, Infallible>(())
        });
        match changed {
            Ok(reading) => reading,
            Err(never) => match never {},
        }
    }

    /// Does something to the hand at one moment of real time, and wakes who waits for the clock.
    fn change<E>(
        &self,
        change: impl FnOnce(&mut Hand, Timestamp) -> Result<(), E>,
    ) -> Result<ClockReading, E> {
        let mut hand = self.lock();
        let real = real_now();
        change(&mut hand, real)?;
        let reading = hand.pointer.reading(real);
        drop(hand);
        self.changed.notify_waiters();
        Ok(reading)
    }

    fn lock(&self) -> MutexGuard<'_, Hand> {
        self.hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where real time becomes the emulator's")]
fn real_now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_by_advance_and_set() {
        let clock = Clock::new();
        let at: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        clock.freeze();
        clock.set(at).unwrap();
        assert_eq!(clock.now(), at);
        assert_eq!(
            clock.advance(Duration::from_secs(3600)).unwrap().now,
            "2026-01-02T04:04:05Z".parse().unwrap()
        );
        assert!(clock.reading().frozen);
    }

    #[test]
    fn an_offset_lasts_until_the_reset() {
        let clock = Clock::new();
        let before = clock.now();
        assert_eq!(clock.advance(Duration::from_secs(3660)).unwrap().offset_seconds, 3660);
        assert!(clock.now() >= before + SignedDuration::from_secs(3660));
        assert_eq!(clock.reset().offset_seconds, 0);
    }

    #[test]
    fn a_thawed_clock_goes_on_from_where_it_stood() {
        let clock = Clock::new();
        clock.freeze();
        clock.set("2030-01-01T00:00:00Z".parse().unwrap()).unwrap();
        assert!(!clock.unfreeze().frozen);
        assert_eq!(clock.now().as_second() / 60, 1_893_456_000 / 60);
    }

    #[test]
    fn what_dates_cannot_write_is_refused_and_changes_nothing() {
        let clock = Clock::new();
        clock.freeze();
        let before = clock.now();
        assert_eq!(clock.advance(Duration::MAX), Err(ClockError::OutOfRange));
        assert_eq!(clock.advance(Duration::from_secs(1 << 40)), Err(ClockError::OutOfRange));
        assert_eq!(clock.set("1969-12-31T23:59:59Z".parse().unwrap()), Err(ClockError::OutOfRange));
        assert_eq!(clock.set(Timestamp::MAX), Err(ClockError::OutOfRange));
        assert_eq!(clock.now(), before);
        assert_eq!(clock.set(Clock::LAST).unwrap().now.to_string(), "9999-01-01T00:00:00Z");
    }
}
