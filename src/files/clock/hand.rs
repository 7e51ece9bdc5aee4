//! The clock's hand: its position, and its progress. Callers pass in real time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Clock, ClockError, ClockReading, real_now};

/// Position of the clock's hand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hand {
    pub(super) pointer: Pointer,
    /// The first shown time, minus all changes backwards: the distance from it is the progress.
    origin: SignedDuration,
    /// The progress that was seen last. Real time may be set back too.
    progress: Duration,
    /// The part of the progress that was moves, not running time.
    pub(super) moved: Duration,
}

/// The shown time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pointer {
    /// Real time plus this.
    Running(SignedDuration),
    /// Standing still.
    Frozen(Timestamp),
}

impl Default for Hand {
    fn default() -> Self {
        let pointer = Pointer::Running(SignedDuration::ZERO);
        Self { pointer, origin: real_now().as_duration(), progress: Duration::ZERO, moved: Duration::ZERO }
    }
}

const SECONDS: jiff::Unit = jiff::Unit::Second;

impl Hand {
    /// Progress; never decreases.
    pub(super) fn progress(&mut self, real: Timestamp) -> Duration {
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

    pub(super) fn turn(&mut self, to: Pointer, real: Timestamp) {
        self.progress(real);
        let (from, to_at) = (self.pointer.at(real), to.at(real));
        self.pointer = to;
        match Duration::try_from(to_at.duration_since(from)) {
            Ok(ahead) => self.moved = self.moved.saturating_add(ahead),
            Err(_) => self.go_on_from(to_at.as_duration()),
        }
    }

    pub(super) fn set(&mut self, to: Timestamp, real: Timestamp) -> Result<(), ClockError> {
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
    pub(super) fn is_frozen(self) -> bool {
        matches!(self, Self::Frozen(_))
    }

    /// Returns the shown time at this real time.
    pub(super) fn at(self, real: Timestamp) -> Timestamp {
        match self {
            // Real time may step back, and HTTP's dates know nothing before 1970.
            Self::Running(offset) => {
                real.checked_add(offset).unwrap_or(Clock::LAST).clamp(Timestamp::UNIX_EPOCH, Clock::LAST)
            }
            Self::Frozen(at) => at,
        }
    }

    pub(super) fn reading(self, real: Timestamp) -> ClockReading {
        let offset = match self {
            Self::Running(offset) => offset,
            Self::Frozen(at) => at.duration_since(real),
        };
        // One that was set is ahead by a fraction too.
        let offset_seconds = offset.round(SECONDS).map_or(offset.as_secs(), |rounded| rounded.as_secs());
        ClockReading { now: self.at(real), offset_seconds, frozen: self.is_frozen() }
    }
}
