//! The emulator's own clock. It follows real time at an offset until it is moved, set or frozen; everything
//! that the domain calls time (expiry, `Date`, `lastModified`, signatures) is read from it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// A clock that tests can move. Shared by everything that asks for the time.
#[derive(Debug, Default)]
pub struct Clock {
    hand: Mutex<Hand>,
}

/// Where the clock's hand is.
#[derive(Clone, Copy, Debug)]
enum Hand {
    /// Real time plus this.
    Running(SignedDuration),
    /// Standing still.
    Frozen(Timestamp),
}

impl Default for Hand {
    fn default() -> Self {
        Self::Running(SignedDuration::ZERO)
    }
}

/// What the clock shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    /// The emulator's time.
    pub now: Timestamp,
    /// How far that is ahead of real time, in whole seconds; negative where it is behind.
    pub offset_seconds: i64,
    /// Whether it stands still.
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
    /// The last time that the clock can be moved to. Dates on the wire have four digits for the year, and
    /// a URL handed out at the last moment must still be able to expire.
    pub const LAST: Timestamp = Timestamp::constant(253_370_764_800, 0);

    /// A clock that shows real time.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The emulator's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.lock().now()
    }

    /// The time, with how it differs from real time.
    #[must_use]
    pub fn reading(&self) -> ClockReading {
        self.lock().reading()
    }

    /// Moves the clock ahead; a frozen one stays frozen.
    ///
    /// # Errors
    ///
    /// [`ClockError::OutOfRange`] where it would pass [`Clock::LAST`]; the clock is not moved.
    pub fn advance(&self, by: std::time::Duration) -> Result<ClockReading, ClockError> {
        let by = SignedDuration::try_from(by).map_err(|_| ClockError::OutOfRange)?;
        let mut hand = self.lock();
        let to = hand.now().checked_add(by).map_err(|_| ClockError::OutOfRange)?;
        hand.set(to)?;
        Ok(hand.reading())
    }

    /// Sets the clock; a frozen one stays frozen.
    ///
    /// # Errors
    ///
    /// [`ClockError::OutOfRange`] before 1970 and after [`Clock::LAST`]; the clock is not set.
    pub fn set(&self, to: Timestamp) -> Result<ClockReading, ClockError> {
        let mut hand = self.lock();
        hand.set(to)?;
        Ok(hand.reading())
    }

    /// Stops the clock where it is.
    pub fn freeze(&self) -> ClockReading {
        let mut hand = self.lock();
        *hand = Hand::Frozen(hand.now());
        hand.reading()
    }

    /// Lets a frozen clock run on from where it stands.
    pub fn unfreeze(&self) -> ClockReading {
        let mut hand = self.lock();
        *hand = Hand::Running(hand.now().duration_since(real_now()));
        hand.reading()
    }

    /// Shows real time again.
    pub fn reset(&self) -> ClockReading {
        let mut hand = self.lock();
        *hand = Hand::default();
        hand.reading()
    }

    fn lock(&self) -> MutexGuard<'_, Hand> {
        self.hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hand {
    fn now(self) -> Timestamp {
        match self {
            // Real time may step back, and HTTP's dates know nothing before 1970.
            Self::Running(offset) => real_now()
                .checked_add(offset)
                .unwrap_or(Clock::LAST)
                .clamp(Timestamp::UNIX_EPOCH, Clock::LAST),
            Self::Frozen(at) => at,
        }
    }

    fn set(&mut self, to: Timestamp) -> Result<(), ClockError> {
        if !(Timestamp::UNIX_EPOCH..=Clock::LAST).contains(&to) {
            return Err(ClockError::OutOfRange);
        }
        *self = match self {
            Self::Running(_) => Self::Running(to.duration_since(real_now())),
            Self::Frozen(_) => Self::Frozen(to),
        };
        Ok(())
    }

    fn reading(self) -> ClockReading {
        let now = self.now();
        let offset = match self {
            Self::Running(offset) => offset,
            Self::Frozen(at) => at.duration_since(real_now()),
        };
        // A running clock's offset is some microseconds short of what was asked for.
        let offset_seconds = offset.round(SECONDS).map_or(offset.as_secs(), |rounded| rounded.as_secs());
        ClockReading { now, offset_seconds, frozen: matches!(self, Self::Frozen(_)) }
    }
}

const SECONDS: jiff::Unit = jiff::Unit::Second;

#[expect(clippy::disallowed_methods, reason = "the one place where real time becomes the emulator's")]
fn real_now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_told_to() {
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
