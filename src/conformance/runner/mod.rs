//! Runs checks of any subject: on several threads those that can run side by side, then the others one by one. It
//! knows neither servers nor clients.

mod judge;
mod past;

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

pub(crate) use past::Past;
pub use past::PastError;

use super::{CannotRun, Progress, check::Check};
use crate::report::CheckResult;

/// Threads that run checks: more than there are cores, since each mostly waits.
const THREADS: usize = 4;

/// Configuration of a run.
pub(crate) struct Plan<'a> {
    pub(crate) seed: u64,
    /// Cases of each check.
    pub(crate) cases: u32,
    /// The only case to run.
    pub(crate) case: Option<u32>,
    /// Limit on the time of a check.
    pub(crate) max_time: Option<Duration>,
    /// Limits on how many smaller cases are tried, and for how long if `max_time` is not set.
    pub(crate) shrinking: (u32, Duration),
    /// The command that reproduces a failure: the part before `--seed`, `--only` and `--case`, and the part after.
    pub(crate) command: (String, String),
    pub(crate) past: &'a Past,
    pub(crate) watch: &'a (dyn Fn(Progress<'_>) + Sync),
    /// Whether the suite was given up, so that no result counts any more.
    pub(crate) is_over: &'a (dyn Fn() -> bool + Sync),
}

impl Plan<'_> {
    fn replay(&self, seed: u64, check: &str, case: u32) -> String {
        let (before, after) = &self.command;
        format!("{before} --seed {seed} --only {check} --case {case}{after}")
    }
}

/// Runs all checks; `subject` makes the subject of each thread. Returns the results in the order of the checks.
///
/// # Errors
///
/// If a subject or a runtime cannot be created.
pub(crate) fn run<S: 'static>(
    checks: &[Check<S>],
    subject: &(impl AsyncFn() -> Result<S, CannotRun> + Sync),
    plan: &Plan<'_>,
) -> Result<Vec<CheckResult>, CannotRun> {
    let results: Mutex<Vec<Option<CheckResult>>> = Mutex::new(checks.iter().map(|_| None).collect());
    let work = |queue: &Mutex<VecDeque<usize>>| -> Result<(), CannotRun> {
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Some(mut at) = next() else { return Ok(()) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let subject = subject().await?;
            loop {
                (plan.watch)(Progress::Began(&checks[at].description));
                let result = judge::judge(&checks[at], &subject, plan).await;
                if (plan.is_over)() {
                    return Ok(());
                }
                (plan.watch)(Progress::Ended(&result));
                results.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(result);
                let Some(another) = next() else { return Ok(()) };
                at = another;
            }
        })
    };
    let (alone, mut beside): (Vec<usize>, Vec<usize>) =
        (0..checks.len()).partition(|at| checks[*at].is_alone);
    // Checks with few cases wait the longest in each. Started last, they would extend the run.
    beside.sort_by_key(|at| checks[*at].max_cases.unwrap_or(u32::MAX));
    let [alone, beside] = [alone, beside].map(|queue| Mutex::new(VecDeque::from(queue)));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(|| work(&beside))).collect();
        let mut ended = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        ended.try_for_each(|ended| ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    work(&alone)?;
    Ok(results.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect())
}
