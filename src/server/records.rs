//! Records of completed exchanges: journal, findings and summary. The control API gets them as
//! values.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use jiff::Timestamp;

use super::log;
#[cfg(feature = "cli")]
use crate::proxy::Drifts;
use crate::{
    control,
    exchange::{Exchange, Finding, Place, Rng},
    files::{Clock, UserId},
    findings::{Detector, Late},
    journal::{Journal, Summary},
    report::Run,
};

/// Records exchanges and derives their findings.
#[derive(Debug)]
pub struct Records {
    /// When the run began, in real time.
    pub(super) started: Timestamp,
    pub(super) rng: Arc<Rng>,
    pub(super) clock: Arc<Clock>,
    pub(super) journal: Arc<Journal>,
    pub(super) detector: Arc<Detector>,
    /// Differences between a proxy's upstream and the document.
    #[cfg(feature = "cli")]
    pub(super) drifts: Option<Arc<Drifts>>,
}

impl Records {
    /// Records an exchange that began in this epoch of the journal and ended now, in real time; logs it.
    pub(super) fn record(&self, epoch: u64, exchange: Exchange, now: Instant) {
        let look = |exchange: &mut Exchange| {
            self.detector.look(exchange, now);
            #[cfg(feature = "cli")]
            if let Some(drifts) = &self.drifts {
                drifts.add(exchange, self.journal.keys());
            }
        };
        if let Some(exchange) = self.journal.record(epoch, exchange, look) {
            log::exchange(&exchange, &self.journal);
        }
    }

    /// Records an exchange that is over already, and about which nothing more is found; logs it.
    pub(super) fn record_alone(&self, exchange: Exchange) {
        if let Some(exchange) = self.journal.record(self.journal.epoch(), exchange, |_| ()) {
            log::exchange(&exchange, &self.journal);
        }
    }

    /// Returns the journal, also once the run is over.
    pub fn journal(&self) -> Arc<Journal> {
        Arc::clone(&self.journal)
    }

    /// Returns the results so far, of all requests or of one user's. Leaves out findings that only the end can decide.
    pub fn so_far(&self, user: Option<UserId>) -> Run {
        control::Advice::settle(self);
        self.sum_up(user.map_or_else(|| self.journal.summary(), |user| self.journal.summary_of(user)))
    }

    /// Returns the results of a finished run.
    pub fn at_the_end(&self) -> Run {
        self.add(Detector::conclude);
        self.sum_up(self.journal.summary())
    }

    /// Adds findings to the exchanges that they are about.
    fn add(&self, find: impl FnOnce(&Detector) -> Vec<Late>) {
        let epoch = self.journal.epoch();
        for (exchange, violation) in find(&self.detector) {
            if let Some(finding) = self.journal.add(epoch, exchange, violation) {
                log::later(&finding);
            }
        }
    }

    fn sum_up(&self, summary: Summary) -> Run {
        let Summary { findings, tally, resets, user_resets, expectations, expectations_dropped } = summary;
        Run {
            version: env!("CARGO_PKG_VERSION"),
            seed: self.rng.seed(),
            started: self.started,
            exchanges: tally.exchanges(),
            places: self.places(&findings),
            operations: tally.operations,
            findings,
            findings_lost: tally.findings_lost,
            findings_ignored: 0,
            expectations,
            expectations_dropped,
            resets,
            user_resets,
            ended: None,
            #[cfg(feature = "cli")]
            drift: self.drifts.as_deref().map(Drifts::sum_up),
            #[cfg(not(feature = "cli"))]
            drift: None,
        }
    }

    /// Returns the place of the first finding of each rule, which is all that reports show.
    fn places(&self, findings: &[Finding]) -> BTreeMap<u64, Place> {
        let mut firsts = BTreeMap::new();
        for finding in findings {
            firsts.entry((finding.rule, finding.expected)).or_insert(finding.exchange);
        }
        firsts.into_values().filter_map(|exchange| Some((exchange, self.journal.place(exchange)?))).collect()
    }
}

impl control::Advice for Records {
    fn settle(&self) {
        let now = self.clock.now();
        self.add(|detector| detector.settle(now));
    }

    fn reset(&self, user: Option<UserId>) {
        match user {
            None => self.journal.reset(|| {
                self.detector.reset();
                #[cfg(feature = "cli")]
                if let Some(drifts) = &self.drifts {
                    drifts.reset();
                }
            }),
            Some(user) => self.journal.reset_user(user, || self.detector.reset_user(user)),
        }
    }
}

impl control::Results for Records {
    fn so_far(&self, user: Option<UserId>) -> Run {
        self.so_far(user)
    }
}
