//! The suite for clients, as the command line and tests set it up and run it.

use std::{ffi::OsString, path::PathBuf, sync::Arc, time::Duration};

use super::{
    command::Words,
    interrupt::Interrupt,
    scenarios::{self, ClientCheck},
    stand::{Setup, Stand},
};
use crate::{
    Emulator,
    conformance::{
        CannotRun, Description, Progress,
        outcome::Stop,
        runner::{self, Past, Patience, Plan, Subject as _},
        select,
        wire::{now, today},
    },
    exchange::Chance,
    report::{Conformance, Subject, Summary},
};

/// A suite for one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    words: Words,
    is_persistent: bool,
    cases: u32,
    seed: Option<u64>,
    only: Vec<String>,
    skip: Vec<String>,
    case: Option<u32>,
    timeout: Duration,
    max_time: Option<Duration>,
    past_failures: Option<PathBuf>,
}

/// The suite for a client that this command runs.
#[must_use]
pub fn client(words: impl IntoIterator<Item = impl Into<OsString>>) -> Client {
    Client {
        words: Words::new(words.into_iter().map(Into::into).collect()),
        is_persistent: false,
        cases: 10,
        seed: None,
        only: Vec::new(),
        skip: Vec::new(),
        case: None,
        timeout: Duration::from_secs(30),
        max_time: None,
        past_failures: None,
    }
}

/// All checks of the suite for clients, in its order.
pub fn client_checks() -> impl Iterator<Item = Description> {
    scenarios::all().into_iter().map(|check| check.description)
}

impl Client {
    /// One process serves all cases: a JSON object a line in, a JSON object a line out.
    #[must_use]
    pub fn persistent(mut self) -> Self {
        self.is_persistent = true;
        self
    }

    /// How many cases a check has; those that take their time have fewer.
    #[must_use]
    pub fn cases(mut self, cases: u32) -> Self {
        self.cases = cases;
        self
    }

    /// The seed of all cases; random without one.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Runs no checks but those whose id is like this. Repeatable.
    #[must_use]
    pub fn only(mut self, pattern: impl Into<String>) -> Self {
        self.only.push(pattern.into());
        self
    }

    /// Leaves out the checks whose id is like this. Repeatable.
    #[must_use]
    pub fn skip(mut self, pattern: impl Into<String>) -> Self {
        self.skip.push(pattern.into());
        self
    }

    /// Runs this one case of each check, counted from 0, as a report's replay says.
    #[must_use]
    pub fn case(mut self, case: u32) -> Self {
        self.case = Some(case);
        self
    }

    /// How long the client may take for a file, in real time.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long a check may take, shrinking included, in real time.
    #[must_use]
    pub fn max_time(mut self, time: Duration) -> Self {
        self.max_time = Some(time);
        self
    }

    /// A file of past failures: they are tried first, and new ones are added to it.
    #[must_use]
    pub fn past_failures(mut self, file: impl Into<PathBuf>) -> Self {
        self.past_failures = Some(file.into());
        self
    }

    /// Runs the suite, and blocks until it is over.
    ///
    /// # Errors
    ///
    /// [`CannotRun`] where it cannot begin, or the client cannot be started.
    pub fn run(&self) -> Result<Conformance, CannotRun> {
        self.run_watched(&|_| {})
    }

    /// As [`Self::run`]; `watch` is told of what happens meanwhile, from several threads.
    ///
    /// # Errors
    ///
    /// [`CannotRun`] where it cannot begin, or the client cannot be started.
    pub fn run_watched(&self, watch: &(dyn Fn(Progress<'_>) + Sync)) -> Result<Conformance, CannotRun> {
        self.run_until(&Interrupt::default(), watch)
    }

    /// As [`Self::run_watched`], until it is interrupted: the client, which runs in a process group of its own and hears
    /// of no Ctrl-C, is ended then, with all that it started.
    ///
    /// # Errors
    ///
    /// [`CannotRun`] where it cannot begin, the client cannot be started, or the suite was interrupted.
    pub fn run_until(
        &self,
        interrupt: &Interrupt,
        watch: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Conformance, CannotRun> {
        let (started, began) = (today(), now());
        self.words.check()?;
        let mut checks = select::choose(scenarios::all(), &self.only, &self.skip, "client")?;
        let past = self.past_failures.as_deref().map(Past::read).transpose()?.unwrap_or_default();
        let seed = self.seed.unwrap_or_else(Chance::random_seed);
        let setup = Setup::new(self.words.clone(), self.is_persistent, self.timeout, interrupt.clone());
        let setup = Arc::new(setup);
        if let Some(why) = lacks_ground(&checks, &setup)? {
            let building_on_it = checks.iter_mut().filter(|check| !scenarios::is_of_an_upload(check));
            building_on_it.for_each(|check| check.skipped = Some(why.clone()));
        }
        let (command, behind) = self.command();
        let plan = Plan {
            seed,
            cases: self.cases,
            case: self.case,
            max_time: self.max_time,
            // A process takes its time.
            patience: Patience { tries: 60, time: Duration::from_secs(5) },
            command: &command,
            behind: &behind,
        };
        let results = runner::run(&checks, &async || stand(&setup).await, &plan, &past, watch)?;
        if let Some(why) = setup.why_over() {
            return Err(why);
        }
        if let Some(path) = &self.past_failures {
            past.add(path, &results)?;
        }
        Ok(Conformance {
            version: env!("CARGO_PKG_VERSION"),
            subject: Subject::Client,
            target: self.words.text(),
            seed,
            cases: self.cases,
            summary: Summary::of(&results),
            checks: results,
            started,
            took: now().saturating_duration_since(began),
            stale: Vec::new(),
        })
    }

    /// The command that runs a check again, in two parts: what is before the options that choose it, and what is behind.
    fn command(&self) -> (String, String) {
        let mode = if self.is_persistent { " --persistent" } else { "" };
        (format!("assay conformance client{mode}"), format!(" -- {}", self.words.text()))
    }
}

/// Why nothing can be asked that builds on an upload; `None` where one without any trouble works.
fn lacks_ground(checks: &[ClientCheck], setup: &Arc<Setup>) -> Result<Option<String>, CannotRun> {
    if checks.iter().all(scenarios::is_of_an_upload) {
        return Ok(None);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let step = runtime.block_on(async {
        let stand = stand(setup).await?;
        let step = scenarios::plain(&stand).await;
        stand.close().await;
        Ok::<_, CannotRun>(step)
    })?;
    match (setup.why_over(), step) {
        (Some(why), _) => Err(why),
        (None, Ok(())) => Ok(None),
        (None, Err(Stop::Failed(why) | Stop::Late(why) | Stop::Blocked(why) | Stop::Broken(why))) => {
            Ok(Some(format!("an upload without any trouble does not work yet: {why}")))
        }
    }
}

/// A stand for one thread.
async fn stand(setup: &Arc<Setup>) -> Result<Stand, CannotRun> {
    let folder = tempfile::tempdir()?;
    let emulator = Emulator::builder().start().await?;
    Ok(Stand::new(Arc::clone(setup), emulator, folder))
}
