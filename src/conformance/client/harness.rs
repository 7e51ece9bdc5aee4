//! Test environment of a client: an emulator, a folder for its files, and the client itself if one process serves all
//! cases. Each thread of a suite has one.

use std::{
    cell::{Cell, RefCell},
    path::Path,
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tempfile::TempDir;

use super::{command::Words, interrupt::Interrupt, once, outcome::Outcome, persistent::Process};
use crate::{Builder, Emulator, EtagForm, conformance::CannotRun, exchange::PRODUCTION};

/// The API key that clients get.
pub(super) const API_KEY: &str = "assay-key";

/// Configuration of the client.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) words: Words,
    pub(super) is_persistent: bool,
    /// Whether the client's connections to production's hosts are led to the emulator.
    pub(super) is_intercepted: bool,
    /// Limit on the time for a file.
    pub(super) timeout: Duration,
    /// Ends the suite early.
    pub(super) interrupt: Interrupt,
    /// Why the suite was given up.
    pub(super) over: Mutex<Option<CannotRun>>,
}

impl Setup {
    /// Returns how a client has to report its outcome.
    pub(super) fn protocol(&self) -> &'static str {
        if self.is_persistent {
            "Answer each line of stdin with one JSON object on a line of stdout, {\"case\": 1, \"s3Key\": \"...\"} or \
             {\"case\": 1, \"error\": \"...\"}, and write all else to stderr; is --persistent among the client's own \
             arguments, too?"
        } else {
            "Print the s3Key as the last line on stdout and exit with 0; on failure, print why on stderr and exit with \
             another code; leave no process behind"
        }
    }

    /// Returns why the suite was given up.
    pub(super) fn over(&self) -> std::sync::MutexGuard<'_, Option<CannotRun>> {
        self.over.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Harness {
    pub(super) setup: Arc<Setup>,
    pub(super) emulator: Rc<Emulator>,
    /// An emulator whose `ETag`s are not MD5s, once a case needed it.
    opaque: RefCell<Option<Rc<Emulator>>>,
    pub(super) folder: TempDir,
    /// The process for all cases, and the emulator that it is led to.
    process: RefCell<Option<(Rc<Emulator>, Process)>>,
    users: Cell<u64>,
}

/// Job of a client.
pub(super) struct Job<'a> {
    pub(super) base_url: &'a str,
    pub(super) api_key: &'a str,
    pub(super) user_id: &'a str,
    pub(super) path: &'a Path,
    pub(super) filename: &'a str,
    pub(super) mime_type: &'a str,
}

/// Result of a job.
#[derive(Debug)]
pub(super) struct ClientRun {
    pub(super) outcome: Outcome,
    /// Its output on both streams.
    pub(super) output: String,
}

impl Harness {
    pub(super) async fn start(setup: &Arc<Setup>) -> Result<Self, CannotRun> {
        Ok(Self {
            setup: Arc::clone(setup),
            emulator: Rc::new(builder(setup).start().await?),
            opaque: RefCell::default(),
            folder: tempfile::tempdir()?,
            process: RefCell::default(),
            users: Cell::default(),
        })
    }

    /// Returns an emulator whose `ETag`s are not MD5s.
    pub(super) async fn opaque(&self) -> Result<Rc<Emulator>, CannotRun> {
        if let Some(opaque) = &*self.opaque.borrow() {
            return Ok(Rc::clone(opaque));
        }
        let started = Rc::new(builder(&self.setup).etag(EtagForm::Opaque).start().await?);
        Ok(Rc::clone(self.opaque.borrow_mut().insert(started)))
    }

    /// Returns the base URL that the client gets.
    pub(super) fn base_url(&self, emulator: &Emulator) -> String {
        if self.setup.is_intercepted {
            format!("https://{PRODUCTION}")
        } else {
            emulator.base_url().to_owned()
        }
    }

    /// Returns the id of a user that no case had before.
    pub(super) fn new_user(&self) -> String {
        self.users.set(self.users.get() + 1);
        format!("a55a{:020x}", self.users.get())
    }

    /// Runs the client for a job at an emulator, until `is_certain` says that nothing can change the verdict.
    pub(super) async fn run(
        &self,
        job: &Job<'_>,
        emulator: &Rc<Emulator>,
        is_certain: &dyn Fn() -> bool,
    ) -> Result<ClientRun, CannotRun> {
        let Setup { words, is_persistent, is_intercepted, timeout, interrupt, .. } = &*self.setup;
        if interrupt.is_now() {
            return Err(CannotRun::Interrupted);
        }
        let is_certain = || interrupt.is_now() || is_certain();
        let variables = || if *is_intercepted { emulator.intercept_env() } else { Vec::new() };
        let run = if *is_persistent {
            let kept =
                self.process.take().filter(|(led_to, _)| !is_intercepted || Rc::ptr_eq(led_to, emulator));
            let process =
                kept.map_or_else(|| Process::start(words, variables()), |(_, process)| Ok(process))?;
            let (run, process) = process.run(job, *timeout, &is_certain).await;
            self.process.replace(process.map(|process| (Rc::clone(emulator), process)));
            run
        } else {
            once::run(words, variables(), job, *timeout, &is_certain).await?
        };
        if interrupt.is_now() { Err(CannotRun::Interrupted) } else { Ok(run) }
    }
}

/// Returns the settings of an emulator.
fn builder(setup: &Setup) -> Builder {
    let builder = Emulator::builder();
    // A client that is led through the proxy is not to lose the rest of the world.
    if setup.is_intercepted { builder.allow_host("*") } else { builder }
}

/// Waits until a condition holds.
pub(super) async fn until(holds: &dyn Fn() -> bool) {
    while !holds() {
        after(Duration::from_millis(20)).await;
    }
}

/// Waits for so much real time.
pub(super) async fn after(time: Duration) {
    #[expect(clippy::disallowed_methods, reason = "a client takes real time")]
    tokio::time::sleep(time).await;
}
