//! Requested effects on the current exchange of a connection. `wire` checks them before each read and write.

use std::{num::NonZeroU64, task::Waker};

use tokio::time::Instant;

use super::{Sent, cut::Cut, ending::Ending, pace::Bucket};

/// Which way bytes pass.
#[derive(Clone, Copy, Debug)]
pub(super) enum Direction {
    In,
    Out,
}

/// Allowed input and output.
#[derive(Debug)]
pub(super) enum Turn {
    /// So many bytes may pass.
    Now(usize),
    /// Ask again then.
    Later(Instant),
    /// The connection ends otherwise.
    Never,
}

#[derive(Default)]
pub(super) struct State {
    /// Rates for reading and writing.
    pace: Option<[Bucket; 2]>,
    /// The cut of the answer. One that only counts cuts nothing.
    cut: Option<Cut>,
    /// Waits for the client to leave.
    pub(super) watcher: Option<Waker>,
    /// Whether it has left.
    pub(super) has_left: bool,
    /// Receives the number of sent bytes.
    sent: Option<Sent>,
    ending: Option<Ending>,
    /// Waits for the exchange to be over.
    pub(super) next: Option<Waker>,
    /// Whether the connection's task has taken the ending over.
    is_ending: bool,
    /// Beginning of the next request's head.
    pub(super) head: Vec<u8>,
}

impl State {
    pub(super) fn pace(&mut self, bytes_per_second: NonZeroU64, now: Instant) {
        self.pace = Some([(); 2].map(|()| Bucket::new(bytes_per_second, now)));
        self.cut.get_or_insert(Cut::new(u64::MAX));
    }

    /// Sets the receiver of the number of sent bytes, for [`Self::tell`].
    pub(super) fn when_sent(&mut self, sent: Sent) {
        self.tell(&[]);
        self.sent = Some(sent);
    }

    /// Reports the sent bytes, with these.
    pub(super) fn tell(&mut self, bytes: &[u8]) {
        let Some(sent) = self.sent.take() else { return };
        let mut cut = self.cut;
        if let Some(cut) = &mut cut {
            cut.passed(bytes);
        }
        sent(cut.and_then(|cut| cut.content()));
    }

    pub(super) fn cut(&mut self, bytes: u64) {
        self.cut = Some(Cut::new(bytes));
    }

    /// Has the connection end this way, unless it ends already.
    pub(super) fn end(&mut self, ending: Ending) {
        if !self.is_ending {
            self.is_ending = true;
            self.ending = Some(ending);
        }
    }

    /// Returns whether nothing more passes.
    pub(super) fn is_ending(&self) -> bool {
        self.is_ending
    }

    /// Takes the ending.
    pub(super) fn take_ending(&mut self) -> Option<Ending> {
        self.ending.take()
    }

    /// Begins anew: the exchange is over.
    pub(super) fn clear(&mut self) {
        self.tell(&[]);
        (self.pace, self.cut, self.watcher, self.has_left) = (None, None, None, false);
        if let Some(next) = self.next.take() {
            next.wake();
        }
    }

    /// Returns how many of the wanted bytes may be read.
    pub(super) fn read_turn(&mut self, wanted: usize, now: impl FnOnce() -> Instant) -> Turn {
        self.turn(Direction::In, wanted, now)
    }

    /// Returns how many of these bytes may be written.
    pub(super) fn write_turn(&mut self, bytes: &[u8], now: impl FnOnce() -> Instant) -> Turn {
        let allowed = self.cut.map_or(bytes.len(), |cut| cut.allows(bytes));
        self.turn(Direction::Out, allowed, now)
    }

    fn turn(&mut self, direction: Direction, wanted: usize, now: impl FnOnce() -> Instant) -> Turn {
        if self.is_ending {
            return Turn::Never;
        }
        match &mut self.pace {
            None => Turn::Now(wanted),
            Some(buckets) => match buckets[direction as usize].turn(wanted, now()) {
                Ok(allowed) => Turn::Now(allowed),
                Err(later) => Turn::Later(later),
            },
        }
    }

    /// So many bytes were read.
    pub(super) fn has_read(&mut self, bytes: usize) {
        self.passed(Direction::In, bytes);
    }

    /// These bytes were written.
    pub(super) fn has_written(&mut self, bytes: &[u8]) {
        self.passed(Direction::Out, bytes.len());
        let is_reached = self.cut.as_mut().is_some_and(|cut| {
            cut.passed(bytes);
            cut.is_reached()
        });
        if is_reached {
            self.end(Ending::Close);
        }
    }

    fn passed(&mut self, direction: Direction, bytes: usize) {
        if let Some(buckets) = &mut self.pace {
            buckets[direction as usize].passed(bytes);
        }
    }
}

/// With the connection every exchange on it is over.
impl Drop for State {
    fn drop(&mut self) {
        self.tell(&[]);
    }
}
