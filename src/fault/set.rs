//! A rule that is set: since when, what it has counted, how often it struck.

use std::{sync::Arc, time::Duration};

use serde::Serialize;

use super::{Fault, faults::Subject};
use crate::exchange::Operation;

/// A rule that is set, as it is shown.
#[derive(Clone, Debug, Serialize)]
pub struct SetFault {
    /// Its name, which the journal, the log and answers give: numbers, from 1 on.
    pub id: Arc<str>,
    /// How often it struck.
    pub hits: u64,
    /// What it says.
    #[serde(flatten)]
    pub fault: Fault,
}

/// A rule that is set.
#[derive(Debug)]
pub(super) struct Set {
    pub(super) id: Arc<str>,
    /// The id as a number: the rule's place, by which chance tells rules apart.
    pub(super) place: u64,
    pub(super) fault: Fault,
    /// When it was set, by [`crate::files::Clock::progress`].
    since: Duration,
    /// How many exchanges it has selected.
    seen: u64,
    pub(super) hits: u64,
}

impl Set {
    pub(super) fn new(place: u64, fault: Fault, now: Duration) -> Self {
        Self { id: place.to_string().into(), place, fault, since: now, seen: 0, hits: 0 }
    }

    pub(super) fn shown(&self) -> SetFault {
        SetFault { id: Arc::clone(&self.id), hits: self.hits, fault: self.fault.clone() }
    }

    /// Whether it can strike this operation.
    pub(super) fn is_for(&self, operation: Operation) -> bool {
        self.fault.on.is_none_or(|on| on == operation) && self.fault.effect.can_strike(operation)
    }

    /// Whether it selects an exchange of an operation that it is for, which it then counts. Before it begins and
    /// after it ends it selects nothing.
    pub(super) fn selects(&mut self, subject: &Subject<'_>, now: Duration) -> bool {
        let Fault { user, filename, key, .. } = &self.fault;
        let matches = |glob: &Option<crate::exchange::Glob>, name: Option<&str>| {
            glob.as_ref().is_none_or(|glob| name.is_some_and(|name| glob.matches(name)))
        };
        let selects = user.is_none_or(|user| subject.user == Some(user))
            && self.is_in_time(now)
            && matches(filename, subject.filename)
            && matches(key, subject.key);
        self.seen += u64::from(selects);
        selects
    }

    /// Whether it strikes the exchange that it selected last.
    pub(super) fn fires(&self, chance: &mut fastrand::Rng) -> bool {
        let Fault { nth, every, after, times, probability, .. } = &self.fault;
        let seen = self.seen;
        nth.is_none_or(|nth| seen == nth)
            && every.is_none_or(|every| seen.is_multiple_of(every))
            && after.is_none_or(|after| seen >= after)
            && times.is_none_or(|times| self.hits < times)
            && probability.is_none_or(|probability| chance.f64() < probability)
    }

    /// Whether what it does is left to chance.
    pub(super) fn has_chance(&self) -> bool {
        self.fault.probability.is_some() || self.fault.effect.draws()
    }

    fn is_in_time(&self, now: Duration) -> bool {
        let begins = self.since.saturating_add(self.fault.from.unwrap_or_default());
        let ends = self.fault.lasting.map_or(Duration::MAX, |lasting| begins.saturating_add(lasting));
        (begins..ends).contains(&now)
    }
}
