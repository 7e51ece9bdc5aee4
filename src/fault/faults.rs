//! The rules that are set, and which of them strikes an exchange: the first in their order that fires. `emulator`
//! asks for every exchange, `control` and the library set them.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU16, Ordering},
    },
    time::Duration,
};

use tokio::sync::watch;

use super::{
    Effect, Fault, Mistakes,
    dead::{Dead, DeadUrl},
    draws::Draws,
    index::Index,
    set::{Set, SetFault},
};
use crate::{
    exchange::{Chance, Operation},
    files::{Clock, UserId},
};

/// How many rules can be set at once.
pub const MOST: usize = 10_000;

/// What an exchange is about, as far as rules can select by it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What it is for.
    pub operation: Operation,
    /// Whose files it is about.
    pub user: Option<UserId>,
    /// The file's name, as it was presigned.
    pub filename: Option<&'a str>,
    /// The file's key.
    pub key: Option<&'a str>,
}

/// A fault that strikes an exchange.
#[derive(Clone, Debug)]
pub struct Strike {
    /// The rule that does it.
    pub fault: Arc<str>,
    /// What it does.
    pub effect: Effect,
    /// The chance that it may draw from: the same for the same rule, user, operation, file and how-manieth time.
    pub chance: fastrand::Rng,
    /// How far the clock had been moved when it struck.
    moved: Duration,
    /// Where those that wait hear of a reset since then.
    resets: watch::Receiver<()>,
}

/// Why rules cannot be set. Where there are several, none is.
#[derive(Debug, thiserror::Error)]
pub enum CannotSet {
    /// One of them cannot fire.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// There are too many.
    #[error("there can be {MOST} faults at once, and there are {0} already; delete some")]
    TooMany(usize),
}

/// The faults of one emulator.
#[derive(Debug)]
pub struct Faults {
    clock: Arc<Clock>,
    chance: Arc<Chance>,
    /// What is set from the start, and again after each reset.
    initial: Vec<Fault>,
    /// The operations that any rule is for, a bit each: with no rule, this is all that an exchange costs.
    armed: AtomicU16,
    /// Those for which a rule selects by the file's name.
    by_filename: AtomicU16,
    /// Those for which a rule selects by the file, or draws by it.
    by_file: AtomicU16,
    /// Whether there is a dead URL.
    has_dead: AtomicBool,
    inner: Mutex<Inner>,
    /// Tells those that wait of a reset.
    resets: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Inner {
    rules: Vec<Set>,
    index: Index,
    /// The rules that may select an exchange; kept for its memory.
    found: Vec<usize>,
    last_id: u64,
    draws: Draws,
    dead: Dead,
}

impl Faults {
    /// Faults on this clock and by this seed; `initial` are set from the start.
    ///
    /// # Errors
    ///
    /// [`CannotSet`] where one of them cannot fire, or they are too many.
    pub fn new(clock: Arc<Clock>, chance: Arc<Chance>, initial: Vec<Fault>) -> Result<Self, CannotSet> {
        check(&initial, 0)?;
        let faults = Self {
            clock,
            chance,
            initial,
            armed: AtomicU16::new(0),
            by_filename: AtomicU16::new(0),
            by_file: AtomicU16::new(0),
            has_dead: AtomicBool::new(false),
            inner: Mutex::default(),
            resets: watch::Sender::new(()),
        };
        faults.reset();
        Ok(faults)
    }

    /// Sets rules, after those that are there; all of them or none.
    ///
    /// # Errors
    ///
    /// [`CannotSet`] where one of them cannot fire, or they are too many.
    pub fn set(&self, rules: Vec<Fault>) -> Result<Vec<SetFault>, CannotSet> {
        let mut inner = self.lock();
        check(&rules, inner.rules.len())?;
        let first = inner.rules.len();
        inner.add(rules, self.clock.progress());
        self.arm(&inner);
        Ok(inner.rules[first..].iter().map(Set::shown).collect())
    }

    /// The rules that are set, in their order.
    #[must_use]
    pub fn list(&self) -> Vec<SetFault> {
        self.lock().rules.iter().map(Set::shown).collect()
    }

    /// Takes a rule back; `false` where there is none with this id.
    pub fn remove(&self, id: &str) -> bool {
        let mut inner = self.lock();
        let before = inner.rules.len();
        inner.rules.retain(|set| &*set.id != id);
        inner.index();
        self.arm(&inner);
        inner.rules.len() < before
    }

