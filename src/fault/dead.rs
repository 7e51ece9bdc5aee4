//! URLs that expired before their time, because a fault says so.

use std::{collections::VecDeque, sync::Arc};

use jiff::Timestamp;

/// Most URLs that are remembered. The oldest goes first.
const MAX_DEAD: usize = 4096;

/// URL that a fault let expire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadUrl {
    /// Id of the rule that did it.
    pub fault: Arc<str>,
    /// When its own time is up: from then on no fault is to blame.
    pub until: Timestamp,
}

/// The dead URLs by signature, oldest first.
#[derive(Debug, Default)]
pub(super) struct Dead(VecDeque<(String, DeadUrl)>);

impl Dead {
    /// Adds a URL, unless it is there or has no signature.
    pub(super) fn add(&mut self, signature: &str, url: DeadUrl) {
        if signature.len() != 64 || self.get(signature).is_some() {
            return;
        }
        if self.0.len() == MAX_DEAD {
            self.0.pop_front();
        }
        self.0.push_back((signature.to_owned(), url));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get(&self, signature: &str) -> Option<&DeadUrl> {
        self.0.iter().find(|(dead, _)| dead == signature).map(|(_, url)| url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_urls_are_bounded_and_keep_their_first_fault() {
        let mut dead = Dead::default();
        let url = |fault: &str| DeadUrl { fault: fault.into(), until: Timestamp::UNIX_EPOCH };
        let signature = |number: usize| format!("{number:064x}");
        for number in 0..=MAX_DEAD {
            dead.add(&signature(number), url("1"));
        }
        dead.add(&signature(7), url("2"));
        dead.add("7", url("2"));
        assert_eq!(dead.0.len(), MAX_DEAD);
        assert_eq!((dead.get(&signature(0)), dead.get(&signature(7))), (None, Some(&url("1"))));
    }
}
