//! Runs checks of any subject: those that can run beside each other on some threads, the others one after the
//! other. It knows no server and no client.

mod case;
mod judge;
mod past;

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

pub(crate) use case::{Over, Property};
pub(crate) use past::Past;
pub use past::PastError;

use super::{Description, Progress};
use crate::report::{CheckResult, Status};

/// How many threads ask at a time: more than there are cores, since each mostly waits.
const THREADS: usize = 4;

/// A check of a subject `S`.
pub(crate) struct Check<S> {
    pub(crate) description: Description,
    /// Whether nothing else may be asked meanwhile.
    pub(crate) is_alone: bool,
    /// Why it cannot be asked here at all.
    pub(crate) skipped: Option<String>,
    pub(crate) property: Box<dyn Property<S>>,
}

/// How checks are run.
pub(crate) struct Plan<'a> {
    pub(crate) seed: u64,
    /// How many cases a check has.
    pub(crate) cases: u32,
    /// The one case that is run.
    pub(crate) case: Option<u32>,
    /// How long a check may take.
    pub(crate) max_time: Option<Duration>,
    /// The command that runs a check again, without `--seed`, `--only` and `--case`.
    pub(crate) command: &'a str,
}

impl<S> Check<S> {
    /// The result of a check that has not begun.
    pub(crate) fn result(&self) -> CheckResult {
        let Description { id, title, level, source, .. } = self.description;
        CheckResult {
            id,
            title,
            level,
            source,
            status: Status::Passed,
            cases: 0,
            reason: None,
            counterexample: Vec::new(),
            curl: Vec::new(),
            replay: None,
            is_known: false,
            took: Duration::ZERO,
        }
    }
}

impl Plan<'_> {
    fn replay(&self, seed: u64, check: &str, case: u32) -> String {
        format!("{} --seed {seed} --only {check} --case {case}", self.command)
    }
}

/// Runs all checks; `subject` makes one for each thread. The results are in the checks' order.
///
/// # Errors
///
/// Where the system gives no event queue.
pub(crate) fn run<S>(
    checks: &[Check<S>],
    subject: &(impl Fn() -> S + Sync),
    plan: &Plan<'_>,
    past: &Past,
    watch: &(dyn Fn(Progress<'_>) + Sync),
) -> std::io::Result<Vec<CheckResult>> {
    let results: Mutex<Vec<Option<CheckResult>>> = Mutex::new(checks.iter().map(|_| None).collect());
    let work = |queue: &Mutex<dyn Iterator<Item = usize> + Send>| -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let subject = subject();
            loop {
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some(at) = next else { break };
                watch(Progress::Began(&checks[at].description));
                let result = judge::judge(&checks[at], &subject, plan, past, watch).await;
                watch(Progress::Ended(&result));
                results.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(result);
            }
        });
        Ok(())
    };
    let beside = Mutex::new((0..checks.len()).filter(|at| !checks[*at].is_alone));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(|| work(&beside))).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    work(&Mutex::new((0..checks.len()).filter(|at| checks[*at].is_alone)))?;
    Ok(results.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect())
}