    /// Takes all rules back. URLs that expired by one stay so.
    pub fn clear(&self) {
        let mut inner = self.lock();
        inner.rules.clear();
        inner.index();
        self.arm(&inner);
    }

    /// As at the start. Whoever waits by [`Self::wait`] waits no longer.
    pub fn reset(&self) {
        let mut inner = self.lock();
        *inner = Inner::default();
        inner.add(self.initial.clone(), self.clock.progress());
        self.arm(&inner);
        self.has_dead.store(false, Ordering::Relaxed);
        drop(inner);
        self.resets.send_replace(());
    }

    /// Whether any rule is for this operation.
    #[must_use]
    pub fn are_for(&self, operation: Operation) -> bool {
        self.armed.load(Ordering::Relaxed) & bit(operation) != 0
    }

    /// Whether a rule for this operation selects by the file's name.
    #[must_use]
    pub fn ask_for_filename(&self, operation: Operation) -> bool {
        self.by_filename.load(Ordering::Relaxed) & bit(operation) != 0
    }

    /// Whether any rule for this operation has to know the file.
    #[must_use]
    pub fn ask_for_file(&self, operation: Operation) -> bool {
        self.by_file.load(Ordering::Relaxed) & bit(operation) != 0
    }

    /// What strikes an exchange, if anything does. To be asked once for each: every rule that selects it counts
    /// it.
    #[must_use]
    pub fn strike(&self, subject: &Subject<'_>) -> Option<Strike> {
        if !self.are_for(subject.operation) {
            return None;
        }
        let now = self.clock.progress();
        let mut inner = self.lock();
        let Inner { rules, index, found, draws, .. } = &mut *inner;
        index.find(subject, found);
        let mut struck = None;
        for at in found {
            let set = &mut rules[*at];
            if !set.selects(subject, now) {
                continue;
            }
            let mut chance = draws.draw(&self.chance, set, subject);
            if set.fires(&mut chance) && struck.is_none() {
                set.hits += 1;
                struck = Some(Strike {
                    fault: Arc::clone(&set.id),
                    effect: set.fault.effect.clone(),
                    chance,
                    // Before anybody can see the hit.
                    moved: self.clock.moved(),
                    resets: self.resets.subscribe(),
                });
            }
        }
        struck
    }

    /// Lets a URL be dead from now on, by its signature.
    pub fn kill(&self, signature: &str, url: DeadUrl) {
        let mut inner = self.lock();
        inner.dead.add(signature, url);
        self.has_dead.store(true, Ordering::Relaxed);
    }

    /// Whether any URL is dead.
    #[must_use]
    pub fn have_dead_urls(&self) -> bool {
        self.has_dead.load(Ordering::Relaxed)
    }

    /// The URL with this signature, where a fault let it expire and its own time is not up.
    #[must_use]
    pub fn dead(&self, signature: &str) -> Option<DeadUrl> {
        let now = self.clock.now();
        self.lock().dead.get(signature).filter(|url| now <= url.until).cloned()
    }

