//! The bounded log of exchanges. Tests can query, await and follow it; secrets are masked when an exchange is shown.
//! `server` records, `control` and the library's users read.
//!
//! An exchange gets its id when it is complete, in the journal's order: `after` and `Last-Event-ID` are positions in
//! that order. With ids given at the start, a client that has seen exchange 7 would never see exchange 5, a slow
//! upload.

mod follow;
mod labels;
mod query;
mod resets;
mod tally;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use crate::{
    exchange::{CannotExpect, Exchange, Expectation, Expected, Finding, Keys, Place, Violation},
    files::UserId,
};

pub use follow::{Follower, News, Straggler};
pub use labels::{CannotLabel, Labels};
pub use query::Query;
pub use tally::Tally;

use query::is_of;
use resets::Resets;
use tally::Kept;

/// Limit on the expectations.
const MAX_EXPECTED: usize = 1000;

/// Limits of a journal. Beyond them, the oldest exchanges are dropped.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The most exchanges.
    pub exchanges: usize,
    /// The most bytes that they take, roughly.
    pub bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { exchanges: 10_000, bytes: 32 << 20 }
    }
}

/// The bounded log of exchanges.
pub struct Journal {
    /// Which tests users belong to.
    pub labels: Labels,
    bounds: Bounds,
    keys: Arc<Keys>,
    inner: Mutex<Inner>,
    recorded: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    exchanges: VecDeque<Arc<Exchange>>,
    bytes: usize,
    last_id: u64,
    last_finding: u64,
    /// Last exchange that was dropped.
    last_gone: u64,
    tally: Tally,
    /// Findings of dropped exchanges.
    kept: Kept,
    /// The findings from before a user's reset.
    before_reset: Kept,
    resets: Resets,
    /// The findings that tests raise on purpose.
    expected: Vec<Expected>,
    /// Number of unmet expectations that a user's reset dropped.
    dropped: u64,
    /// Whether nothing follows any more.
    is_closed: bool,
}

/// Everything that was found, how many exchanges there were, and how often everything was reset: as of one moment.
#[derive(Debug)]
pub struct Summary {
    /// Findings, oldest first, also from before resets of single users.
    pub findings: Vec<Finding>,
    /// Number of exchanges.
    pub tally: Tally,
    /// Number of full resets.
    pub resets: u64,
    /// Number of resets of one user.
    pub user_resets: u64,
    /// Expectations, with their number of findings.
    pub expectations: Vec<Expectation>,
    /// Number of unmet expectations that a user's reset dropped.
    pub expectations_dropped: u64,
}

/// A finding with its exchange.
struct Found {
    user: Option<String>,
    /// The exchange, where the journal still has it: the finding is not masked yet.
    exchange: Option<Arc<Exchange>>,
    finding: Finding,
}

impl Found {
    /// Returns whether it is this user's, or anybody's is meant.
    fn is_of(&self, user: Option<UserId>) -> bool {
        user.is_none_or(|user| self.user.as_deref().is_some_and(|id| id.parse() == Ok(user)))
    }
}

/// Exchanges at one moment, masked one by one. Shares them with the journal: a pointer each.
pub struct Snapshot {
    exchanges: std::vec::IntoIter<Arc<Exchange>>,
    keys: Arc<Keys>,
}

impl Iterator for Snapshot {
    type Item = Exchange;

    fn next(&mut self) -> Option<Exchange> {
        self.exchanges.next().map(|exchange| exchange.masked(&self.keys))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.exchanges.size_hint()
    }
}

/// A snapshot has secrets: its debug output shows none.
impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Snapshot({} exchanges)", self.exchanges.len())
    }
}

/// A journal knows keys: its debug output shows none.
impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Journal({:?})", self.bounds)
    }
}

impl Journal {
    /// Creates an empty journal that never shows one of `keys`.
    pub fn new(bounds: Bounds, keys: Vec<String>) -> Self {
        Self {
            labels: Labels::default(),
            bounds,
            keys: Arc::new(Keys::new(keys)),
            inner: Mutex::default(),
            recorded: Notify::new(),
        }
    }

    /// Returns the API keys that are never shown.
    pub fn keys(&self) -> &Arc<Keys> {
        &self.keys
    }

    /// Returns the epoch, which an exchange keeps from its beginning.
    pub fn epoch(&self) -> u64 {
        self.lock().resets.epoch()
    }

