//! What a run came to, put together from the journal: for the control side, which is handed this as a value, for
//! `run`, and for the library's users.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;

use super::reporter::FindingReporter;
use crate::{
    control::{self, Advice},
    exchange::{Chance, Finding},
    journal::{Journal, Query},
    report::{Place, Run},
};

/// Where a run's results come from.
#[derive(Debug)]
pub struct Results {
    /// When the run began, in real time.
    pub(super) started: Timestamp,
    pub(super) chance: Arc<Chance>,
    pub(super) journal: Arc<Journal>,
    pub(super) reporter: Arc<FindingReporter>,
}

impl Results {
    /// The results so far: of what may still change, nothing is said.
    #[must_use]
    pub fn so_far(&self) -> Run {
        self.reporter.settle();
        self.sum_up()
    }

    /// The results of a run that is over.
    #[must_use]
    pub fn at_the_end(&self) -> Run {
        self.reporter.conclude();
        self.sum_up()
    }

    fn sum_up(&self) -> Run {
        let (findings, tally, resets) = self.journal.summary();
        Run {
            version: env!("CARGO_PKG_VERSION"),
            seed: self.chance.seed(),
            started: self.started,
            exchanges: tally.exchanges(),
            places: self.places(&findings),
            operations: tally.operations,
            findings,
            findings_lost: tally.findings_lost,
            findings_ignored: 0,
            resets,
            ended: None,
        }
    }

    /// Where the first finding of each rule was made. Of the others nobody is told.
    fn places(&self, findings: &[Finding]) -> BTreeMap<u64, Place> {
        let mut firsts = BTreeMap::new();
        for finding in findings {
            firsts.entry(finding.rule).or_insert(finding.exchange);
        }
        firsts.into_values().filter_map(|exchange| Some((exchange, self.place(exchange)?))).collect()
    }

    fn place(&self, id: u64) -> Option<Place> {
        let query = Query { after: id.checked_sub(1)?, limit: 1, ..Query::default() };
        let exchange = self.journal.exchanges(&query).pop().filter(|exchange| exchange.id == id)?;
        let path = exchange.path.split('?').next().unwrap_or_default().to_owned();
        Some(Place { method: exchange.method, path, status: exchange.status })
    }
}

impl control::Results for Results {
    fn so_far(&self) -> Run {
        self.so_far()
    }
}
