//! What the journal still knows of exchanges that it had no room for: how many there were, and what was found
//! wrong with them. Reports of long runs are made of it.

use std::collections::{BTreeMap, VecDeque};

use super::entry::Entry;
use crate::{
    exchange::{Finding, Operation},
    files::UserId,
};

/// How many findings of exchanges that are gone are kept. The first ones: what follows is mostly the same again.
const MOST: usize = 1000;

/// Counts since the start, or since the last reset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many exchanges there were of each operation.
    pub operations: BTreeMap<Operation, u64>,
    /// How many findings are not told any more.
    pub findings_lost: u64,
}

/// The counts, and the findings of exchanges that are gone.
#[derive(Debug, Default)]
pub(super) struct Kept {
    tally: Tally,
    findings: VecDeque<(Option<UserId>, Finding)>,
}

impl Tally {
    /// How many exchanges there were.
    #[must_use]
    pub fn exchanges(&self) -> u64 {
        self.operations.values().sum()
    }
}

impl Kept {
    pub(super) fn count(&mut self, operation: Operation) {
        *self.tally.operations.entry(operation).or_default() += 1;
    }

    /// Keeps what was found wrong with an exchange that goes.
    pub(super) fn let_go(&mut self, entry: &Entry, keys: &[String]) {
        let room = MOST - self.findings.len();
        let lost = entry.found().saturating_sub(room);
        self.lose(lost as u64);
        // Of most exchanges nothing was found, and what was costs more to show than to keep.
        if entry.found() > lost {
            let findings = entry.findings(keys).take(room);
            self.findings.extend(findings.map(|finding| (entry.user(), finding)));
        }
    }

    /// Counts findings that nobody will be told of.
    pub(super) fn lose(&mut self, findings: u64) {
        self.tally.findings_lost += findings;
    }

    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The findings of exchanges that are gone: anybody's, or one user's.
    pub(super) fn findings(&self, user: Option<UserId>) -> impl Iterator<Item = &Finding> {
        let is_meant = move |of: &Option<UserId>| user.is_none() || *of == user;
        self.findings.iter().filter(move |(of, _)| is_meant(of)).map(|(_, finding)| finding)
    }

    pub(super) fn forget(&mut self, user: UserId) {
        self.findings.retain(|(of, _)| *of != Some(user));
    }
}
