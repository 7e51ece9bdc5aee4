//! Which exchanges a reset came between: what began before it is not recorded after it.

use std::collections::VecDeque;

use crate::files::UserId;

/// How many resets of single users are remembered: more than can come while one exchange is under way, as a rule.
const MOST: usize = 1000;

/// Counts resets, of everything and of one user.
#[derive(Debug, Default)]
pub(super) struct Resets {
    /// How many there were.
    epoch: u64,
    /// The epoch that the last reset of everything began.
    whole: u64,
    /// How many of them were of everything.
    wholes: u64,
    /// The last resets of one user, each with the epoch that it began.
    of_users: VecDeque<(UserId, u64)>,
}

impl Resets {
    /// How many resets there were.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// What the epoch was after the last reset of everything.
    pub(super) fn last_whole(&self) -> u64 {
        self.whole
    }

    /// How many resets of everything there were.
    pub(super) fn wholes(&self) -> u64 {
        self.wholes
    }

    /// The resets with one of everything more.
    pub(super) fn whole(&self) -> Self {
        let epoch = self.epoch + 1;
        Self { epoch, whole: epoch, wholes: self.wholes + 1, of_users: VecDeque::new() }
    }

    /// Counts a reset of one user.
    pub(super) fn of_user(&mut self, user: UserId) {
        self.epoch += 1;
        if self.of_users.len() == MOST {
            self.of_users.pop_front();
        }
        self.of_users.push_back((user, self.epoch));
    }

    /// Whether everything, or this user, was reset after `epoch`.
    pub(super) fn came_since(&self, epoch: u64, user: Option<UserId>) -> bool {
        let of_user =
            || self.of_users.iter().rev().take_while(|(_, at)| *at > epoch).any(|(of, _)| Some(*of) == user);
        self.whole > epoch || (self.epoch > epoch && of_user())
    }
}
