//! How advice reaches the journal. `control` knows no advice: it is handed this as a value.

use std::{collections::HashMap, sync::Arc};

use super::log;
use crate::{
    control::Advice,
    exchange::Violation,
    files::{Clock, UserId},
    findings::{About, Advisor},
    journal::Journal,
};

/// The advisor, with the journal that it speaks through.
#[derive(Debug)]
pub(super) struct FindingReporter {
    pub(super) advisor: Arc<Advisor>,
    pub(super) journal: Arc<Journal>,
    pub(super) clock: Arc<Clock>,
}

impl FindingReporter {
    /// Adds what is certain once the run is over to the exchanges that it is about.
    pub(super) fn conclude(&self) {
        self.add(Advisor::conclude);
    }

    fn add(&self, found: impl FnOnce(&Advisor) -> Vec<(About, Violation)>) {
        let epoch = self.journal.epoch();
        let found = found(&self.advisor);
        let marked = if found.is_empty() { HashMap::new() } else { self.journal.marked() };
        for (about, violation) in found {
            let exchange = match about {
                About::Exchange(id) => Some(id),
                About::Issue(issue) => marked.get(&issue.mark()).copied(),
            };
            let Some(exchange) = exchange else { continue };
            if let Some(finding) = self.journal.add(epoch, exchange, violation) {
                log::later(&finding);
            }
        }
    }
}

impl Advice for FindingReporter {
    fn settle(&self) {
        let now = self.clock.now();
        self.add(|advisor| advisor.settle(now));
    }

    fn reset(&self, user: Option<UserId>) {
        self.advisor.reset(user);
    }
}
