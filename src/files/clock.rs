//! The emulator's own clock. It follows real time at an offset until it is moved, set or frozen; everything
//! that the domain calls time (expiry, `Date`, `lastModified`, signatures) is read from it.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

/// A clock that tests can move, and that can be waited for. Shared by everything that asks for the time.
#[derive(Debug, Default)]
pub struct Clock {
    hand: Mutex<Hand>,
    /// Told of every change, so that who waits looks again.
    changed: Notify,
}

/// Where the clock's hand is.
#[derive(Clone, Copy, Debug)]
struct Hand {
    pointer: Pointer,
    /// What the clock showed when it was made, less all that it was set back by since: how far it is from there is
    /// its progress.
    origin: SignedDuration,
    /// The progress that was seen last. Real time may be set back too.
    progress: Duration,
}

/// What the hand shows.
#[derive(Clone, Copy, Debug)]
enum Pointer {
    /// Real time plus this.
    Running(SignedDuration),
    /// Standing still.
    Frozen(Timestamp),
}

impl Default for Hand {
    fn default() -> Self {
        let pointer = Pointer::Running(SignedDuration::ZERO);
        Self { pointer, origin: real_now().as_duration(), progress: Duration::ZERO }
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
        self.lock().pointer.at(real_now())
    }

    /// The time, with how it differs from real time.
    #[must_use]
    pub fn reading(&self) -> ClockReading {
        self.lock().pointer.reading(real_now())
    }

    /// How much of the emulator's time has passed since the clock was made. Setting it forward adds to that, setting
    /// it back takes nothing away.
    #[must_use]
    pub fn progress(&self) -> Duration {
        self.lock().progress(real_now())
    }

    /// Ends once so much of the emulator's time has passed from now on.
    pub fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send {
        self.sleep_until(self.progress().saturating_add(duration))
    }

    /// As [`Clock::sleep`], for those who cannot borrow the clock.
    pub fn sleep_owned(self: Arc<Self>, duration: Duration) -> impl Future<Output = ()> + Send + 'static {
        let due = self.progress().saturating_add(duration);
        async move { self.sleep_until(due).await }
    }

    /// Ends once the clock's [`Clock::progress`] has come so far.
    ///
    /// Real time is waited for while the clock runs; whatever is done to the clock is seen at once.
    pub async fn sleep_until(&self, progress: Duration) {
        loop {
            // Made before the look at the clock, so that no change is missed between the two.
            let changed = self.changed.notified();
            let (now, is_frozen) = {
                let mut hand = self.lock();
                (hand.progress(real_now()), hand.pointer.is_frozen())
            };
            let Some(left) = progress.checked_sub(now).filter(|left| !left.is_zero()) else { return };
            tokio::select! {
                () = changed => {}
                () = pass(left), if !is_frozen => {}
            }
        }
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

    /// Lets a frozen clock run on from where it stands.
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

impl Hand {
    /// How far it has come, never less than before.
    fn progress(&mut self, real: Timestamp) -> Duration {
        let at = self.pointer.at(real).as_duration();
        match Duration::try_from(at.saturating_sub(self.origin)) {
            Ok(progress) if progress >= self.progress => self.progress = progress,
            _ => self.go_on_from(at),
        }
        self.progress
    }

    /// Lets the progress that was made go on from here.
    fn go_on_from(&mut self, at: SignedDuration) {
        let made = SignedDuration::try_from(self.progress).unwrap_or(SignedDuration::MAX);
        self.origin = at.saturating_sub(made);
    }

    fn turn(&mut self, to: Pointer, real: Timestamp) {
        self.progress(real);
        let (from, to_at) = (self.pointer.at(real), to.at(real));
        self.pointer = to;
        if to_at < from {
            self.go_on_from(to_at.as_duration());
        }
    }

    fn set(&mut self, to: Timestamp, real: Timestamp) -> Result<(), ClockError> {
        if !(Timestamp::UNIX_EPOCH..=Clock::LAST).contains(&to) {
            return Err(ClockError::OutOfRange);
        }
        let to = match self.pointer {
            Pointer::Running(_) => Pointer::Running(to.duration_since(real)),
            Pointer::Frozen(_) => Pointer::Frozen(to),
        };
        self.turn(to, real);
        Ok(())
    }
}

impl Pointer {
    fn is_frozen(self) -> bool {
        matches!(self, Self::Frozen(_))
    }

    /// What it shows at this real time.
    fn at(self, real: Timestamp) -> Timestamp {
        match self {
            // Real time may step back, and HTTP's dates know nothing before 1970.
            Self::Running(offset) => {
                real.checked_add(offset).unwrap_or(Clock::LAST).clamp(Timestamp::UNIX_EPOCH, Clock::LAST)
            }
            Self::Frozen(at) => at,
        }
    }

    fn reading(self, real: Timestamp) -> ClockReading {
        let offset = match self {
            Self::Running(offset) => offset,
            Self::Frozen(at) => at.duration_since(real),
        };
        // One that was set is ahead by a fraction too.
        let offset_seconds = offset.round(SECONDS).map_or(offset.as_secs(), |rounded| rounded.as_secs());
        ClockReading { now: self.at(real), offset_seconds, frozen: self.is_frozen() }
    }
}

#[expect(clippy::disallowed_methods, reason = "a clock that runs is waited for in real time")]
async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

const SECONDS: jiff::Unit = jiff::Unit::Second;

#[expect(clippy::disallowed_methods, reason = "the one place where real time becomes the emulator's")]
fn real_now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
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
