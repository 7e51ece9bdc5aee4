//! The suite for clients, as the command line and tests set it up and run it.

use std::{ffi::OsString, sync::Arc, time::Duration};

use super::{
    command::Words,
    harness::{Harness, Setup},
    interrupt::Interrupt,
    scenarios::{self, ClientCheck},
};
use crate::{
    Emulator,
    conformance::{
        CannotRun, Description, Progress,
        runner::{self, Patience, Subject as _},
        suite::Suite,
    },
    report::{Conformance, Status, Subject},
};

/// How long a client may take for a file, unless it is said.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A suite for one client.
pub type Client = Suite<ForClient>;

/// What a suite for a client has of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForClient {
    words: Words,
    is_persistent: bool,
}

/// The suite for a client that this command runs.
#[must_use]
pub fn client(words: impl IntoIterator<Item = impl Into<OsString>>) -> Client {
    let words = Words::new(words.into_iter().map(Into::into).collect());
    Suite::new(ForClient { words, is_persistent: false }, 10, TIMEOUT)
}

/// All checks of the suite for clients, in its order.
pub fn client_checks() -> impl Iterator<Item = Description> {
    scenarios::all().into_iter().map(|check| check.description)
}

impl Client {
    /// One process serves all cases: a JSON object a line in, a JSON object a line out.
    #[must_use]
    pub fn persistent(mut self) -> Self {
        self.subject.is_persistent = true;
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
        let ForClient { words, is_persistent } = &self.subject;
        words.check()?;
        let setup = Arc::new(Setup::new(words.clone(), *is_persistent, self.timeout, interrupt.clone()));
        self.report((Subject::Client, words.text()), scenarios::all(), |mut chosen, seed, past| {
            if let Some(why) = lacks_ground(&chosen, &setup)? {
                let building_on_it = chosen.iter_mut().filter(|check| !scenarios::is_of_an_upload(check));
                building_on_it.for_each(|check| check.unfit = Some((Status::Error, why.clone())));
            }
            let (command, behind) = self.command();
            // A process takes its time.
            let patience = Patience { tries: 60, time: Duration::from_secs(5) };
            let plan = self.plan(seed, patience, (&command, &behind));
            let results = runner::run(&chosen, &async || harness(&setup).await, &plan, past, watch)?;
            setup.why_over().map_or(Ok(results), Err)
        })
    }

    /// The command that runs a check again, in two parts: what is before the options that choose it, and what is behind.
    fn command(&self) -> (String, String) {
        let mode = if self.subject.is_persistent { " --persistent" } else { "" };
        let timeout = self.timeout_option(TIMEOUT);
        (format!("assay conformance client{mode}{timeout}"), format!(" -- {}", self.subject.words.text()))
    }
}

/// Why nothing can be asked that builds on an upload; `None` where one without any trouble works.
fn lacks_ground(checks: &[ClientCheck], setup: &Arc<Setup>) -> Result<Option<String>, CannotRun> {
    if checks.iter().all(scenarios::is_of_an_upload) {
        return Ok(None);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let step = runtime.block_on(async {
        let harness = harness(setup).await?;
        let step = scenarios::plain(&harness).await;
        harness.close().await;
        Ok::<_, CannotRun>(step)
    })?;
    match (setup.why_over(), step) {
        (Some(why), _) => Err(why),
        (None, Ok(())) => Ok(None),
        (None, Err(stop)) => Ok(Some(format!("plain upload fails: {}", stop.why()))),
    }
}

/// A harness for one thread.
async fn harness(setup: &Arc<Setup>) -> Result<Harness, CannotRun> {
    let folder = tempfile::tempdir()?;
    let emulator = Emulator::builder().start().await?;
    Ok(Harness::new(Arc::clone(setup), emulator, folder))
}
