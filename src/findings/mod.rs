//! Findings that need more than one look at one message: a refusal of S3's, explained by comparing the request
//! with the URL that was issued, and the guide's advice over several exchanges. `server` lays it around both
//! APIs; no handler knows of it.
//!
//! It sees secrets (URLs with their signatures) and keeps them only in memory: its findings go through the journal,
//! which masks them.

mod ledger;
mod refusal;
mod rules;
mod unreadable;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use jiff::Timestamp;

use ledger::owner_of_path;
pub use ledger::{Entry, Ledger};
pub use refusal::Refused;
pub use unreadable::{distrusted, handshake, unreadable};

use crate::{
    exchange::{Exchange, UsedUrl, Violation},
    files::{S3Key, State, UserId},
};
use rules::{Rules, USERNAME_TAKEN};

/// Derives findings from completed exchanges.
pub struct Detector {
    memory: Mutex<Memory>,
    /// Stored files, which a refused body is compared with.
    state: Arc<State>,
}

#[derive(Default)]
struct Memory {
    ledger: Ledger,
    rules: Rules,
}

/// Hides secrets.
impl std::fmt::Debug for Detector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Detector")
    }
}

/// A finding about an earlier exchange, with that exchange's id.
pub type Late = (u64, Violation);

impl Detector {
    /// Creates a detector that has seen nothing yet.
    pub fn new(state: Arc<State>) -> Self {
        Self { memory: Mutex::default(), state }
    }

    /// Explains why S3 refuses a request. The lock is held only while URLs are looked up, not while
    /// a body is read and hashed.
    pub fn explain(&self, refused: &Refused<'_>) -> Vec<Violation> {
        let entry = self.lock().ledger.of_request(refused.request.path, refused.request.query).cloned();
        // One user's uploads are not shown to another.
        let user = match &entry {
            Some(entry) => Some(entry.issued.user),
            None => owner_of_path(refused.request.path),
        };
        let of_content = |md5| self.lock().ledger.of_content(user?, md5).cloned();
        let url = entry.as_ref().map_or("", |entry| &entry.issued.url);
        let stored = |md5| self.state.list(user?).into_iter().find(|file| file.md5 == md5);
        refusal::explain(refused, entry.as_ref(), url, of_content, stored)
    }

    /// Returns the filename that was presigned: that of the request's URL, else of the last URL for
    /// its key.
    pub fn filename(&self, key: &S3Key, query: Option<&str>) -> Option<String> {
        let memory = self.lock();
        let of_url = memory.ledger.of_signature(query);
        let entry = of_url.or_else(|| memory.ledger.of_key(key.as_str()).next())?;
        Some(entry.issued.filename.clone())
    }

    /// Records that a request uses a URL, and returns which it is.
    pub fn begin(&self, query: Option<&str>) -> Option<UsedUrl> {
        self.lock().ledger.use_url(query)
    }

    /// Returns the rules that an exchange breaks, as known before its answer, without repetition. Leaves out findings
    /// that need its end or earlier exchanges.
    pub fn known_rules(&self, exchange: &Exchange) -> Vec<&'static str> {
        let found: Vec<Violation> = Rules::of_exchange_alone(exchange).collect();
        let found = found.iter().map(|violation| violation.rule);
        let mut rules = Vec::new();
        for rule in exchange.findings.iter().map(|finding| finding.rule).chain(found) {
            if !rules.contains(&rule) && !self.excuses(exchange, rule) {
                rules.push(rule);
            }
        }
        rules
    }

    fn excuses(&self, exchange: &Exchange, rule: &str) -> bool {
        rule == USERNAME_TAKEN && self.lock().rules.excuses(exchange)
    }

    /// Adds the findings of an exchange, from itself and from earlier ones. Call it once for each exchange, when it is
    /// complete and has its id, and before the client has the whole answer: a URL must be known before it is used.
    /// `now` is the end of the exchange, in real time.
    pub fn look(&self, exchange: &mut Exchange, now: Instant) {
        let mut memory = self.lock();
        let Memory { ledger, rules } = &mut *memory;
        if let Some(issued) = exchange.issued.take() {
            ledger.add(exchange.id, *issued);
        }
        rules.look(exchange, ledger, now);
    }

    /// Records that a fault holds an answer back: the client may give up and retry meanwhile.
    pub fn hold(&self, exchange: &Exchange) {
        self.lock().rules.hold(exchange);
    }

    /// Returns findings that are certain at this time of the emulator's clock, and not reported
    /// yet.
    pub fn settle(&self, now: Timestamp) -> Vec<Late> {
        let mut memory = self.lock();
        let Memory { ledger, rules } = &mut *memory;
        rules.settle(ledger, now)
    }

    /// Returns findings that are certain once no more exchanges come.
    pub fn conclude(&self) -> Vec<Late> {
        let mut memory = self.lock();
        let Memory { ledger, rules } = &mut *memory;
        rules.conclude(ledger)
    }

    /// Forgets everything.
    pub fn reset(&self) {
        *self.lock() = Memory::default();
    }

    /// Forgets one user.
    pub fn reset_user(&self, user: UserId) {
        let mut memory = self.lock();
        memory.ledger.forget(user);
        memory.rules.forget(user);
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
