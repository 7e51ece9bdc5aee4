//! URLs that expired before their time, because a fault says so.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use jiff::Timestamp;

/// How many are remembered. What is over it goes, oldest first.
const MOST: usize = 4096;

/// A URL that a fault let expire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadUrl {
    /// The rule that did it.
    pub fault: Arc<str>,
    /// Until when it would have lived: from then on nobody can blame a fault.
    pub until: Timestamp,
}

/// The dead URLs, by signature.
#[derive(Debug, Default)]
pub(super) struct Dead {
    urls: HashMap<Box<str>, DeadUrl>,
    in_order: VecDeque<Box<str>>,
}

impl Dead {
    /// Adds one. A URL dies but once.
    pub(super) fn add(&mut self, signature: &str, url: DeadUrl) {
        if self.urls.contains_key(signature) {
            return;
        }
        if self.in_order.len() == MOST
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.urls.remove(&oldest);
        }
        self.in_order.push_back(signature.into());
        self.urls.insert(signature.into(), url);
    }

    pub(super) fn get(&self, signature: &str) -> Option<&DeadUrl> {
        self.urls.get(signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded_and_the_first_fault_is_it() {
        let mut dead = Dead::default();
        let url = |fault: &str| DeadUrl { fault: fault.into(), until: Timestamp::UNIX_EPOCH };
        for at in 0..=MOST {
            dead.add(&at.to_string(), url("1"));
        }
        dead.add("7", url("2"));
        assert_eq!((dead.urls.len(), dead.in_order.len()), (MOST, MOST));
        assert_eq!((dead.get("0"), dead.get("7")), (None, Some(&url("1"))));
    }
}
