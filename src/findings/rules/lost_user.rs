//! A username that is taken since the answer that told of its user was lost: whoever asks again does the right thing,
//! and Alloy's API has no other way. Alone among the rules it finds nothing: it excuses what the handler found.
//!
//! Where no answer came at all, nobody knows here whether the request took effect; neither does the client. Nor does
//! anybody see whether a client waited for an answer that a fault held back: it may have asked again meanwhile, or
//! be about to.

use std::{
    collections::VecDeque,
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use serde::Deserialize;

use crate::{exchange::Operation, files::UserId, journal::Draft};

/// What is excused.
const RULE: &str = "username-taken";

/// How many names are remembered. What is over it goes, oldest first.
const MOST: usize = 256;

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
    /// The rule that an exchange breaks through no fault of the client's.
    pub(super) fn excuse(&mut self, draft: &Draft) -> Option<&'static str> {
        if draft.operation != Operation::CreateUser {
            return None;
        }
        let may_be_lost = may_be_lost(draft);
        if !may_be_lost && self.oldest_first.is_empty() {
            return None;
        }
        let lost = Lost::of(draft)?;
        let is_taken = draft.violations.iter().any(|violation| violation.rule == RULE);
        let known = self.oldest_first.iter().position(|known| *known == lost);
        match (known, may_be_lost) {
            // A client that is told, whatever it is, knows where it stands. A fault's own answer says nothing.
            (Some(at), false) if !draft.is_faults => drop(self.oldest_first.remove(at)),
            (None, true) if draft.violations.is_empty() => self.add(lost),
            _ => {}
        }
        (known.is_some() && is_taken).then_some(RULE)
    }

    /// Takes down that a fault holds the answer of an exchange back.
    pub(super) fn hold(&mut self, draft: &Draft) {
        if draft.operation == Operation::CreateUser
            && draft.violations.is_empty()
            && let Some(lost) = Lost::of(draft)
            && !self.oldest_first.contains(&lost)
        {
            self.add(lost);
        }
    }

    pub(super) fn forget(&mut self, user: UserId) {
        self.oldest_first.retain(|lost| lost.user != user);
    }

    fn add(&mut self, lost: Lost) {
        if self.oldest_first.len() == MOST {
            self.oldest_first.pop_front();
        }
        self.oldest_first.push_back(lost);
    }
}

impl Lost {
    fn of(draft: &Draft) -> Option<Self> {
        #[derive(Deserialize)]
        struct Asked {
            username: String,
        }
        let Asked { username } = serde_json::from_slice(draft.request.body.as_ref()?).ok()?;
        let mut hasher = DefaultHasher::new();
        username.hash(&mut hasher);
        Some(Self { user: draft.user?, name: hasher.finish() })
    }
}

/// Whether a fault may have kept the answer from the client.
fn may_be_lost(draft: &Draft) -> bool {
    let is_slow = || draft.status.is_none() || draft.duration >= PATIENCE;
    draft.is_lost || (draft.fault.is_some() && !draft.is_faults && is_slow())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        exchange::Violation,
        findings::rules::testing::{alice, draft},
    };

    fn create(name: &str, status: u16) -> Draft {
        let mut create = draft(Operation::CreateUser, status);
        create.request.body = Some(format!(r#"{{"username": "{name}"}}"#).into());
        if status == 400 {
            create.violations.push(Violation::new(RULE, "/username", "Taken."));
        }
        create
    }

    fn lost(name: &str, status: u16) -> Draft {
        Draft { fault: Some("1".to_owned()), is_lost: true, ..create(name, status) }
    }

    /// A client that gave up, or a connection that was closed: no answer went out.
    fn unanswered(name: &str) -> Draft {
        Draft { is_lost: false, ..lost(name, 0) }
    }

    #[test]
    fn who_asks_again_since_the_answer_was_lost_is_excused_once() {
        for first in [lost("ann", 0), lost("ann", 200), unanswered("ann")] {
            let mut rule = LostUser::default();
            let excused = [first, create("ann", 400), create("ann", 400)].map(|draft| rule.excuse(&draft));
            assert_eq!(excused, [None, Some(RULE), None]);
        }
    }

    #[test]
    fn while_an_answer_is_held_back_and_after_a_client_may_have_given_up_it_is_excused() {
        let delayed = |milliseconds| {
            let duration = Duration::from_millis(milliseconds);
            Draft { fault: Some("1".to_owned()), duration, ..create("ann", 200) }
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
        let page = Draft { is_faults: true, ..create("ann", 502) };
        assert_eq!(rule.excuse(&page), None);
        assert_eq!(rule.excuse(&Draft { is_lost: true, ..create("ann", 400) }), Some(RULE));
        assert_eq!(rule.excuse(&create("ann", 400)), Some(RULE));
    }

    #[test]
    fn other_names_other_users_and_answers_that_arrived_excuse_nothing() {
        let mut rule = LostUser::default();
        rule.excuse(&lost("ann", 0));
        assert_eq!(rule.excuse(&create("bob", 400)), None);
        assert_eq!(rule.excuse(&Draft { user: None, ..create("ann", 400) }), None);
        let other = Draft { user: Some(UserId::of_key("bob-key")), ..create("ann", 400) };
        assert_eq!(rule.excuse(&other), None);
        for first in [create("eve", 200), create("eve", 0)] {
            rule.excuse(&first);
            assert_eq!(rule.excuse(&create("eve", 400)), None);
        }
        // The name was taken all along.
        let was_taken = Draft { status: None, is_lost: true, ..create("ann", 400) };
        let mut rule = LostUser::default();
        rule.excuse(&was_taken);
        assert_eq!(rule.excuse(&create("ann", 400)), None);
    }

    #[test]
    fn what_is_remembered_is_bounded_and_a_users_own_goes_at_its_reset() {
        let mut rule = LostUser::default();
        for number in 0..MOST + 10 {
            rule.excuse(&lost(&number.to_string(), 0));
        }
        assert_eq!(rule.oldest_first.len(), MOST);
        rule.forget(alice());
        assert_eq!(rule.oldest_first.len(), 0);
    }
}