    /// Waits on the emulator's clock, without a duration for ever; a reset ends every wait. Time runs from now on,
    /// and moves of the clock count from the strike on: a test that sees a strike can let its time pass at once.
    pub fn wait(
        &self,
        strike: &Strike,
        duration: Option<Duration>,
    ) -> impl Future<Output = ()> + Send + use<> {
        let mut resets = strike.resets.clone();
        let wait = duration.map(|duration| Arc::clone(&self.clock).sleep_since(strike.moved, duration));
        async move {
            let waits = async {
                match wait {
                    Some(wait) => wait.await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = waits => {}
                _ = resets.changed() => {}
            }
        }
    }

    /// Notes for which operations there are rules.
    fn arm(&self, inner: &Inner) {
        let of = |asks: &dyn Fn(&Set) -> bool| {
            let asked = |operation: &Operation| {
                inner.index.is_for(*operation)
                    && inner.rules.iter().any(|set| set.is_for(*operation) && asks(set))
            };
            Operation::ALL.into_iter().filter(asked).map(bit).fold(0, |bits, bit| bits | bit)
        };
        let by_filename = |set: &Set| set.fault.filename.is_some();
        self.by_filename.store(of(&by_filename), Ordering::Relaxed);
        let by_file = |set: &Set| by_filename(set) || set.fault.key.is_some() || set.has_chance();
        self.by_file.store(of(&by_file), Ordering::Relaxed);
        self.armed.store(of(&|_| true), Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn add(&mut self, rules: Vec<Fault>, now: Duration) {
        for fault in rules {
            self.last_id += 1;
            self.rules.push(Set::new(self.last_id, fault, now));
        }
        self.index();
    }

    fn index(&mut self) {
        self.index = Index::of(&self.rules);
    }
}

/// Whether rules can be set beside as many as there are.
fn check(rules: &[Fault], before: usize) -> Result<(), CannotSet> {
    if before + rules.len() > MOST {
        return Err(CannotSet::TooMany(before));
    }
    rules.iter().try_for_each(Fault::check).map_err(CannotSet::from)
}

fn bit(operation: Operation) -> u16 {
    1 << operation as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "651eb6e11d156e0d7a42c59d";

    fn faults(rules: Vec<Fault>) -> Faults {
        let clock = Arc::new(Clock::new());
        clock.freeze();
        Faults::new(clock, Arc::new(Chance::new(7)), rules).unwrap()
    }

    fn subject(operation: Operation, file: &str) -> Subject<'_> {
        let user = Some(USER.parse().unwrap());
        Subject { operation, user, filename: Some(file), key: Some(file) }
    }

    /// Which of so many PUTs are struck, by which rule.
    fn struck(faults: &Faults, puts: usize) -> Vec<Option<String>> {
        let put = subject(Operation::Put, "a.txt");
        (0..puts).map(|_| faults.strike(&put).map(|strike| strike.fault.to_string())).collect()
    }

    /// The places at which any is.
    fn places(faults: &Faults, puts: usize) -> Vec<usize> {
        let struck = struck(faults, puts).into_iter().enumerate();
        struck.filter_map(|(at, fault)| fault.map(|_| at + 1)).collect()
    }

    #[test]
    fn counts_say_which_of_the_selected() {
        let close = || Fault::put().close();
        for (fault, expected) in [
            (close(), vec![1, 2, 3, 4, 5, 6, 7]),
            (close().nth(3), vec![3]),
            (close().every(3), vec![3, 6]),
            (close().after(6), vec![6, 7]),
            (close().after(3).every(2), vec![4, 6]),
            (close().times(2), vec![1, 2]),
            (close().after(4).times(2), vec![4, 5]),
        ] {
            let shown = format!("{fault:?}");
            assert_eq!(places(&faults(vec![fault]), 7), expected, "{shown}");
        }
    }

    #[test]
    fn the_first_that_fires_wins_and_all_count() {
        let rules = vec![Fault::put().close().nth(2), Fault::any().close().every(2), Fault::put().close()];
        let faults = faults(rules);
        let expected = ["3", "1", "3", "2"].map(|id| Some(id.to_owned()));
        assert_eq!(struck(&faults, 4), expected);
        let hits: Vec<u64> = faults.list().iter().map(|set| set.hits).collect();
        assert_eq!(hits, [1, 1, 2]);
    }

    #[test]
    fn selectors_choose_by_operation_user_name_and_key() {
        let other: UserId = "a".repeat(24).parse().unwrap();
        let all = |fault: Fault| {
            let faults = faults(vec![fault]);
            let mut of_other = subject(Operation::Put, "a.pdf");
            of_other.user = Some(other);
            let subjects = [
                subject(Operation::Put, "a.txt"),
                subject(Operation::Put, "a.pdf"),
                of_other,
                subject(Operation::Presign, "a.pdf"),
                Subject { operation: Operation::List, user: None, filename: None, key: None },
            ];
            subjects.map(|subject| u8::from(faults.strike(&subject).is_some()))
        };
        assert_eq!(all(Fault::any().close()), [1, 1, 1, 1, 1]);
        assert_eq!(all(Fault::put().close()), [1, 1, 1, 0, 0]);
        assert_eq!(all(Fault::put().user(other).close()), [0, 0, 1, 0, 0]);
        assert_eq!(all(Fault::any().filename("*.pdf").close()), [0, 1, 1, 1, 0]);
        assert_eq!(all(Fault::put().key("a.t*").close()), [1, 0, 0, 0, 0]);
        assert_eq!(all(Fault::any().reset(0)), [1, 1, 1, 1, 0], "a list has no body");
    }

    #[test]
    fn from_and_for_are_times_of_the_clock_since_it_was_set() {
        let rule = Fault::put().close().from(Duration::from_secs(10)).lasting(Duration::from_secs(5)).nth(1);
        let faults = faults(vec![rule]);
        let at = |seconds| {
            faults.clock.advance(Duration::from_secs(seconds)).unwrap();
            places(&faults, 2).len()
        };
        // What comes before does not count.
        assert_eq!([at(0), at(9), at(1), at(4), at(1)], [0, 0, 1, 0, 0]);
        faults.set(vec![Fault::put().close().lasting(Duration::from_secs(5))]).unwrap();
        assert_eq!(at(4), 2);
        faults.clock.set(Clock::LAST).unwrap();
        assert_eq!(at(0), 0);
    }

    #[test]
    fn a_clock_that_is_set_back_lengthens_nothing() {
        let faults = faults(vec![Fault::put().close().lasting(Duration::from_secs(5))]);
        faults.clock.advance(Duration::from_secs(3)).unwrap();
        faults.clock.set(faults.clock.now() - jiff::SignedDuration::from_hours(1)).unwrap();
        assert_eq!(places(&faults, 1), [1]);
        faults.clock.advance(Duration::from_secs(2)).unwrap();
        assert_eq!(places(&faults, 1).len(), 0);
    }

    #[test]
    fn chance_does_not_depend_on_the_order() {
        let rules = || vec![Fault::put().close().probability(0.3), Fault::any().close().probability(0.3)];
        let files: Vec<&'static str> = (0..100).map(|number| &*format!("{number}.txt").leak()).collect();
        let run = |order: Vec<&'static str>| {
            let faults = faults(rules());
            let mut struck = std::collections::BTreeMap::<&str, Vec<Option<Arc<str>>>>::new();
            for file in order {
                let strike = faults.strike(&subject(Operation::Put, file));
                struck.entry(file).or_default().push(strike.map(|strike| strike.fault));
            }
            struck
        };
        let one = run(files.iter().chain(&files).copied().collect());
        let other = run(files.iter().rev().flat_map(|file| [*file, *file]).collect());
        assert_eq!(one, other);
        let hits = one.values().flatten().filter(|fault| fault.is_some()).count();
        assert!((70..140).contains(&hits), "{hits} of 200 at 0.51");
        let second = one.values().filter(|tries| tries[0] != tries[1]).count();
        assert!(second > 20, "each time is drawn anew");
    }

    #[test]
    fn a_reset_begins_anew_with_what_was_there_from_the_start() {
        let faults = faults(vec![Fault::put().close().probability(0.5)]);
        let before = struck(&faults, 20);
        faults.set(vec![Fault::list().close()]).unwrap();
        let signature = "a".repeat(64);
        faults.kill(&signature, DeadUrl { fault: "1".into(), until: jiff::Timestamp::MAX });
        assert!(faults.dead(&signature).is_some());
        faults.reset();
        assert_eq!(faults.list().len(), 1);
        assert!(!faults.are_for(Operation::List) && faults.dead(&signature).is_none());
        assert_eq!(struck(&faults, 20), before);
    }

    #[test]
    fn a_rule_that_is_taken_back_strikes_no_more() {
        let faults = faults(vec![Fault::put().close(), Fault::list().close()]);
        assert!(faults.remove("1") && !faults.remove("1"));
        assert!(!faults.are_for(Operation::Put) && faults.are_for(Operation::List));
        let set = faults.set(vec![Fault::put().close()]).unwrap();
        assert_eq!(&*set[0].id, "3");
        faults.clear();
        assert!(!faults.are_for(Operation::List));
    }

    #[test]
    fn rules_are_set_all_or_none_and_bounded() {
        let faults = faults(Vec::new());
        let wrong = Fault::list().reset(0);
        assert!(matches!(faults.set(vec![Fault::put().close(), wrong]), Err(CannotSet::Mistakes(_))));
        assert!(faults.list().is_empty());
        faults.set(vec![Fault::put().close(); MOST]).unwrap();
        assert!(matches!(faults.set(vec![Fault::put().close()]), Err(CannotSet::TooMany(MOST))));
    }
}
