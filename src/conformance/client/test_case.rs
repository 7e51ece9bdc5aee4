//! One case: files on disk, faults, and the recorded exchanges.

use std::{
    cell::{Cell, RefCell},
    fs,
    path::PathBuf,
    rc::Rc,
    time::Duration,
};

use super::{
    harness::{API_KEY, Harness, Job, after, until},
    outcome::Outcome,
};
use crate::{
    Emulator, Fault,
    conformance::{
        CannotRun,
        outcome::{Evidence, Ran, Step, Stop},
        strategy::File,
    },
    exchange::{Exchange, Operation},
};

/// Time limit for the end of exchanges after the client, in real time: until its connections are closed.
const SETTLING: Duration = Duration::from_millis(500);

/// A case that is being run.
pub(super) struct TestCase<'a> {
    harness: &'a Harness,
    emulator: RefCell<Rc<Emulator>>,
    output: RefCell<String>,
    waited: Cell<Duration>,
}

/// Result of a file.
pub(super) struct Upload {
    pub(super) user: String,
    pub(super) outcome: Outcome,
    /// The exchanges of this upload.
    pub(super) exchanges: Vec<Exchange>,
}

impl Upload {
    /// Returns the exchanges of one operation.
    pub(super) fn of(&self, operation: Operation) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter().filter(move |exchange| exchange.operation == operation)
    }

    pub(super) fn count(&self, operation: Operation) -> usize {
        self.of(operation).count()
    }
}

impl<'a> TestCase<'a> {
    /// Begins a case on a reset emulator.
    pub(super) fn begin(harness: &'a Harness) -> Self {
        harness.emulator.reset();
        let emulator = RefCell::new(Rc::clone(&harness.emulator));
        Self { harness, emulator, output: RefCell::default(), waited: Cell::default() }
    }

    fn emulator(&self) -> Rc<Emulator> {
        Rc::clone(&self.emulator.borrow())
    }

    /// Answers uploads with `ETag`s that are not MD5s, as S3 does for objects that are encrypted with SSE-KMS.
    pub(super) async fn use_opaque_etags(&self) -> Step {
        let opaque = self.harness.opaque().await.map_err(|error| self.give_up(error))?;
        opaque.reset();
        self.emulator.replace(opaque);
        Ok(())
    }

    /// Injects a fault; returns its id.
    pub(super) fn fault(&self, fault: Fault) -> String {
        self.emulator().inject(fault)
    }

    pub(super) fn remove_fault(&self, fault: &str) {
        self.emulator().faults().remove(fault);
    }

    pub(super) fn new_user(&self) -> String {
        self.harness.new_user()
    }

    /// Has the client upload a file for a new user.
    pub(super) async fn upload(&self, file: &File) -> Step<Upload> {
        self.upload_for(&self.new_user(), file, &|_| false).await
    }

    /// Has the client upload a file for a new user, until the exchanges make the verdict certain.
    pub(super) async fn upload_until(
        &self,
        file: &File,
        is_certain: &dyn Fn(&[Exchange]) -> bool,
    ) -> Step<Upload> {
        self.upload_for(&self.new_user(), file, is_certain).await
    }

    /// Has the client upload a file for a user.
    pub(super) async fn upload_for(
        &self,
        user: &str,
        file: &File,
        is_certain: &dyn Fn(&[Exchange]) -> bool,
    ) -> Step<Upload> {
        let path = self.write(file)?;
        let emulator = self.emulator();
        let before = emulator.exchanges().len();
        let since = || in_order(emulator.exchanges().split_off(before));
        let job = Job {
            base_url: &self.harness.base_url(&emulator),
            api_key: API_KEY,
            user_id: user,
            path: &path,
            filename: &file.filename,
            mime_type: file.mime_type,
        };
        let ran = self.harness.run(&job, &emulator, &|| is_certain(&since())).await;
        let _ = fs::remove_file(&path);
        let ran = ran.map_err(|error| self.give_up(error))?;
        self.output.borrow_mut().push_str(&ran.output);
        settle(&emulator).await;
        if let Outcome::Nonsense(what) = ran.outcome {
            return Err(Stop::Unheard(what, self.harness.setup.protocol()));
        }
        let exchanges = since();
        self.waited.set(self.waited.get() + waited(&exchanges));
        Ok(Upload { user: user.to_owned(), outcome: ran.outcome, exchanges })
    }

    /// Gives the suite up.
    fn give_up(&self, error: CannotRun) -> Stop {
        let message = error.to_string();
        self.harness.setup.over().get_or_insert(error);
        Stop::Broken(message)
    }

    /// Returns the bytes under a key.
    pub(super) fn stored(&self, key: &str) -> Option<Vec<u8>> {
        self.emulator().content(key)
    }

    /// Returns the rules that the client broke, each with its message.
    pub(super) fn findings(&self) -> Vec<(&'static str, String)> {
        let findings = self.emulator().findings();
        findings.into_iter().map(|finding| (finding.rule, finding.message)).collect()
    }

    /// Ends the case.
    pub(super) fn end(self, step: Step) -> Ran {
        let emulator = self.emulator();
        let evidence = match &step {
            Err(stop) if stop.is_shown() => Evidence {
                exchanges: in_order(emulator.exchanges()),
                findings: emulator.findings(),
                curl: Vec::new(),
                output: Some(self.output.into_inner()).filter(|output| !output.is_empty()),
            },
            _ => Evidence::default(),
        };
        Ran { step, evidence, waited: Some(self.waited.get()) }
    }

    /// Writes the file under its own name.
    fn write(&self, file: &File) -> Step<PathBuf> {
        let path = self.harness.folder.path().join(&file.filename);
        let written = fs::write(&path, &file.content);
        written.map_err(|error| Stop::Broken(format!("{} cannot be written: {error}", path.display())))?;
        Ok(path)
    }
}

/// Waits until all exchanges with a fault are recorded: a delaying fault ends when the client is gone.
async fn settle(emulator: &Emulator) {
    let is_settled = || {
        let hits: u64 = emulator.faults().list().iter().map(|set| set.hits).sum();
        let recorded = emulator.exchanges().iter().filter(|exchange| exchange.fault.is_some()).count();
        recorded as u64 >= hits
    };
    tokio::select! {
        () = until(&is_settled) => {}
        () = after(SETTLING) => {}
    }
}

/// Sorts exchanges by when their requests came: one that was held back is recorded after later ones.
fn in_order(mut exchanges: Vec<Exchange>) -> Vec<Exchange> {
    exchanges.sort_by_key(|exchange| exchange.at);
    exchanges
}

/// Returns the time that the client chose to wait: from each failed request to its next one, for an answer or in a
/// pause.
fn waited(exchanges: &[Exchange]) -> Duration {
    let is_failed = |exchange: &Exchange| exchange.status.is_none_or(|status| status >= 400);
    let pairs = exchanges.windows(2).filter(|pair| is_failed(&pair[0]));
    pairs.map(|pair| pair[1].at.duration_since(pair[0].at).unsigned_abs()).sum()
}
