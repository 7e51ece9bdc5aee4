//! The log of exchanges that tests ask about: bounded in number and in bytes, masked when shown, and able
//! to be waited for and followed. `emulator` records, `control` and the library's users read.

mod entry;
mod follow;
mod packed;
mod query;
mod resets;
mod tally;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hyper::HeaderMap;
use tokio::sync::Notify;

use crate::{
    exchange::{Exchange, Finding, Masker, Rule, Violation},
    files::UserId,
};

pub use entry::{Draft, Half, MAX_BODY};
pub use follow::{Follower, News, Straggler};
pub use query::{Page, Query};
pub use tally::Tally;

use entry::Entry;
use packed::Packed;
use resets::Resets;
use tally::Kept;

/// So many marks are kept.
const MOST_MARKED: usize = 1024;

/// How much a journal keeps. What is over it goes, oldest first.
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
    bounds: Bounds,
    keys: Vec<String>,
    inner: Mutex<Inner>,
    recorded: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    entries: VecDeque<Entry>,
    /// The last marks, each with its exchange's id.
    marked: VecDeque<(u64, u64)>,
    bytes: usize,
    exchanges_ever: u64,
    findings_ever: u64,
    /// The last exchange that there was no room for.
    last_gone: u64,
    kept: Kept,
    resets: Resets,
    /// Whether nothing follows any more.
    is_closed: bool,
}

/// A journal knows keys: its debug output shows none.
impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Journal({:?})", self.bounds)
    }
}

impl Journal {
    /// An empty journal that never shows one of `keys`.
    #[must_use]
    pub fn new(bounds: Bounds, keys: Vec<String>) -> Self {
        Self { bounds, keys, inner: Mutex::default(), recorded: Notify::new() }
    }

    /// What hides the secrets of an exchange whose request has these headers.
    #[must_use]
    pub fn masker(&self, headers: &HeaderMap) -> Masker {
        Masker::of(headers).with_keys(&self.keys)
    }

