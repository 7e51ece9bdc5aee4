//! How advice reaches the journal. `control` knows no advice: it is handed this as a value.

use std::sync::Arc;

use super::log;
use crate::{
    advice::{Advisor, End},
    control::Advice,
    files::{Clock, UserId},
    journal::Journal,
};

/// The advisor, with the journal that it speaks through.
#[derive(Debug)]
pub(super) struct Council {
    pub(super) advisor: Arc<Advisor>,
    pub(super) journal: Arc<Journal>,
    pub(super) clock: Arc<Clock>,
}

impl Council {
    /// Adds what is certain at this end to the exchanges that it is about.
    pub(super) fn conclude(&self, end: End) {
        for (exchange, violation) in self.advisor.conclude(end) {
            if let Some(finding) = self.journal.add(exchange, violation) {
                log::later(&finding);
            }
        }
    }
}

impl Advice for Council {
    fn conclude(&self) {
        self.conclude(End::Now(self.clock.now()));
    }

    fn reset(&self, user: Option<UserId>) {
        self.advisor.reset(user);
    }
}
