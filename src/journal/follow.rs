//! Followers of the journal. Each has only the id of its last exchange, so that nothing is copied for followers, and
//! they never block the journal. A follower that falls behind is dropped.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::{Journal, Query};
use crate::exchange::Exchange;

/// Limit on the exchanges of a page.
const AT_ONCE: usize = 16;

/// An event for a follower.
#[derive(Debug)]
pub enum News {
    /// These came, oldest first.
    Exchanges(Vec<Exchange>),
    /// Everything was reset: ids begin at 1 again.
    Reset,
}

/// Reads the journal as it grows.
#[derive(Debug)]
pub struct Follower {
    journal: Arc<Journal>,
    query: Query,
    place: Arc<Mutex<Place>>,
    /// Whether it has ever reached the journal's end. Until then it also gets exchanges that it may have missed.
    has_caught_up: bool,
}

/// Detects a follower that falls behind, even while it is not polled.
#[derive(Clone, Debug)]
pub struct Straggler {
    journal: Arc<Journal>,
    place: Weak<Mutex<Place>>,
    seen: Option<Place>,
}

/// Position of a follower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// Last reset of everything that it knows.
    epoch: u64,
    /// The last exchange that it looked at.
    id: u64,
}

/// Result of reading from a follower's position.
enum Found {
    Exchanges(Vec<Arc<Exchange>>),
    Nothing,
    Reset,
    /// It missed something, or the journal is closed.
    End,
}

impl Journal {
    /// Follows matching exchanges, starting at the query's id. An id above the journal's is from before a reset: the
    /// follower gets a reset first.
    pub fn follow(self: &Arc<Self>, query: Query) -> (Follower, Straggler) {
        let inner = self.lock();
        let epoch = inner.resets.last_whole();
        let is_of_before = query.after > inner.last_id;
        drop(inner);
        // Any other epoch than this one is one of before.
        let epoch = if is_of_before { epoch.wrapping_sub(1) } else { epoch };
        let place = Arc::new(Mutex::new(Place { epoch, id: query.after }));
        let straggler = Straggler { journal: Arc::clone(self), place: Arc::downgrade(&place), seen: None };
        (Follower { journal: Arc::clone(self), query, place, has_caught_up: false }, straggler)
    }
}

impl Follower {
    /// Waits for the next event; `None` if something was missed, or nothing more comes.
    pub async fn next(&mut self) -> Option<News> {
        let journal = Arc::clone(&self.journal);
        loop {
            let recorded = journal.recorded.notified();
            let mut recorded = std::pin::pin!(recorded);
            // From here on a record is noticed, also one that comes while we look.
            recorded.as_mut().enable();
            match self.look() {
                Found::Exchanges(exchanges) => {
                    let shown = exchanges.iter().map(|exchange| exchange.masked(&journal.keys)).collect();
                    return Some(News::Exchanges(shown));
                }
                Found::Reset => return Some(News::Reset),
                Found::End => return None,
                Found::Nothing => recorded.await,
            }
        }
    }

    /// Moves on to what matches next.
    fn look(&mut self) -> Found {
        let inner = self.journal.lock();
        let mut place = lock(&self.place);
        if inner.is_closed {
            return Found::End;
        }
        if place.epoch != inner.resets.last_whole() {
            *place = Place { epoch: inner.resets.last_whole(), id: 0 };
            self.query.after = 0;
            return Found::Reset;
        }
        if inner.last_gone > place.id && self.has_caught_up {
            return Found::End;
        }
        let mut exchanges = Vec::new();
        for exchange in inner.behind(place.id) {
            place.id = exchange.id;
            if self.query.matches(exchange) {
                exchanges.push(Arc::clone(exchange));
            }
            if exchanges.len() == AT_ONCE {
                return Found::Exchanges(exchanges);
            }
        }
        self.has_caught_up = true;
        if exchanges.is_empty() { Found::Nothing } else { Found::Exchanges(exchanges) }
    }
}

impl Straggler {
    /// Returns whether the journal has dropped exchanges that the follower has not read, and the follower
    /// has not moved since the last call. A dropped follower is not behind.
    pub fn is_behind(&mut self) -> bool {
        let inner = self.journal.lock();
        let Some(place) = self.place.upgrade().map(|place| *lock(&place)) else { return false };
        let looked_at = if place.epoch == inner.resets.last_whole() { place.id } else { 0 };
        let has_moved = self.seen.replace(place) != Some(place);
        inner.last_gone > looked_at && !has_moved
    }
}

fn lock(place: &Mutex<Place>) -> MutexGuard<'_, Place> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{exchange::Operation, journal::Bounds};

    fn journal() -> Arc<Journal> {
        Arc::new(Journal::new(Bounds { exchanges: 3, bytes: 1 << 20 }, Vec::new()))
    }

    fn record(journal: &Journal, operations: &[Operation]) {
        operations.iter().for_each(|operation| {
            let exchange = Exchange { operation: *operation, ..Exchange::default() };
            journal.record(journal.epoch(), exchange, |_| ());
        });
    }

    /// The ids of the exchanges that come next; none at the end.
    async fn ids(follower: &mut Follower) -> Vec<u64> {
        match follower.next().await {
            Some(News::Exchanges(exchanges)) => exchanges.iter().map(|exchange| exchange.id).collect(),
            _ => Vec::new(),
        }
    }

    use Operation::{List, Put};

    #[tokio::test]
    async fn only_what_matches_comes_and_the_rest_counts_as_seen() {
        let journal = journal();
        let (mut follower, mut straggler) =
            journal.follow(Query { operation: Some(Put), ..Query::default() });
        for _ in 0..5 {
            let record = async { record(&journal, &[List, Put, List]) };
            let (news, ()) = tokio::join!(ids(&mut follower), record);
            assert_eq!(news.len(), 1);
            assert!(!straggler.is_behind() && !straggler.is_behind());
        }
    }

    #[tokio::test]
    async fn drops_a_reader_that_falls_behind() {
        let journal = journal();
        record(&journal, &[List]);
        let (mut follower, mut straggler) = journal.follow(Query::default());
        assert_eq!(ids(&mut follower).await, [1]);
        record(&journal, &[List; 3]);
        assert!(!straggler.is_behind() && !straggler.is_behind(), "2 is still there");
        record(&journal, &[List]);
        assert!(straggler.is_behind());
        assert!(ids(&mut follower).await.is_empty());
        drop(follower);
        assert!(!straggler.is_behind() && !straggler.is_behind());
    }

    #[tokio::test]
    async fn who_is_about_to_catch_up_has_not_fallen_behind() {
        let journal = journal();
        record(&journal, &[List; 5]);
        let (mut follower, mut straggler) = journal.follow(Query::default());
        record(&journal, &[List; 5]);
        assert!(!straggler.is_behind(), "it may be on its way");
        assert!(straggler.is_behind(), "it is not");
        assert_eq!(ids(&mut follower).await, [8, 9, 10]);
        assert!(!straggler.is_behind());
    }
}