    /// Records an exchange that began in `epoch`, once it has its id and `derive` has added its
    /// findings. `None` if a reset came between: then nothing is recorded or derived.
    pub fn record(
        &self,
        epoch: u64,
        mut exchange: Exchange,
        derive: impl FnOnce(&mut Exchange),
    ) -> Option<Arc<Exchange>> {
        self.keys.learn(exchange.request.headers.get_all("authorization"));
        let mut dropped = Vec::new();
        let mut inner = self.lock();
        if inner.resets.came_since(epoch, |user| is_of(&exchange, user)) {
            return None;
        }
        exchange.id = inner.last_id + 1;
        derive(&mut exchange);
        for finding in &mut exchange.findings {
            inner.last_finding += 1;
            (finding.id, finding.exchange) = (inner.last_finding, exchange.id);
        }
        exchange.request.cut();
        exchange.response.cut();
        let exchange = Arc::new(exchange);
        inner.last_id = exchange.id;
        *inner.tally.operations.entry(exchange.operation).or_default() += 1;
        inner.bytes += exchange.size();
        inner.exchanges.push_back(Arc::clone(&exchange));
        while inner.exchanges.len() > self.bounds.exchanges || inner.bytes > self.bounds.bytes {
            let Some(oldest) = inner.exchanges.pop_front() else { break };
            inner.bytes -= oldest.size();
            inner.last_gone = oldest.id;
            let lost = inner.kept.let_go(&oldest, &self.keys);
            inner.tally.findings_lost += lost;
            dropped.push(oldest);
        }
        // The memory is given back outside the lock.
        drop(inner);
        self.recorded.notify_waiters();
        Some(exchange)
    }

    /// Adds a finding that was made in `epoch` to a recorded exchange; returns it, or `None` if the
    /// journal has dropped the exchange.
    pub fn add(&self, epoch: u64, exchange: u64, violation: Violation) -> Option<Finding> {
        let mut inner = self.lock();
        let inner = &mut *inner;
        if inner.resets.came_since(epoch, |_| false) {
            return None;
        }
        let Ok(at) = inner.exchanges.binary_search_by_key(&exchange, |exchange| exchange.id) else {
            inner.tally.findings_lost += u64::from(exchange <= inner.last_gone);
            return None;
        };
        // A snapshot keeps the exchange as it was.
        let exchange = Arc::make_mut(&mut inner.exchanges[at]);
        inner.last_finding += 1;
        let mut finding = Finding::of(violation, exchange.operation);
        (finding.id, finding.exchange) = (inner.last_finding, exchange.id);
        inner.bytes += finding.size();
        let reported = finding.masked(&exchange.masker(&self.keys));
        exchange.findings.push(finding);
        Some(reported)
    }

