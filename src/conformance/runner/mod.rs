//! Runs checks of any subject: those that can run beside each other on some threads, the others one after the
//! other. It knows no server and no client.

mod case;
mod judge;
mod past;

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

pub(crate) use case::{Over, Property};
pub(crate) use past::Past;
pub use past::PastError;

use super::{CannotRun, Description, Progress};
use crate::report::{CheckResult, Status};

/// How many threads ask at a time: more than there are cores, since each mostly waits.
const THREADS: usize = 4;

/// A check of a subject `S`.
pub(crate) struct Check<S> {
    pub(crate) description: Description,
    /// Whether nothing else may be asked meanwhile.
    pub(crate) is_alone: bool,
    /// How many cases it has at most, where each takes its time.
    pub(crate) most_cases: Option<u32>,
    /// Why it is not asked here at all, and what it comes to then.
    pub(crate) unfit: Option<(Status, String)>,
    /// What to do where it fails.
    pub(crate) advice: Option<&'static str>,
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
    /// How long, and how often, a smaller case is looked for where nobody says how long a check may take.
    pub(crate) patience: Patience,
    /// The command that runs a check again, without `--seed`, `--only` and `--case`.
    pub(crate) command: &'a str,
    /// What is behind these in the command.
    pub(crate) behind: &'a str,
}

/// How much is done to make a case that fails smaller.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// So many smaller cases are tried at most.
    pub(crate) tries: u32,
    /// So long at most, in real time.
    pub(crate) time: Duration,
}

/// What checks are asked of; each thread of a suite has one.
pub(crate) trait Subject {
    /// Whether nothing more can be asked of it, nor of any other.
    fn is_over(&self) -> bool {
        false
    }

    /// Ends what it started.
    async fn close(&self);
}

impl<S> Check<S> {
    /// The result of a check that has not begun.
    pub(crate) fn result(&self) -> CheckResult {
        let Description { id, title, level, source, .. } = self.description;
        CheckResult::new(id, title, level, source)
    }
}

impl Plan<'_> {
    fn replay(&self, seed: u64, check: &str, case: u32) -> String {
        format!("{} --seed {seed} --only {check} --case {case}{}", self.command, self.behind)
    }
}

/// Runs all checks; `subject` makes one for each thread. The results are in the checks' order.
///
/// # Errors
///
/// Where a subject cannot be made, or the system gives no event queue.
pub(crate) fn run<S: Subject>(
    checks: &[Check<S>],
    subject: &(impl AsyncFn() -> Result<S, CannotRun> + Sync),
    plan: &Plan<'_>,
    past: &Past,
    watch: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Vec<CheckResult>, CannotRun> {
    let results: Mutex<Vec<Option<CheckResult>>> = Mutex::new(checks.iter().map(|_| None).collect());
    let work = |queue: &Mutex<VecDeque<usize>>| -> Result<(), CannotRun> {
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Some(mut at) = next() else { return Ok(()) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let subject = subject().await?;
            loop {
                watch(Progress::Began(&checks[at].description));
                let result = judge::judge(&checks[at], &subject, plan, past, watch).await;
                if subject.is_over() {
                    break;
                }
                watch(Progress::Ended(&result));
                results.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(result);
                let Some(another) = next() else { break };
                at = another;
            }
            subject.close().await;
            Ok(())
        })
    };
    let (alone, beside): (VecDeque<usize>, VecDeque<usize>) =
        (0..checks.len()).partition(|at| checks[*at].is_alone);
    let (alone, beside) = (Mutex::new(alone), Mutex::new(beside));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(|| work(&beside))).collect();
        let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        joined
            .into_iter()
            .try_for_each(|ended| ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    work(&alone)?;
    Ok(results.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect())
}
