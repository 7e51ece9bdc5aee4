//! Findings that need more than one look at one message: a refusal of S3's, explained by comparing the request
//! with the URL that was issued, and the guide's advice over several exchanges. `server` lays it around both
//! sides; no handler knows of it.
//!
//! It sees secrets (URLs with their signatures) and keeps them in memory alone: what it says goes through the
//! journal, which masks.

mod issued;
mod ledger;
mod refusal;
mod rules;
mod signature;
mod texts;
mod unreadable;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use jiff::Timestamp;

pub use issued::{Announced, Issued, Rebuild};
use ledger::owner_of_path;
pub use ledger::{Entry, IssueId, Ledger};
pub use refusal::Refused;
pub use rules::{Looked, Seen};
pub use signature::Signature;
pub use unreadable::{handshake, unreadable};

use crate::{
    exchange::Violation,
    files::{S3Key, UserId},
    journal::Draft,
};
use rules::{Rules, Sight, look_alone};

/// Looks at exchanges and remembers what it needs for the next.
pub struct Advisor {
    inner: Apart<Mutex<Memory>>,
    rebuild: Arc<dyn Rebuild>,
}

/// On lines of the processor's caches of its own: what lies beside it is written by every exchange, too.
#[derive(Default)]
#[repr(align(128))]
struct Apart<T>(T);

#[derive(Default)]
struct Memory {
    ledger: Ledger,
    rules: Rules,
}

/// It knows secrets: its debug output shows none.
impl std::fmt::Debug for Advisor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Advisor")
    }
}

/// The exchange that something is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The one with this id.
    Exchange(u64),
    /// The one in which this URL was handed out: the journal has its mark.
    Issue(IssueId),
}

impl Advisor {
    /// One that has seen nothing yet, and has URLs made anew by this.
    #[must_use]
    pub fn new(rebuild: Arc<dyn Rebuild>) -> Self {
        Self { inner: Apart::default(), rebuild }
    }

    /// Why S3 refuses a request, in the client's terms. The lock is held while the URL that is meant is looked up
    /// and copied, and where a body is another file while that one's is: reading, hashing, making the URL anew and
    /// comparing with it happen outside it.
    #[must_use]
    pub fn explain(&self, refused: &Refused<'_>) -> Vec<Violation> {
        let entry = self.lock().ledger.of_request(refused.request.path, refused.request.query).cloned();
        // What one user uploads is not told to another.
        let user = match &entry {
            Some(entry) => Some(entry.issued.user),
            None => owner_of_path(refused.request.path),
        };
        let of_content = |md5| self.lock().ledger.of_content(user?, md5).cloned();
        let url = entry.as_ref().map(|entry| entry.issued.url(&*self.rebuild)).unwrap_or_default();
        refusal::explain(refused, entry.as_ref(), &url, of_content)
    }

    /// The name that a request's file was presigned under: that of its URL, else the last one of its key, as far as
    /// the ledger reaches.
    #[must_use]
    pub fn filename(&self, key: &S3Key, query: Option<&str>) -> Option<String> {
        let memory = self.lock();
        let sent = query.and_then(Signature::of_query);
        let of_url = sent.and_then(|sent| memory.ledger.of_signature(key.as_str(), sent));
        let of_url = of_url.and_then(|id| memory.ledger.get(id));
        let entry = of_url.or_else(|| Some(memory.ledger.of_key(key.as_str()).next()?.1))?;
        Some(entry.issued.filename().to_owned())
    }

    /// Takes down that a request with a URL has come: from here on that is used, whatever becomes of the request. Gives
    /// which one it is.
    pub fn begin(&self, path: &str, query: Option<&str>) -> Option<IssueId> {
        let sent = query.and_then(Signature::of_query)?;
        self.lock().ledger.used(path, sent)
    }

    /// What an exchange shows, by itself and together with those before it. `issued` is the URL that it was answered
    /// with, where it was a presign, and `used` the one that it began with: see [`Self::begin`]. To be called once for
    /// each exchange, when it is over, and before the client has all of the answer: a URL must not be used before it is
    /// known. `now` is when it ended, in real time.
    #[must_use]
    pub fn look(&self, draft: &Draft, issued: Option<Issued>, used: Option<IssueId>, now: Instant) -> Looked {
        let alone = look_alone(draft, used);
        let mut memory = self.lock();
        let Memory { ledger, rules } = &mut *memory;
        let issue = issued.map(|issued| ledger.add(issued));
        rules.look(Sight { draft, issue, used, now }, alone, ledger)
    }

    /// Takes down that a fault holds the answer of an exchange back, which is not over: its client may give up and
    /// ask again meanwhile.
    pub fn hold(&self, draft: &Draft) {
        self.lock().rules.hold(draft);
    }

    /// The id that the journal gave an exchange in which a URL was refused: see [`Looked::refused`].
    pub fn refused(&self, issue: IssueId, exchange: u64) {
        self.lock().ledger.refused(issue, exchange);
    }

    /// What is certain once the emulator's clock shows this, and was not told yet, each with the exchange that it is
    /// about.
    #[must_use]
    pub fn settle(&self, now: Timestamp) -> Vec<(About, Violation)> {
        let mut memory = self.lock();
        let Memory { ledger, rules } = &mut *memory;
        rules.settle(ledger, now)
    }

    /// The same once nothing comes any more.
    #[must_use]
    pub fn conclude(&self) -> Vec<(About, Violation)> {
        let mut memory = self.lock();
        let Memory { ledger, rules } = &mut *memory;
        rules.conclude(ledger)
    }

    /// Forgets everything, or what one user did.
    pub fn reset(&self, user: Option<UserId>) {
        let mut memory = self.lock();
        match user {
            None => {
                memory.ledger.clear();
                memory.rules = Rules::default();
            }
            Some(user) => {
                memory.ledger.forget(user);
                memory.rules.forget(user);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.inner.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
