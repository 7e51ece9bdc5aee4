//! The suite for clients, as the command line and tests set it up and run it.

use std::{
    ffi::OsString,
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{
    command::Words,
    harness::{Harness, Setup},
    interrupt::Interrupt,
    scenarios::{self, ClientCheck},
};
use crate::{
    conformance::{
        CannotRun, Description, Progress,
        runner::{self, Plan},
        suite::Suite,
    },
    report::{Conformance, Status, Subject},
};

/// Default limit on the time for a file.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A suite for one client.
pub type Client = Suite<ForClient>;

/// The settings of a suite for a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForClient {
    words: Words,
    is_persistent: bool,
    is_intercepted: bool,
}

/// Creates the suite for a client that this command runs.
pub fn client(words: impl IntoIterator<Item = impl Into<OsString>>) -> Client {
    let words = Words::new(words.into_iter().map(Into::into).collect());
    Suite::new(ForClient { words, is_persistent: false, is_intercepted: false }, 10, TIMEOUT)
}

/// Returns all checks of the suite for clients, in its order.
pub fn client_checks() -> impl Iterator<Item = Description> {
    scenarios::all().into_iter().map(|check| check.description)
}

impl Client {
    /// Serves all cases by one process, which reads and writes a JSON object a line.
    #[must_use]
    pub fn persistent(mut self) -> Self {
        self.subject.is_persistent = true;
        self
    }

    /// Leads the client's connections to production's hosts to the emulator over TLS, as `assay run --intercept`.
    #[must_use]
    pub fn intercepted(mut self) -> Self {
        self.subject.is_intercepted = true;
        self
    }

    /// Runs the suite; blocks until it is over.
    ///
    /// # Errors
    ///
    /// [`CannotRun`] if it cannot begin, or the client cannot be started.
    pub fn run(&self) -> Result<Conformance, CannotRun> {
        self.run_watched(&|_| {})
    }

    /// Runs the suite, and reports its progress to `watch` from several threads.
    ///
    /// # Errors
    ///
    /// [`CannotRun`] if it cannot begin, or the client cannot be started.
    pub fn run_watched(&self, watch: &(dyn Fn(Progress<'_>) + Sync)) -> Result<Conformance, CannotRun> {
        self.run_until(&Interrupt::default(), watch)
    }

    /// Runs the suite until it is interrupted. It then ends the client and its child processes: their own process group
    /// does not get Ctrl-C.
    ///
    /// # Errors
    ///
    /// [`CannotRun`] if it cannot begin, the client cannot be started, or the suite was interrupted.
    pub fn run_until(
        &self,
        interrupt: &Interrupt,
        watch: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Conformance, CannotRun> {
        let ForClient { words, is_persistent, is_intercepted } = &self.subject;
        words.check()?;
        let setup = Arc::new(Setup {
            words: words.clone(),
            is_persistent: *is_persistent,
            is_intercepted: *is_intercepted,
            timeout: self.timeout,
            interrupt: interrupt.clone(),
            over: Mutex::default(),
        });
        let target = (Subject::Client, words.text());
        self.report(target, scenarios::all(), watch, |mut checks, plan| {
            if let Some(why) = plain_upload_fails(&checks, &setup)? {
                let others = checks.iter_mut().filter(|check| !scenarios::is_plain(check));
                others.for_each(|check| check.unfit = Some((Status::Error, why.clone())));
            }
            let mode = if *is_persistent { " --persistent" } else { "" };
            let intercept = if *is_intercepted { " --intercept" } else { "" };
            let timeout = self.timeout_option(TIMEOUT);
            let before = format!("assay conformance client{mode}{intercept}{timeout}");
            let plan = Plan {
                // Each case starts a process, or waits.
                shrinking: (60, Duration::from_secs(5)),
                command: (before, format!(" -- {}", words.text())),
                is_over: &|| setup.over().is_some(),
                ..plan
            };
            let results = runner::run(&checks, &async || Harness::start(&setup).await, &plan)?;
            setup.over().take().map_or(Ok(results), Err)
        })
    }
}

/// Returns why a plain upload fails, on which all checks but those of the theme `upload` depend.
fn plain_upload_fails(checks: &[ClientCheck], setup: &Arc<Setup>) -> Result<Option<String>, CannotRun> {
    if checks.iter().all(scenarios::is_plain) {
        return Ok(None);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let step = runtime.block_on(async {
        let harness = Harness::start(setup).await?;
        Ok::<_, CannotRun>(scenarios::plain(&harness).await)
    })?;
    match (setup.over().take(), step) {
        (Some(why), _) => Err(why),
        (None, Ok(())) => Ok(None),
        (None, Err(stop)) => Ok(Some(format!("plain upload fails: {}", stop.why()))),
    }
}
