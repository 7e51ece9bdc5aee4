//! Rules that are set, and which of them strikes an exchange: the first in their order that fires.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::watch;

use super::{
    Effect, Fault, Mistakes,
    dead::{Dead, DeadUrl},
    draws::Draws,
    set::{Rule, Set, SetFault},
};
use crate::{
    exchange::{Operation, Rng},
    files::{Clock, UserId},
};

/// Most rules that can be set at once. Every exchange is compared with each of them.
pub const MAX_FAULTS: usize = 1000;

/// Values that rules select by.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Operation of the request.
    pub operation: Operation,
    /// User whose files it is about.
    pub user: Option<UserId>,
    /// The file's name, as it was presigned.
    pub filename: Option<&'a str>,
    /// The file's key.
    pub key: Option<&'a str>,
}

/// Fault that strikes an exchange.
#[derive(Clone, Debug)]
pub struct Strike {
    /// Id of the rule.
    pub fault: Arc<str>,
    /// Effect.
    pub effect: Effect,
    /// Generator for the effect: the same for the same rule, user, operation, file and how often it struck these.
    pub rng: fastrand::Rng,
    /// Moves of the clock when it struck.
    moved: Duration,
    /// Tells those that wait of a reset since then.
    resets: watch::Receiver<()>,
}

/// Why rules cannot be set. Where one of several cannot, none is.
#[derive(Debug, thiserror::Error)]
pub enum CannotSet {
    /// One of them can never strike.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// There are too many.
    #[error("too many faults: at most {MAX_FAULTS} at once, and {0} are set; delete some")]
    TooMany(usize),
}

/// Faults of one emulator.
#[derive(Debug)]
pub struct Faults {
    clock: Arc<Clock>,
    rng: Arc<Rng>,
    /// Rules set at the start, and again after each reset.
    initial: Vec<Fault>,
    inner: Mutex<Inner>,
    /// Whether only those kinds are set that a proxy can do.
    for_proxy: AtomicBool,
    /// Tells those that wait of a reset.
    resets: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Inner {
    rules: Vec<Set>,
    last_id: u64,
    draws: Draws,
    dead: Dead,
}

impl Faults {
    /// Makes faults on a clock and a seed; `initial` are set from the start.
    ///
    /// # Errors
    ///
    /// [`CannotSet`] where one of them can never strike, or they are too many.
    pub fn new(clock: Arc<Clock>, rng: Arc<Rng>, initial: Vec<Fault>) -> Result<Self, CannotSet> {
        check(&initial, 0)?;
        let faults = Self {
            clock,
            rng,
            initial,
            inner: Mutex::default(),
            for_proxy: AtomicBool::new(false),
            resets: watch::Sender::new(()),
        };
        faults.reset();
        Ok(faults)
    }

    /// Sets rules behind those that are set; all of them or none.
    ///
    /// # Errors
    ///
    /// [`CannotSet`] where one of them can never strike, or they are too many.
    pub fn set(&self, rules: Vec<Fault>) -> Result<Vec<SetFault>, CannotSet> {
        let mut inner = self.lock();
        let first = inner.rules.len();
        check(&rules, first)?;
        self.check_for_proxy(&rules)?;
        inner.add(rules, self.clock.progress());
        Ok(inner.rules[first..].iter().map(Set::shown).collect())
    }

    /// Lets only those kinds be set from here on that a proxy can do.
    ///
    /// # Errors
    ///
    /// [`CannotSet`] where one is set already that it cannot do.
    pub fn only_for_proxies(&self) -> Result<(), CannotSet> {
        self.for_proxy.store(true, Ordering::Relaxed);
        self.check_for_proxy(&self.initial)
    }

    fn check_for_proxy(&self, rules: &[Fault]) -> Result<(), CannotSet> {
        let beyond = rules.iter().filter(|_| self.for_proxy.load(Ordering::Relaxed));
        let mistakes: Vec<_> = beyond.filter_map(super::check::beyond_proxy).collect();
        if mistakes.is_empty() { Ok(()) } else { Err(Mistakes::of(mistakes).into()) }
    }

    /// Returns the rules in their order; with a user, those that select by this user.
    pub fn list(&self, user: Option<UserId>) -> Vec<SetFault> {
        let inner = self.lock();
        let is_listed = |set: &&Set| user.is_none() || set.rule.fault.user == user;
        inner.rules.iter().filter(is_listed).map(Set::shown).collect()
    }

    /// Removes a rule; `false` where none has this id.
    pub fn remove(&self, id: &str) -> bool {
        let mut inner = self.lock();
        let before = inner.rules.len();
        inner.rules.retain(|set| &*set.rule.id != id);
        inner.rules.len() < before
    }

    /// Removes the rules that select by this user. URLs that one of them let expire stay expired.
    pub fn remove_of(&self, user: UserId) {
        self.lock().rules.retain(|set| set.rule.fault.user != Some(user));
    }

    /// Removes all rules. URLs that one of them let expire stay expired.
    pub fn clear(&self) {
        self.lock().rules.clear();
    }

    /// Returns to the state of the start, and ends every [`Self::wait`].
    pub fn reset(&self) {
        let mut inner = self.lock();
        *inner = Inner::default();
        inner.add(self.initial.clone(), self.clock.progress());
        drop(inner);
        self.resets.send_replace(());
    }

    /// Returns whether any rule is for this operation.
    pub fn are_for(&self, operation: Operation) -> bool {
        self.any_rule(operation, |_| true)
    }

