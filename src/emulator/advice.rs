//! How advice reaches the journal. `control` knows no advice: it is handed this as a value.

use std::sync::Arc;

use super::log;
use crate::{advice::Advisor, control::Advice, files::UserId, journal::Journal};

/// The advisor, with the journal that it speaks through.
#[derive(Debug)]
pub(super) struct Council {
    pub(super) advisor: Arc<Advisor>,
    pub(super) journal: Arc<Journal>,
}

impl Council {
    /// Adds what is certain once the run is over to the exchanges that it is about.
    pub(super) fn conclude(&self) {
        for (exchange, violation) in self.advisor.conclude() {
            if let Some(finding) = self.journal.add(exchange, violation) {
                log::later(&finding);
            }
        }
    }
}

impl Advice for Council {
    fn reset(&self, user: Option<UserId>) {
        self.advisor.reset(user);
    }
}
