//! Number and findings of dropped exchanges, for the reports of long runs.

use std::{collections::BTreeMap, sync::Arc};

use crate::exchange::{Exchange, Expected, Finding, Keys, Operation, Place};

/// Limit on the kept findings of dropped exchanges. The first ones are kept; later ones mostly repeat them.
const MAX_FINDINGS: usize = 1000;

/// Counts since the start, or since the last reset of everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of exchanges of each operation.
    pub operations: BTreeMap<Operation, u64>,
    /// Findings that were dropped.
    pub findings_lost: u64,
}

impl Tally {
    /// Returns the number of exchanges.
    pub fn exchanges(&self) -> u64 {
        self.operations.values().sum()
    }
}

/// Findings of exchanges that are gone.
#[derive(Debug, Default)]
pub(super) struct Kept(Vec<KeptFinding>);

/// A finding, masked, with what is known of its exchange.
#[derive(Debug)]
pub(super) struct KeptFinding {
    pub(super) user: Option<String>,
    pub(super) place: Place,
    pub(super) finding: Finding,
}

impl Kept {
    /// Keeps the findings of a dropped exchange; returns how many did not fit.
    pub(super) fn let_go(&mut self, exchange: &Exchange, keys: &Arc<Keys>) -> u64 {
        let kept = exchange.findings.len().min(MAX_FINDINGS.saturating_sub(self.0.len()));
        if kept > 0 {
            let (masker, place) = (exchange.masker(keys), exchange.place(keys));
            self.0.extend(exchange.findings[..kept].iter().map(|finding| KeptFinding {
                user: exchange.user_id.clone(),
                place: place.clone(),
                finding: finding.masked(&masker),
            }));
        }
        (exchange.findings.len() - kept) as u64
    }

    /// Marks those that are expected; gives how many expectations none or too few of them meet.
    pub(super) fn mark(&mut self, expected: &[Expected]) -> u64 {
        let findings = self.0.iter_mut().map(|one| (one.user.as_deref(), &mut one.finding));
        Expected::mark(expected, findings).iter().filter(|one| !one.is_met()).count() as u64
    }

    /// Names the test that they, or those of one user, were made in.
    pub(super) fn label(&mut self, user: Option<&str>, label: &str) {
        for one in self.0.iter_mut().filter(|one| user.is_none() || one.user.as_deref() == user) {
            one.finding.label = Some(label.to_owned());
        }
    }

    /// Returns them, oldest first.
    pub(super) fn all(&self) -> &[KeptFinding] {
        &self.0
    }

    /// Takes out those of one user.
    pub(super) fn take(&mut self, user: &str) -> Self {
        Self(self.0.extract_if(.., |one| one.user.as_deref() == Some(user)).collect())
    }

    /// Adds another tally; returns how many findings did not fit.
    pub(super) fn append(&mut self, other: Self) -> u64 {
        let room = MAX_FINDINGS.saturating_sub(self.0.len());
        let lost = other.0.len().saturating_sub(room);
        self.0.extend(other.0.into_iter().take(room));
        lost as u64
    }
}
