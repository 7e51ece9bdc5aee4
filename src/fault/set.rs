//! An active rule: its start, its counts, its strikes.

use std::{sync::Arc, time::Duration};

use serde::Serialize;

use super::{Effect, Fault, faults::Subject};
use crate::exchange::{Glob, Operation};

/// Rule that is set, as lists show it.
#[derive(Clone, Debug, Serialize)]
pub struct SetFault {
    /// Id that the journal, the log and responses give: numbers, from 1 on.
    pub id: Arc<str>,
    /// Number of strikes.
    pub hits: u64,
    /// The rule.
    #[serde(flatten)]
    pub fault: Fault,
}

/// Rule with its counts.
#[derive(Debug)]
pub(super) struct Set {
    pub(super) rule: Arc<Rule>,
    /// Number of selected exchanges.
    pub(super) seen: u64,
    pub(super) hits: u64,
}

/// The constant part of a rule.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: Arc<str>,
    /// The id as a number, by which random numbers of rules differ.
    pub(super) place: u64,
    pub(super) fault: Fault,
    pub(super) effect: Effect,
    /// When it was set, by [`crate::files::Clock::progress`].
    since: Duration,
}

impl Set {
    pub(super) fn new(place: u64, fault: Fault, now: Duration) -> Self {
        let effect = fault.effect.effect();
        let rule = Rule { id: place.to_string().into(), place, fault, effect, since: now };
        Self { rule: Arc::new(rule), seen: 0, hits: 0 }
    }

    pub(super) fn shown(&self) -> SetFault {
        SetFault { id: Arc::clone(&self.rule.id), hits: self.hits, fault: self.rule.fault.clone() }
    }

    /// Returns whether it strikes the exchange that it counted last.
    pub(super) fn fires(&self, rng: &mut fastrand::Rng) -> bool {
        let Fault { nth, every, after, times, probability, .. } = &self.rule.fault;
        let seen = self.seen;
        nth.is_none_or(|nth| seen == nth)
            && every.is_none_or(|every| seen.is_multiple_of(every))
            && after.is_none_or(|after| seen >= after)
            && times.is_none_or(|times| self.hits < times)
            && probability.is_none_or(|probability| rng.f64() < probability)
    }
}

impl Rule {
    /// Returns whether it can strike this operation.
    pub(super) fn is_for(&self, operation: Operation) -> bool {
        self.fault.on.is_none_or(|on| on == operation)
            && self.fault.effect.kind.operations.contains(&operation)
    }

    /// Returns whether it selects an exchange by all but the file. Before it begins and after it ends it selects
    /// nothing.
    pub(super) fn may_select(&self, subject: &Subject<'_>, now: Duration) -> bool {
        let begins = self.since.saturating_add(self.fault.from.unwrap_or_default());
        let ends = self.fault.lasting.map_or(Duration::MAX, |lasting| begins.saturating_add(lasting));
        self.is_for(subject.operation)
            && self.fault.user.is_none_or(|user| subject.user == Some(user))
            && (begins..ends).contains(&now)
    }

    /// Returns whether it selects an exchange by its file.
    pub(super) fn matches(&self, subject: &Subject<'_>) -> bool {
        let matches = |glob: &Option<Glob>, name: Option<&str>| {
            glob.as_ref().is_none_or(|glob| name.is_some_and(|name| glob.matches(name)))
        };
        matches(&self.fault.filename, subject.filename) && matches(&self.fault.key, subject.key)
    }

    /// Returns whether its effect is random.
    pub(super) fn is_random(&self) -> bool {
        self.fault.probability.is_some() || self.effect.draws()
    }
}
