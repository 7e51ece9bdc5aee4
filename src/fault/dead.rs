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

/// A URL's signature: 32 bytes, in hex.
type Signature = [u8; 32];

/// The dead URLs, by signature.
#[derive(Debug, Default)]
pub(super) struct Dead {
    urls: HashMap<Signature, DeadUrl>,
    in_order: VecDeque<Signature>,
}

impl Dead {
    /// Adds one. A URL dies but once, and what is no signature is no URL's.
    pub(super) fn add(&mut self, signature: &str, url: DeadUrl) {
        let Some(signature) = read(signature).filter(|signature| !self.urls.contains_key(signature)) else {
            return;
        };
        if self.in_order.len() == MOST
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.urls.remove(&oldest);
        }
        self.in_order.push_back(signature);
        self.urls.insert(signature, url);
    }

    pub(super) fn get(&self, signature: &str) -> Option<&DeadUrl> {
        self.urls.get(&read(signature)?)
    }
}

fn read(signature: &str) -> Option<Signature> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(signature, &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_bounded_and_the_first_fault_is_it() {
        let mut dead = Dead::default();
        let url = |fault: &str| DeadUrl { fault: fault.into(), until: Timestamp::UNIX_EPOCH };
        let signature = |number: usize| format!("{number:064x}");
        for number in 0..=MOST {
            dead.add(&signature(number), url("1"));
        }
        dead.add(&signature(7), url("2"));
        dead.add("7", url("2"));
        assert_eq!((dead.urls.len(), dead.in_order.len()), (MOST, MOST));
        assert_eq!((dead.get(&signature(0)), dead.get(&signature(7))), (None, Some(&url("1"))));
    }
}
