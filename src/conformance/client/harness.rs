//! Where a client is tried: an emulator, a folder for its files, and the client itself where one process serves all.
//! One for each thread of a suite.

use std::{
    cell::{Cell, RefCell},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tempfile::TempDir;

use super::{command::Words, interrupt::Interrupt, once, outcome::Outcome, persistent::Process};
use crate::{
    Emulator,
    conformance::{CannotRun, runner::Subject},
};

/// The API key that clients are given.
pub(super) const API_KEY: &str = "assay-key";

/// How a client is run.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) words: Words,
    pub(super) is_persistent: bool,
    /// How long a file may take.
    pub(super) timeout: Duration,
    /// What ends the suite early.
    pub(super) interrupt: Interrupt,
    over: Mutex<Option<CannotRun>>,
}

impl Setup {
    pub(super) fn new(words: Words, is_persistent: bool, timeout: Duration, interrupt: Interrupt) -> Self {
        Self { words, is_persistent, timeout, interrupt, over: Mutex::default() }
    }

    /// How a client says what came of it.
    pub(super) fn protocol(&self) -> &'static str {
        if self.is_persistent {
            "Answer each line of stdin with one JSON object on a line of stdout, {\"case\": 1, \"s3Key\": \"...\"} or \
             {\"case\": 1, \"error\": \"...\"}, and write all else to stderr; is --persistent among the client's own \
             arguments, too?"
        } else {
            "Print the s3Key as the last line on stdout and exit with 0; where that cannot be, say why on stderr and exit \
             otherwise; leave no process behind"
        }
    }

    /// Takes down why nothing more can be asked of the client.
    pub(super) fn give_up(&self, why: CannotRun) {
        self.lock().get_or_insert(why);
    }

    /// Why that is, where it was given up.
    pub(super) fn why_over(&self) -> Option<CannotRun> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<CannotRun>> {
        self.over.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A harness.
pub(super) struct Harness {
    pub(super) setup: Arc<Setup>,
    pub(super) emulator: Emulator,
    pub(super) folder: TempDir,
    process: RefCell<Option<Process>>,
    users: Cell<u64>,
}

/// What a client is asked to do.
pub(super) struct Job<'a> {
    pub(super) base_url: &'a str,
    pub(super) api_key: &'a str,
    pub(super) user_id: &'a str,
    pub(super) path: &'a Path,
    pub(super) filename: &'a str,
    pub(super) mime_type: &'a str,
}

/// What a client made of it.
#[derive(Debug)]
pub(super) struct ClientRun {
    pub(super) outcome: Outcome,
    /// What it printed, of both streams.
    pub(super) output: String,
}

impl Job<'_> {
    pub(super) fn environment(&self) -> [(&'static str, String); 5] {
        [
            ("ALLOY_BASE_URL", self.base_url),
            ("ALLOY_API_KEY", self.api_key),
            ("ALLOY_USER_ID", self.user_id),
            ("ALLOY_FILENAME", self.filename),
            ("ALLOY_MIME_TYPE", self.mime_type),
        ]
        .map(|(name, value)| (name, value.to_owned()))
    }
}

impl Harness {
    pub(super) fn new(setup: Arc<Setup>, emulator: Emulator, folder: TempDir) -> Self {
        Self { setup, emulator, folder, process: RefCell::default(), users: Cell::default() }
    }

    /// A user's id that nobody had before.
    pub(super) fn new_user(&self) -> String {
        self.users.set(self.users.get() + 1);
        format!("a55a{:020x}", self.users.get())
    }

    /// Lets the client do a job.
    pub(super) async fn run(
        &self,
        job: &Job<'_>,
        is_certain: &dyn Fn() -> bool,
    ) -> Result<ClientRun, CannotRun> {
        let interrupt = &self.setup.interrupt;
        if interrupt.is_now() {
            return Err(CannotRun::Interrupted);
        }
        let told = self.run_until(job, &|| interrupt.is_now() || is_certain()).await?;
        if interrupt.is_now() { Err(CannotRun::Interrupted) } else { Ok(told) }
    }

    async fn run_until(&self, job: &Job<'_>, is_certain: &dyn Fn() -> bool) -> Result<ClientRun, CannotRun> {
        let Setup { words, is_persistent, timeout, .. } = &*self.setup;
        if !*is_persistent {
            return Ok(once::run(words, job, *timeout, is_certain).await?);
        }
        let kept = self.process.take();
        let process = kept.map_or_else(|| Process::start(words), Ok)?;
        let (told, process) = process.run(job, *timeout, is_certain).await;
        self.process.replace(process);
        Ok(told)
    }
}

impl Subject for Harness {
    fn is_over(&self) -> bool {
        self.setup.lock().is_some()
    }

    /// Ends the client that serves all.
    async fn close(&self) {
        if let Some(process) = self.process.take() {
            process.end().await;
        }
    }
}

/// Comes back once something is certain.
pub(super) async fn until(is_certain: &dyn Fn() -> bool) {
    while !is_certain() {
        after(Duration::from_millis(20)).await;
    }
}

/// Comes back after so much real time.
pub(super) async fn after(time: Duration) {
    #[expect(clippy::disallowed_methods, reason = "a client takes real time")]
    tokio::time::sleep(time).await;
}