    /// Ends what follows the journal.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.recorded.notify_waiters();
    }

    /// Returns matching exchanges, oldest first, as of now.
    pub fn snapshot(&self, query: &Query) -> Snapshot {
        Snapshot { exchanges: self.lock().matching(query).into_iter(), keys: Arc::clone(&self.keys) }
    }

    /// Returns matching exchanges, oldest first.
    pub fn exchanges(&self, query: &Query) -> Vec<Exchange> {
        self.snapshot(query).collect()
    }

    /// Waits until `count` exchanges match, or until `wait` of real time is over; `false` for the latter.
    pub async fn wait(&self, query: &Query, count: usize, wait: Duration) -> bool {
        let enough = async {
            loop {
                let recorded = self.recorded.notified();
                let mut recorded = std::pin::pin!(recorded);
                // From here on a record is noticed, also one that comes while we look.
                recorded.as_mut().enable();
                if self.count(query) >= count {
                    break;
                }
                recorded.await;
            }
        };
        tokio::time::timeout(wait, enough).await.is_ok()
    }

    /// Iterates over matching exchanges, oldest first. Looks up each one when it is needed, without holding the lock;
    /// skips exchanges that were dropped meanwhile.
    pub fn iter(self: &Arc<Self>, query: &Query) -> impl Iterator<Item = Exchange> + Send + use<> {
        let journal = Arc::clone(self);
        let last = journal.lock().last_id;
        let mut query = Query { limit: 1, ..*query };
        std::iter::from_fn(move || {
            let exchange = journal.exchanges(&query).pop().filter(|exchange| exchange.id <= last)?;
            query.after = exchange.id;
            Some(exchange)
        })
    }

    /// Returns the findings of all users or of one, oldest first, including a bounded number from dropped exchanges.
    /// Leaves out findings from before a reset of their user.
    pub fn findings(&self, user: Option<UserId>) -> Vec<Finding> {
        let (mut found, before_reset, _) = self.lock().found();
        self.shown(found.drain(before_reset..).filter(|found| found.is_of(user)))
    }

    /// Returns where an exchange was, also one that is gone and of which a finding is kept.
    pub fn place(&self, id: u64) -> Option<Place> {
        let inner = self.lock();
        if let Ok(at) = inner.exchanges.binary_search_by_key(&id, |exchange| exchange.id) {
            return Some(inner.exchanges[at].place(&self.keys));
        }
        let mut gone = inner.before_reset.all().iter().chain(inner.kept.all());
        gone.find(|kept| kept.finding.exchange == id).map(|kept| kept.place.clone())
    }

    /// Returns the summary so far.
    pub fn summary(&self) -> Summary {
        let inner = self.lock();
        let (found, _, expectations) = inner.found();
        let (tally, expectations_dropped) = (inner.tally.clone(), inner.dropped);
        let (resets, user_resets) = (inner.resets.wholes(), inner.resets.of_users());
        drop(inner);
        let findings = self.shown(found);
        Summary { findings, tally, resets, user_resets, expectations, expectations_dropped }
    }

    /// Returns the results of one user's requests since that user's last reset, as far as the journal has them.
    pub fn summary_of(&self, user: UserId) -> Summary {
        let inner = self.lock();
        let exchanges = inner.matching(&Query { user: Some(user), ..Query::default() });
        let resets = inner.resets.wholes();
        drop(inner);
        let mut tally = Tally::default();
        for exchange in exchanges {
            *tally.operations.entry(exchange.operation).or_default() += 1;
        }
        let (findings, expectations) = (self.findings(Some(user)), self.expectations(Some(user)));
        Summary { findings, tally, resets, user_resets: 0, expectations, expectations_dropped: 0 }
    }

    /// Labels a user with the test that they belong to, or labels them anew. Past 10,000 users the oldest label goes; the
    /// findings that are kept of that user still bear it.
    ///
    /// # Errors
    ///
    /// [`CannotLabel`] if the label is too long or empty.
    pub fn label(&self, user: UserId, label: impl Into<String>) -> Result<(), CannotLabel> {
        if let Some((user, label)) = self.labels.set(user, label.into())? {
            self.lock().kept.label(Some(&user.to_string()), &label);
        }
        Ok(())
    }

    /// Expects findings from now on, and of those that were found since the last reset.
    ///
    /// # Errors
    ///
    /// [`CannotExpect`] if they cannot come, or too many are set.
    pub fn expect(&self, expected: Expected) -> Result<(), CannotExpect> {
        expected.check()?;
        let all = &mut self.lock().expected;
        if all.len() == MAX_EXPECTED {
            return Err(CannotExpect::TooMany(MAX_EXPECTED));
        }
        all.push(expected);
        Ok(())
    }

    /// Returns the expectations of all users or of one, with their number of findings.
    pub fn expectations(&self, user: Option<UserId>) -> Vec<Expectation> {
        let inner = self.lock();
        let (_, _, expectations) = inner.found();
        let is_meant = |expected: &Expected| user.is_none() || expected.user == user;
        let all = inner.expected.iter().zip(expectations);
        all.filter(|(expected, _)| is_meant(expected)).map(|(_, expectation)| expectation).collect()
    }

    /// Expects nothing any more, or nothing of one user.
    pub fn clear_expected(&self, user: Option<UserId>) {
        self.lock().expected.retain(|expected| user.is_some() && expected.user != user);
    }

    /// Findings as they may be shown, with the tests that they were made in.
    fn shown(&self, found: impl IntoIterator<Item = Found>) -> Vec<Finding> {
        let shown = found.into_iter().map(|Found { user, exchange, mut finding }| {
            finding.label = finding.label.or_else(|| self.labels.of(user.as_deref()));
            match exchange {
                Some(exchange) => finding.masked(&exchange.masker(&self.keys)),
                None => finding,
            }
        });
        shown.collect()
    }

    /// Forgets everything; ids begin at 1 again. `also` runs before anything else is recorded.
    pub fn reset(&self, also: impl FnOnce()) {
        self.labels.clear();
        let mut inner = self.lock();
        let (resets, is_closed) = (inner.resets.whole(), inner.is_closed);
        let old = std::mem::replace(&mut *inner, Inner { resets, is_closed, ..Inner::default() });
        also();
        drop(inner);
        drop(old);
        self.recorded.notify_waiters();
    }

    /// Drops one user's exchanges and expectations. Their findings still count in the [`Summary`]. `also` runs before
    /// anything else is recorded.
    pub fn reset_user(&self, user: UserId, also: impl FnOnce()) {
        let mut inner = self.lock();
        let inner = &mut *inner;
        inner.resets.of_user(user);
        let mut before = inner.kept.take(&user.to_string());
        let mut lost = 0;
        inner.exchanges.retain(|exchange| {
            let goes = is_of(exchange, user);
            if goes {
                lost += before.let_go(exchange, &self.keys);
            }
            !goes
        });
        let own: Vec<Expected> = inner.expected.extract_if(.., |one| one.user == Some(user)).collect();
        inner.dropped += before.mark(&own);
        // The user may belong to another test next.
        if let Some(label) = self.labels.of(Some(&user.to_string())) {
            before.label(None, &label);
        }
        lost += inner.before_reset.append(before);
        inner.tally.findings_lost += lost;
        inner.bytes = inner.exchanges.iter().map(|exchange| exchange.size()).sum();
        also();
    }

    fn count(&self, query: &Query) -> usize {
        self.lock().behind(query.after).filter(|exchange| query.matches(exchange)).count()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Returns all findings, oldest first, with expected ones marked; the number of findings from before resets of
    /// users; and the results of the expectations.
    fn found(&self) -> (Vec<Found>, usize, Vec<Expectation>) {
        let gone = self.before_reset.all().iter().chain(self.kept.all());
        let gone =
            gone.map(|kept| Found { user: kept.user.clone(), exchange: None, finding: kept.finding.clone() });
        let mut found: Vec<Found> = gone.collect();
        for exchange in self.exchanges.iter().filter(|exchange| !exchange.findings.is_empty()) {
            found.extend(exchange.findings.iter().map(|finding| Found {
                user: exchange.user_id.clone(),
                exchange: Some(Arc::clone(exchange)),
                finding: finding.clone(),
            }));
        }
        let findings = found.iter_mut().map(|found| (found.user.as_deref(), &mut found.finding));
        let expectations = Expected::mark(&self.expected, findings);
        (found, self.before_reset.all().len(), expectations)
    }

    fn matching(&self, query: &Query) -> Vec<Arc<Exchange>> {
        let behind = self.behind(query.after).filter(|exchange| query.matches(exchange));
        behind.take(query.limit).cloned().collect()
    }

    /// Returns the exchanges with a larger id.
    fn behind(&self, id: u64) -> impl Iterator<Item = &Arc<Exchange>> {
        let start = self.exchanges.partition_point(|exchange| exchange.id <= id);
        self.exchanges.range(start..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Operation;

    fn journal(exchanges: usize) -> Journal {
        Journal::new(Bounds { exchanges, bytes: 1 << 20 }, Vec::new())
    }

    fn exchange(operation: Operation) -> Exchange {
        Exchange { operation, ..Exchange::default() }
    }

    /// Returns an exchange with a finding.
    fn wrong(operation: Operation, message: &str) -> Exchange {
        let mut exchange = exchange(operation);
        exchange.report([Violation::new("key-in-browser", "origin", message)]);
        exchange
    }

    fn record(journal: &Journal, exchange: Exchange) -> Option<u64> {
        journal.record(journal.epoch(), exchange, |_| ()).map(|exchange| exchange.id)
    }

    fn ids(journal: &Journal, query: &Query) -> Vec<u64> {
        journal.exchanges(query).iter().map(|exchange| exchange.id).collect()
    }

    #[test]
    fn the_oldest_go_first() {
        let journal = journal(3);
        for _ in 0..5 {
            record(&journal, exchange(Operation::List));
        }
        assert_eq!(ids(&journal, &Query::default()), [3, 4, 5]);
        assert_eq!(ids(&journal, &Query { after: 3, limit: 1, ..Query::default() }), [4]);
    }

    #[test]
    fn of_those_that_are_gone_the_findings_and_the_number_are_known() {
        let journal = journal(2);
        for operation in [Operation::List, Operation::Presign, Operation::List, Operation::List] {
            record(&journal, wrong(operation, "A page calls."));
        }
        let found: Vec<_> = journal.findings(None).iter().map(|found| (found.id, found.exchange)).collect();
        assert_eq!(found, [(1, 1), (2, 2), (3, 3), (4, 4)]);
        let tally = journal.summary().tally;
        assert_eq!((tally.exchanges(), tally.operations[&Operation::List]), (4, 3));
        journal.reset(|| ());
        assert_eq!((journal.findings(None).len(), journal.summary().tally), (0, Tally::default()));
    }

    #[test]
    fn the_oldest_label_goes_and_findings_keep_it() {
        let journal = journal(1);
        let user = |at: u64| UserId::new(1, at);
        let of = |at| journal.labels.of(Some(&user(at).to_string()));
        journal.label(user(0), "first").unwrap();
        let user_id = Some(user(0).to_string());
        record(&journal, Exchange { user_id, ..wrong(Operation::List, "A page calls.") });
        record(&journal, exchange(Operation::List));
        for at in 1..=10_000 {
            journal.label(user(at), "later").unwrap();
        }
        journal.label(user(1), "again").unwrap();
        assert_eq!((of(0), of(1), of(10_000)), (None, Some("again".into()), Some("later".into())));
        assert_eq!(journal.findings(None)[0].label.as_deref(), Some("first"));
        assert!(journal.label(user(1), "").is_err());
    }

    #[test]
    fn bytes_are_bounded_too() {
        let journal = Journal::new(Bounds { exchanges: 1000, bytes: 40_000 }, Vec::new());
        for _ in 0..10 {
            let mut presign = exchange(Operation::Presign);
            presign.request.body = Some("x".repeat(16 << 10));
            record(&journal, presign);
        }
        assert_eq!(ids(&journal, &Query::default()), [9, 10]);
    }

    #[test]
    fn what_began_before_a_reset_is_not_recorded() {
        let journal = journal(3);
        let epoch = journal.epoch();
        journal.reset(|| ());
        assert!(journal.record(epoch, exchange(Operation::Put), |_| panic!("nothing to derive")).is_none());
        assert_eq!(record(&journal, exchange(Operation::Put)), Some(1));
    }

    #[test]
    fn a_user_reset_leaves_other_users_alone() {
        let journal = journal(1);
        let [alice, bob] = ["a", "b"].map(|digit| digit.repeat(24).parse().unwrap());
        let record = |epoch, user: UserId| {
            let user_id = Some(user.to_string());
            let exchange = Exchange { user_id, ..wrong(Operation::List, "A page calls.") };
            journal.record(epoch, exchange, |_| ()).map(|exchange| exchange.id)
        };
        let began = journal.epoch();
        for user in [alice, bob, alice, bob] {
            record(began, user);
        }
        let found = |user| -> Vec<u64> {
            journal.findings(Some(user)).iter().map(|finding| finding.exchange).collect()
        };
        assert_eq!((found(alice), found(bob)), (vec![1, 3], vec![2, 4]));
        journal.reset_user(alice, || ());
        assert_eq!((found(alice), found(bob)), (vec![], vec![2, 4]));
        let summary = journal.summary();
        let all: Vec<u64> = summary.findings.iter().map(|finding| finding.exchange).collect();
        assert_eq!((all, summary.user_resets), (vec![1, 3, 2, 4], 1), "what was found before a reset counts");
        assert_eq!((record(began, alice), record(began, bob)), (None, Some(5)));
        assert_eq!(record(journal.epoch(), alice), Some(6));
        assert_eq!((found(alice), found(bob)), (vec![6], vec![2, 4, 5]));
    }

    #[test]
    fn reports_later_findings_with_their_exchange() {
        let journal = journal(3);
        let violation = |message: &str| Violation::new("key-in-browser", "origin", message);
        for message in ["one", "two"] {
            record(&journal, wrong(Operation::List, message));
        }
        let third = journal.add(0, 1, violation("three")).unwrap();
        assert_eq!((third.id, third.exchange, third.message.as_str()), (3, 1, "three"));
        assert_eq!(journal.add(0, 9, violation("nobody's")), None);
        let found: Vec<_> = journal
            .findings(None)
            .into_iter()
            .map(|found| (found.id, found.exchange, found.message))
            .collect();
        assert_eq!(found, [(1, 1, "one".into()), (3, 1, "three".into()), (2, 2, "two".into())]);
        let first = journal.exchanges(&Query::default()).remove(0);
        assert_eq!(first.findings.iter().map(|finding| finding.id).collect::<Vec<_>>(), [1, 3]);
        journal.reset(|| ());
        record(&journal, exchange(Operation::List));
        assert_eq!(journal.add(0, 1, violation("of the one before")), None);
    }

    #[test]
    fn a_snapshot_stays_as_it_was_and_masks_what_it_shows() {
        let journal = Journal::new(Bounds::default(), vec!["alice-key".to_owned()]);
        record(&journal, Exchange { path: "/alice-key".to_owned(), ..exchange(Operation::List) });
        let snapshot = journal.snapshot(&Query::default());
        journal.add(journal.epoch(), 1, Violation::new("key-in-browser", "origin", "alice-key")).unwrap();
        record(&journal, exchange(Operation::Put));
        let shown: Vec<Exchange> = snapshot.collect();
        assert_eq!((shown.len(), shown[0].path.as_str(), shown[0].findings.len()), (1, "/***", 0));
    }
}