    /// Returns whether a rule for this operation selects by the file's name.
    pub fn ask_for_filename(&self, operation: Operation) -> bool {
        self.any_rule(operation, |rule| rule.fault.filename.is_some())
    }

    /// Returns whether a rule for this operation selects by the file, or draws by it.
    pub fn ask_for_file(&self, operation: Operation) -> bool {
        self.any_rule(operation, |rule| {
            rule.fault.filename.is_some() || rule.fault.key.is_some() || rule.is_random()
        })
    }

    /// Returns the fault that strikes an exchange. Every rule that selects the exchange counts it, so that this is
    /// called once for each.
    pub fn strike(&self, subject: &Subject<'_>) -> Option<Strike> {
        let now = self.clock.progress();
        // Names can be long: they are matched outside the lock.
        let mut rules: Vec<Arc<Rule>> = {
            let inner = self.lock();
            let may_select = inner.rules.iter().filter(|set| set.rule.may_select(subject, now));
            may_select.map(|set| Arc::clone(&set.rule)).collect()
        };
        rules.retain(|rule| rule.matches(subject));
        if rules.is_empty() {
            return None;
        }
        let mut inner = self.lock();
        let Inner { rules: sets, draws, .. } = &mut *inner;
        let is_selected = |set: &&mut Set| {
            let found = rules.binary_search_by_key(&set.rule.place, |rule| rule.place);
            // After a reset meanwhile, another rule has the id.
            found.is_ok_and(|at| Arc::ptr_eq(&rules[at], &set.rule))
        };
        let mut struck = None;
        for set in sets.iter_mut().filter(is_selected) {
            set.seen += 1;
            let mut rng = draws.draw(&self.rng, &set.rule, subject);
            if set.fires(&mut rng) && struck.is_none() {
                set.hits += 1;
                struck = Some(Strike {
                    fault: Arc::clone(&set.rule.id),
                    effect: set.rule.effect.clone(),
                    rng,
                    // Before anybody can see the hit.
                    moved: self.clock.moved(),
                    resets: self.resets.subscribe(),
                });
            }
        }
        struck
    }

    /// Lets a URL be expired from now on, by its signature.
    pub fn kill(&self, signature: &str, url: DeadUrl) {
        self.lock().dead.add(signature, url);
    }

    /// Returns whether a fault let any URL expire.
    pub fn have_dead_urls(&self) -> bool {
        !self.lock().dead.is_empty()
    }

    /// Returns the URL with this signature, where a fault let it expire before its own time is up.
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

    fn any_rule(&self, operation: Operation, is_meant: impl Fn(&Rule) -> bool) -> bool {
        self.lock().rules.iter().any(|set| set.rule.is_for(operation) && is_meant(&set.rule))
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
    }
}

/// Returns whether further rules fit.
fn check(rules: &[Fault], before: usize) -> Result<(), CannotSet> {
    if before + rules.len() > MAX_FAULTS {
        return Err(CannotSet::TooMany(before));
    }
    rules.iter().try_for_each(Fault::check).map_err(CannotSet::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "651eb6e11d156e0d7a42c59d";

    fn faults(rules: Vec<Fault>) -> Faults {
        let clock = Arc::new(Clock::new());
        clock.freeze();
        Faults::new(clock, Arc::new(Rng::new(7)), rules).unwrap()
    }

    fn subject(operation: Operation, file: &str) -> Subject<'_> {
        let user = Some(USER.parse().unwrap());
        Subject { operation, user, filename: Some(file), key: Some(file) }
    }

    /// Returns for each of `puts` PUTs the rule that strikes it.
    fn struck(faults: &Faults, puts: usize) -> Vec<Option<String>> {
        let put = subject(Operation::Put, "a.txt");
        (0..puts).map(|_| faults.strike(&put).map(|strike| strike.fault.to_string())).collect()
    }

    /// Returns the indices with a value.
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
        let hits: Vec<u64> = faults.list(None).iter().map(|set| set.hits).collect();
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
        // Exchanges before it do not count.
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
    fn a_reset_begins_anew_with_what_was_there_from_the_start() {
        let faults = faults(vec![Fault::put().close().probability(0.5)]);
        let before = struck(&faults, 20);
        faults.set(vec![Fault::list().close()]).unwrap();
        let signature = "a".repeat(64);
        faults.kill(&signature, DeadUrl { fault: "1".into(), until: jiff::Timestamp::MAX });
        assert!(faults.dead(&signature).is_some());
        faults.reset();
        assert_eq!(faults.list(None).len(), 1);
        assert!(!faults.are_for(Operation::List) && faults.dead(&signature).is_none());
        assert_eq!(struck(&faults, 20), before);
    }

    #[test]
    fn rules_of_a_user_are_listed_and_removed_alone() {
        let [one, other]: [UserId; 2] = ["a", "b"].map(|digit| digit.repeat(24).parse().unwrap());
        let rule = |user: UserId| Fault::put().user(user).close();
        let faults = faults(vec![rule(one), Fault::put().close(), rule(other), rule(one)]);
        let ids = |user| faults.list(user).iter().map(|set| set.id.to_string()).collect::<Vec<_>>().join(" ");
        assert_eq!(
            (ids(Some(one)), ids(Some(other)), ids(None)),
            ("1 4".into(), "3".into(), "1 2 3 4".into())
        );
        faults.remove_of(one);
        assert_eq!(ids(None), "2 3");
    }
}
