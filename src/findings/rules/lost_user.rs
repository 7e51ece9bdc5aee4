//! Excuses a username that is taken because the answer to its creation was lost: the client can only repeat the
//! request, since Alloy's API has no other way. Unlike other rules it adds no finding; it removes the handler's.
//!
//! If no answer was sent, neither the emulator nor the client knows whether the request took effect. Nor is it known
//! whether the client waited for an answer that a fault delayed: it may have repeated the request meanwhile.

use std::{
    collections::VecDeque,
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use serde::Deserialize;

use super::user_of;
use crate::{
    exchange::{Exchange, Operation},
    files::UserId,
};

/// Excused request.
pub(in crate::findings) const RULE: &str = "username-taken";

/// Limit on the remembered names. Beyond it, the oldest are dropped.
const MAX_USERS: usize = 256;

/// An answer that comes sooner is one that every client waits for.
const PATIENCE: Duration = Duration::from_millis(500);

/// Remembers whose answers were lost.
#[derive(Default)]
pub(super) struct LostUser {
    oldest_first: VecDeque<Lost>,
}

/// A user that may have been created, and of which the client does not know.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Lost {
    user: UserId,
    /// Stands for the name, which clients write: it may be long.
    name: u64,
}

impl LostUser {
    /// Returns the rule that an exchange breaks through no fault of the client's.
    pub(super) fn excuse(&mut self, exchange: &Exchange) -> Option<&'static str> {
        if exchange.operation != Operation::CreateUser {
            return None;
        }
        let may_be_lost = may_be_lost(exchange);
        if !may_be_lost && self.oldest_first.is_empty() {
            return None;
        }
        let lost = Lost::of(exchange)?;
        let is_taken = exchange.has_finding(RULE);
        let known = self.oldest_first.iter().position(|known| *known == lost);
        match (known, may_be_lost) {
            // A client with an answer knows the state. A fault's own answer says nothing.
            (Some(at), false) if !exchange.answered_by_fault => drop(self.oldest_first.remove(at)),
            (None, true) if exchange.findings.is_empty() => self.add(lost),
            _ => {}
        }
        (known.is_some() && is_taken).then_some(RULE)
    }

    /// Returns whether an exchange breaks [`RULE`] through no fault of the client's.
    pub(super) fn excuses(&self, exchange: &Exchange) -> bool {
        exchange.has_finding(RULE) && Lost::of(exchange).is_some_and(|lost| self.oldest_first.contains(&lost))
    }

    /// Takes down that a fault holds the answer of an exchange back.
    pub(super) fn hold(&mut self, exchange: &Exchange) {
        if exchange.operation == Operation::CreateUser
            && exchange.findings.is_empty()
            && let Some(lost) = Lost::of(exchange)
            && !self.oldest_first.contains(&lost)
        {
            self.add(lost);
        }
    }

    pub(super) fn forget(&mut self, user: UserId) {
        self.oldest_first.retain(|lost| lost.user != user);
    }

    fn add(&mut self, lost: Lost) {
        if self.oldest_first.len() == MAX_USERS {
            self.oldest_first.pop_front();
        }
        self.oldest_first.push_back(lost);
    }
}

impl Lost {
    fn of(exchange: &Exchange) -> Option<Self> {
        #[derive(Deserialize)]
        struct Asked {
            username: String,
        }
        let Asked { username } = serde_json::from_str(exchange.request.body.as_ref()?).ok()?;
        let mut hasher = DefaultHasher::new();
        username.hash(&mut hasher);
        Some(Self { user: user_of(exchange)?, name: hasher.finish() })
    }
}

/// Returns whether a fault may have kept the answer from the client.
fn may_be_lost(exchange: &Exchange) -> bool {
    let is_slow = || exchange.status.is_none() || Duration::from_micros(exchange.duration_us) >= PATIENCE;
    exchange.answer_lost || (exchange.fault.is_some() && !exchange.answered_by_fault && is_slow())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        exchange::Violation,
        findings::rules::testing::{alice, exchange},
    };

    fn create(name: &str, status: u16) -> Exchange {
        let mut create = exchange(Operation::CreateUser, status);
        create.request.body = Some(format!(r#"{{"username": "{name}"}}"#));
        if status == 400 {
            create.report([Violation::new(RULE, "/username", "Taken.")]);
        }
        create
    }

    fn lost(name: &str, status: u16) -> Exchange {
        Exchange { fault: Some("1".to_owned()), answer_lost: true, ..create(name, status) }
    }

    /// A client that gave up, or a connection that was closed: no answer went out.
    fn unanswered(name: &str) -> Exchange {
        Exchange { answer_lost: false, ..lost(name, 0) }
    }

    #[test]
    fn who_asks_again_since_the_answer_was_lost_is_excused_once() {
        for first in [lost("ann", 0), lost("ann", 200), unanswered("ann")] {
            let mut rule = LostUser::default();
            let excused =
                [first, create("ann", 400), create("ann", 400)].map(|exchange| rule.excuse(&exchange));
            assert_eq!(excused, [None, Some(RULE), None]);
        }
    }

    #[test]
    fn excuses_a_retry_while_an_answer_is_held_back() {
        let delayed = |milliseconds: u64| Exchange {
            fault: Some("1".to_owned()),
            duration_us: milliseconds * 1000,
            ..create("ann", 200)
        };
        let mut rule = LostUser::default();
        rule.hold(&delayed(0));
        assert_eq!(rule.excuse(&create("ann", 400)), Some(RULE));
        for (milliseconds, excused) in [(5, None), (1000, Some(RULE))] {
            let mut rule = LostUser::default();
            rule.hold(&delayed(0));
            assert_eq!(rule.excuse(&delayed(milliseconds)), None);
            assert_eq!(rule.excuse(&create("ann", 400)), excused);
        }
    }

    #[test]
    fn answers_that_say_nothing_keep_the_excuse() {
        let mut rule = LostUser::default();
        rule.excuse(&lost("ann", 0));
        let page = Exchange { answered_by_fault: true, ..create("ann", 502) };
        assert_eq!(rule.excuse(&page), None);
        assert_eq!(rule.excuse(&Exchange { answer_lost: true, ..create("ann", 400) }), Some(RULE));
        assert_eq!(rule.excuse(&create("ann", 400)), Some(RULE));
    }

    #[test]
    fn excuses_only_the_same_lost_name() {
        let mut rule = LostUser::default();
        rule.excuse(&lost("ann", 0));
        assert_eq!(rule.excuse(&create("bob", 400)), None);
        assert_eq!(rule.excuse(&Exchange { user_id: None, ..create("ann", 400) }), None);
        let other = Exchange { user_id: Some(UserId::of_key("bob-key").to_string()), ..create("ann", 400) };
        assert_eq!(rule.excuse(&other), None);
        for first in [create("eve", 200), create("eve", 0)] {
            rule.excuse(&first);
            assert_eq!(rule.excuse(&create("eve", 400)), None);
        }
        // The name was taken all along.
        let was_taken = Exchange { status: None, answer_lost: true, ..create("ann", 400) };
        let mut rule = LostUser::default();
        rule.excuse(&was_taken);
        assert_eq!(rule.excuse(&create("ann", 400)), None);
    }

    #[test]
    fn bounds_memory_and_forgets_a_user() {
        let mut rule = LostUser::default();
        for number in 0..MAX_USERS + 10 {
            rule.excuse(&lost(&number.to_string(), 0));
        }
        assert_eq!(rule.oldest_first.len(), MAX_USERS);
        rule.forget(alice());
        assert_eq!(rule.oldest_first.len(), 0);
    }
}