    /// To be asked for when an exchange begins, and given back with it.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.lock().resets.epoch()
    }

    /// Records an exchange that began in `epoch`; gives its id, `None` where a reset came between.
    pub fn record(&self, epoch: u64, draft: Draft) -> Option<u64> {
        debug_assert!(draft.violations.iter().all(|violation| Rule::find(violation.rule).is_some()));
        // Packing and dropping cost more than recording: the lock is held for the latter alone.
        let mark = draft.mark;
        let packed = Arc::new(Packed::from(draft));
        let mut dropped = Vec::new();
        let mut inner = self.lock();
        if inner.resets.came_since(epoch, packed.user) {
            return None;
        }
        inner.exchanges_ever += 1;
        let id = inner.exchanges_ever;
        let first_finding = inner.findings_ever + 1;
        inner.findings_ever += packed.violations.len() as u64;
        let entry = Entry::new(id, first_finding, packed);
        inner.kept.count(entry.operation());
        inner.bytes += entry.size();
        inner.entries.push_back(entry);
        if let Some(mark) = mark {
            inner.mark(mark, id);
        }
        while inner.entries.len() > self.bounds.exchanges || inner.bytes > self.bounds.bytes {
            let Some(oldest) = inner.entries.pop_front() else { break };
            inner.bytes -= oldest.size();
            inner.last_gone = oldest.id();
            inner.kept.let_go(&oldest, &self.keys);
            dropped.push(oldest);
        }
        drop(inner);
        self.recorded.notify_waiters();
        Some(id)
    }

    /// Adds a finding that was made in `epoch` to an exchange that is over; gives it as it is told, `None` where the
    /// journal does not have the exchange any more.
    pub fn add(&self, epoch: u64, exchange: u64, violation: Violation) -> Option<Finding> {
        debug_assert!(Rule::find(violation.rule).is_some(), "{}", violation.rule);
        let mut inner = self.lock();
        let inner = &mut *inner;
        if inner.resets.came_since(epoch, None) {
            return None;
        }
        let Ok(at) = inner.entries.binary_search_by_key(&exchange, Entry::id) else {
            if exchange <= inner.last_gone {
                inner.kept.lose(1);
            }
            return None;
        };
        inner.findings_ever += 1;
        let entry = &mut inner.entries[at];
        inner.bytes -= entry.size();
        entry.add(inner.findings_ever, violation);
        inner.bytes += entry.size();
        entry.findings(&self.keys).last()
    }

    /// The last 1,024 exchanges that had a mark: their ids by it.
    #[must_use]
    pub fn marked(&self) -> HashMap<u64, u64> {
        self.lock().marked.iter().copied().collect()
    }

    /// Ends what follows the journal.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.recorded.notify_waiters();
    }

    /// The exchanges that match, oldest first.
    #[must_use]
    pub fn exchanges(&self, query: &Query) -> Vec<Exchange> {
        self.matching(query).iter().map(|entry| entry.exchange(&self.keys)).collect()
    }

    /// The exchanges that match, as soon as there are `count` of them, or once `wait` of real time is over.
    pub async fn wait(&self, query: &Query, count: usize, wait: Duration) -> Page {
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
        let timed_out = tokio::time::timeout(wait, enough).await.is_err();
        Page { exchanges: self.exchanges(query), timed_out }
    }

    /// What was found wrong with anybody's exchanges, or with one user's, oldest first. Also with such as are
    /// not in the journal any more, within a bound.
    #[must_use]
    pub fn findings(&self, user: Option<UserId>) -> Vec<Finding> {
        self.findings_with(user, |_| ()).0
    }

    /// All findings, how many exchanges there were, and how many resets of everything: as of one moment.
    #[must_use]
    pub fn summary(&self) -> (Vec<Finding>, Tally, u64) {
        let counts = |inner: &Inner| (inner.kept.tally().clone(), inner.resets.wholes());
        let (findings, (tally, resets)) = self.findings_with(None, counts);
        (findings, tally, resets)
    }

    fn findings_with<T>(&self, user: Option<UserId>, also: impl FnOnce(&Inner) -> T) -> (Vec<Finding>, T) {
        let query = Query { user, ..Query::default() };
        let (mut findings, entries, also) = {
            let inner = self.lock();
            (inner.kept.findings(user).cloned().collect::<Vec<_>>(), inner.matching(&query), also(&inner))
        };
        findings.extend(entries.iter().flat_map(|entry| entry.findings(&self.keys)));
        (findings, also)
    }

    /// How many exchanges there were.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.lock().kept.tally().clone()
    }

    /// Forgets everything; ids begin at 1 again.
    pub fn reset(&self) {
        let mut inner = self.lock();
        let (resets, is_closed) = (inner.resets.whole(), inner.is_closed);
        let old = std::mem::replace(&mut *inner, Inner { resets, is_closed, ..Inner::default() });
        drop(inner);
        drop(old);
        self.recorded.notify_waiters();
    }

    /// Forgets one user's exchanges.
    pub fn reset_user(&self, user: UserId) {
        let mut inner = self.lock();
        inner.resets.of_user(user);
        inner.entries.retain(|entry| entry.user() != Some(user));
        inner.bytes = inner.entries.iter().map(Entry::size).sum();
        inner.kept.forget(user);
    }

    /// Entries are cheap to clone and dear to show: the lock is held for the former alone.
    fn matching(&self, query: &Query) -> Vec<Entry> {
        self.lock().matching(query)
    }

    fn count(&self, query: &Query) -> usize {
        self.lock().behind(query.after).filter(|entry| query.matches(entry)).count()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn mark(&mut self, mark: u64, id: u64) {
        if self.marked.len() == MOST_MARKED {
            self.marked.pop_front();
        }
        self.marked.push_back((mark, id));
    }

    fn matching(&self, query: &Query) -> Vec<Entry> {
        let behind = self.behind(query.after).filter(|entry| query.matches(entry));
        behind.take(query.limit).cloned().collect()
    }

    /// The entries with a larger id.
    fn behind(&self, id: u64) -> impl Iterator<Item = &Entry> {
        let start = self.entries.partition_point(|entry| entry.id() <= id);
        self.entries.range(start..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Operation;

    fn journal(exchanges: usize) -> Journal {
        Journal::new(Bounds { exchanges, bytes: 1 << 20 }, Vec::new())
    }

    fn ids(journal: &Journal, query: &Query) -> Vec<u64> {
        journal.exchanges(query).iter().map(|exchange| exchange.id).collect()
    }

    #[test]
    fn the_oldest_go_first() {
        let journal = journal(3);
        for _ in 0..5 {
            journal.record(0, Draft::of(Operation::List));
        }
        assert_eq!(ids(&journal, &Query::default()), [3, 4, 5]);
        assert_eq!(ids(&journal, &Query { after: 3, limit: 1, ..Query::default() }), [4]);
    }

    #[test]
    fn of_those_that_are_gone_the_findings_and_the_number_are_known() {
        let journal = journal(2);
        for operation in [Operation::List, Operation::Presign, Operation::List, Operation::List] {
            let mut draft = Draft::of(operation);
            draft.violations.push(Violation::new("key-in-browser", "origin", "A page calls."));
            journal.record(0, draft);
        }
        let found: Vec<_> = journal.findings(None).iter().map(|found| (found.id, found.exchange)).collect();
        assert_eq!(found, [(1, 1), (2, 2), (3, 3), (4, 4)]);
        let tally = journal.tally();
        assert_eq!((tally.exchanges(), tally.operations[&Operation::List]), (4, 3));
        journal.reset();
        assert_eq!((journal.findings(None).len(), journal.tally()), (0, Tally::default()));
    }

    #[test]
    fn the_last_marks_lead_to_their_exchanges() {
        let journal = journal(3);
        for mark in 0..=MOST_MARKED as u64 {
            journal.record(0, Draft::of(Operation::List));
            journal.record(0, Draft { mark: Some(mark), ..Draft::of(Operation::Presign) });
        }
        let marked = journal.marked();
        assert_eq!((marked.len(), marked.get(&0), marked[&1], marked[&1024]), (1024, None, 4, 2050));
        journal.reset();
        assert_eq!(journal.marked().len(), 0);
    }

    #[test]
    fn bytes_are_bounded_too() {
        let journal = Journal::new(Bounds { exchanges: 1000, bytes: 40_000 }, Vec::new());
        for _ in 0..10 {
            let mut draft = Draft::of(Operation::Presign);
            draft.request.body = Some(vec![b'x'; 16 << 10].into());
            journal.record(0, draft);
        }
        assert_eq!(ids(&journal, &Query::default()), [9, 10]);
    }

    #[test]
    fn what_began_before_a_reset_is_not_recorded() {
        let journal = journal(3);
        let epoch = journal.epoch();
        journal.reset();
        assert_eq!(journal.record(epoch, Draft::of(Operation::Put)), None);
        assert_eq!(journal.record(journal.epoch(), Draft::of(Operation::Put)), Some(1));
    }

    #[test]
    fn a_users_reset_takes_what_is_gone_and_what_is_under_way_and_nobody_elses() {
        let journal = journal(1);
        let [alice, bob] = ["a", "b"].map(|digit| digit.repeat(24).parse().unwrap());
        let record = |epoch, user| {
            let mut draft = Draft::of(Operation::List);
            draft.user = Some(user);
            draft.violations.push(Violation::new("key-in-browser", "origin", "A page calls."));
            journal.record(epoch, draft)
        };
        let began = journal.epoch();
        for user in [alice, bob, alice, bob] {
            record(began, user);
        }
        let found = |user| -> Vec<u64> {
            journal.findings(Some(user)).iter().map(|finding| finding.exchange).collect()
        };
        assert_eq!((found(alice), found(bob)), (vec![1, 3], vec![2, 4]));
        journal.reset_user(alice);
        assert_eq!((found(alice), found(bob)), (vec![], vec![2, 4]));
        assert_eq!((record(began, alice), record(began, bob)), (None, Some(5)));
        assert_eq!(record(journal.epoch(), alice), Some(6));
        assert_eq!((found(alice), found(bob)), (vec![6], vec![2, 4, 5]));
    }

    #[test]
    fn what_is_found_later_is_told_with_its_exchange() {
        let journal = journal(3);
        let violation = |message: &str| Violation::new("key-in-browser", "origin", message);
        for message in ["one", "two"] {
            let mut draft = Draft::of(Operation::List);
            draft.violations.push(violation(message));
            journal.record(0, draft);
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
        assert_eq!(journal.exchanges(&Query::default())[0].findings, [1, 3]);
        journal.reset();
        journal.record(journal.epoch(), Draft::of(Operation::List));
        assert_eq!(journal.add(0, 1, violation("of the one before")), None);
    }

    #[tokio::test]
    async fn a_wait_ends_with_the_exchange_it_waits_for() {
        let journal = journal(3);
        let query = Query { operation: Some(Operation::Put), ..Query::default() };
        let record = async {
            journal.record(0, Draft::of(Operation::List));
            journal.record(0, Draft::of(Operation::Put));
        };
        let (page, ()) = tokio::join!(journal.wait(&query, 1, Duration::from_secs(60)), record);
        assert!(!page.timed_out);
        assert_eq!(page.exchanges.len(), 1);
        assert!(journal.wait(&query, 2, Duration::ZERO).await.timed_out);
    }
}
