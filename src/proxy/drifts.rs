//! All differences of a run, each once, with an example; and which places of the documents traffic has reached.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Baseline, Recorder};
use crate::{
    exchange::{Difference, Exchange, Keys},
    report::{Coverage, Drift, Drifted},
};

/// Limit on the distinct differences. With more, it is another server.
const MAX_DIFFERENCES: usize = 10_000;

/// The most places that are remembered: documents have some hundreds.
const MAX_PLACES: usize = 100_000;

/// Differences of a server so far.
#[derive(Debug, Default)]
pub struct Drifts {
    inner: Mutex<Inner>,
    recorder: Option<Recorder>,
    baseline: Option<Baseline>,
    /// The places of the documents.
    places: BTreeSet<String>,
    upstream: Option<String>,
    /// Whether new differences are a failure.
    fails: bool,
}

#[derive(Debug, Default)]
struct Inner {
    found: BTreeMap<String, Found>,
    reached: BTreeSet<String>,
}

#[derive(Debug)]
struct Found {
    difference: Difference,
    count: u64,
    example: Exchange,
}

impl Drifts {
    /// Creates an empty collection. Differences of the baseline are known, and `places` are those of the documents. A
    /// recorder records the exchanges.
    #[must_use]
    pub fn new(
        recorder: Option<Recorder>,
        baseline: Option<Baseline>,
        places: BTreeSet<String>,
        upstream: Option<String>,
    ) -> Self {
        Self { recorder, baseline, places, upstream, ..Self::default() }
    }

    /// The same, where new differences are a failure or not.
    #[must_use]
    pub fn failing(self, fails: bool) -> Self {
        Self { fails, ..self }
    }

    /// Adds an exchange that is over.
    pub fn add(&self, exchange: &Exchange, keys: &Arc<Keys>) {
        if exchange.differences.is_empty() && self.recorder.is_none() {
            return;
        }
        let masked = exchange.masked(keys);
        if let Some(recorder) = &self.recorder {
            recorder.write(&masked);
        }
        if masked.differences.is_empty() {
            return;
        }
        let mut example = masked.clone();
        example.request.cut();
        example.response.cut();
        let mut inner = self.lock();
        for difference in masked.differences {
            let id = difference.id(exchange.operation);
            let is_full = inner.found.len() >= MAX_DIFFERENCES;
            match inner.found.get_mut(&id) {
                Some(known) => known.count += 1,
                None if is_full => {}
                None => {
                    let example = Exchange { differences: Vec::new(), ..example.clone() };
                    inner.found.insert(id, Found { difference, count: 1, example });
                }
            }
        }
    }

    /// Notes places that traffic has reached.
    pub fn reach(&self, places: impl Iterator<Item = String>) {
        let mut inner = self.lock();
        for place in places {
            if inner.reached.len() < MAX_PLACES {
                inner.reached.insert(place);
            }
        }
    }

    /// Forgets everything.
    pub fn reset(&self) {
        *self.lock() = Inner::default();
    }

    /// Returns the result.
    #[must_use]
    pub fn sum_up(&self) -> Drift {
        let inner = self.lock();
        let since = |id: &str| self.baseline.as_ref().and_then(|baseline| baseline.since(id));
        let drift = inner.found.iter().map(|(id, Found { difference, count, example })| Drifted {
            id: id.clone(),
            verdict: difference.verdict,
            operation: example.operation,
            status: difference.status,
            pointer: difference.pointer.clone(),
            message: difference.message.clone(),
            spec: difference.spec.clone(),
            count: *count,
            known_since: since(id).map(str::to_owned),
            seen: difference.seen.clone(),
            what: difference.what.clone(),
            example: example.clone(),
        });
        let missing: Vec<String> = self.places.difference(&inner.reached).cloned().collect();
        let gone = |baseline: &Baseline| baseline.gone(|id| inner.found.contains_key(id));
        Drift {
            upstream: self.upstream.clone(),
            drift: drift.collect(),
            gone: self.baseline.as_ref().map(gone).unwrap_or_default(),
            coverage: Coverage {
                places: self.places.len(),
                reached: self.places.len() - missing.len(),
                missing,
            },
            fails: self.fails,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
