//! Which exchanges a reset came between: what began before it is not recorded after it.

use std::collections::VecDeque;

use crate::files::UserId;

/// Limit on the remembered resets of single users: rarely do more happen during one exchange.
const MAX_USERS: usize = 1000;

/// Counts resets, of everything and of one user.
#[derive(Debug, Default)]
pub(super) struct Resets {
    /// Number of resets.
    epoch: u64,
    /// The epoch that the last reset of everything began.
    whole: u64,
    /// Number of full resets, and of one user's.
    wholes: u64,
    of_users: u64,
    /// The last resets of one user, each with the epoch that it began.
    last_users: VecDeque<(UserId, u64)>,
}

impl Resets {
    /// Returns the number of resets.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Returns the epoch after the last reset of everything.
    pub(super) fn last_whole(&self) -> u64 {
        self.whole
    }

    /// Returns the number of full resets.
    pub(super) fn wholes(&self) -> u64 {
        self.wholes
    }

    /// Returns the number of resets of one user.
    pub(super) fn of_users(&self) -> u64 {
        self.of_users
    }

    /// Returns the resets after another full reset.
    pub(super) fn whole(&self) -> Self {
        let epoch = self.epoch + 1;
        Self { epoch, whole: epoch, wholes: self.wholes + 1, ..Self::default() }
    }

    /// Counts a reset of one user.
    pub(super) fn of_user(&mut self, user: UserId) {
        self.epoch += 1;
        self.of_users += 1;
        if self.last_users.len() == MAX_USERS {
            self.last_users.pop_front();
        }
        self.last_users.push_back((user, self.epoch));
    }

    /// Returns whether everything was reset after `epoch`, or a user that is meant.
    pub(super) fn came_since(&self, epoch: u64, is_meant: impl Fn(UserId) -> bool) -> bool {
        self.whole > epoch
            || self.last_users.iter().rev().take_while(|(_, at)| *at > epoch).any(|(of, _)| is_meant(*of))
    }
}
