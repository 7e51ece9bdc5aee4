//! One case: files on disk under their names, what goes wrong on the way, and what the server saw of it.

use std::{
    cell::{Cell, RefCell},
    fs,
    path::PathBuf,
    time::Duration,
};

use super::{
    harness::{API_KEY, Harness, Job, after, until},
    outcome::Outcome,
};
use crate::{
    Fault,
    conformance::{
        outcome::{Evidence, Ran, Step, Stop},
        strategy::File,
    },
    exchange::{Exchange, Operation},
};

/// A case on its way.
pub(super) struct TestCase<'a> {
    harness: &'a Harness,
    output: RefCell<String>,
    waited: Cell<Duration>,
}

/// So long the last of what a client began may come after its end, in real time: until its connections are gone.
const LAST_OF_IT: Duration = Duration::from_millis(500);

/// What became of a file.
pub(super) struct Upload {
    pub(super) user: String,
    pub(super) outcome: Outcome,
    /// The exchanges of this upload alone.
    pub(super) exchanges: Vec<Exchange>,
}

impl Upload {
    /// Those of one operation.
    pub(super) fn of(&self, operation: Operation) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter().filter(move |exchange| exchange.operation == operation)
    }

    pub(super) fn count(&self, operation: Operation) -> usize {
        self.of(operation).count()
    }
}

impl<'a> TestCase<'a> {
    /// A case on an emulator that knows nothing yet.
    pub(super) fn begin(harness: &'a Harness) -> Self {
        harness.emulator.reset();
        Self { harness, output: RefCell::default(), waited: Cell::default() }
    }

    /// Lets something go wrong from now on; gives its name.
    pub(super) fn fault(&self, fault: Fault) -> String {
        self.harness.emulator.inject(fault)
    }

    /// Lets it go wrong no longer.
    pub(super) fn remove_fault(&self, fault: &str) {
        self.harness.emulator.remove_fault(fault);
    }

    pub(super) fn new_user(&self) -> String {
        self.harness.new_user()
    }

    /// Lets the client upload a file for a user of its own.
    pub(super) async fn upload(&self, file: &File) -> Step<Upload> {
        self.upload_for(&self.new_user(), file, &|_| false).await
    }

    /// As [`Self::upload`], until the verdict is certain by what came so far.
    pub(super) async fn upload_until(
        &self,
        file: &File,
        is_certain: &dyn Fn(&[Exchange]) -> bool,
    ) -> Step<Upload> {
        self.upload_for(&self.new_user(), file, is_certain).await
    }

    /// Lets the client upload a file for a user.
    pub(super) async fn upload_for(
        &self,
        user: &str,
        file: &File,
        is_certain: &dyn Fn(&[Exchange]) -> bool,
    ) -> Step<Upload> {
        let path = self.write(file)?;
        let emulator = &self.harness.emulator;
        let before = emulator.journal().len();
        let since = || in_order(emulator.journal().split_off(before));
        let job = Job {
            base_url: emulator.base_url(),
            api_key: API_KEY,
            user_id: user,
            path: &path,
            filename: &file.filename,
            mime_type: file.mime_type,
        };
        let ran = self.harness.run(&job, &|| is_certain(&since())).await;
        let _ = fs::remove_file(&path);
        let ran = ran.map_err(|error| {
            let message = error.to_string();
            self.harness.setup.give_up(error);
            Stop::Broken(message)
        })?;
        self.output.borrow_mut().push_str(&ran.output);
        self.settle().await;
        if let Outcome::Nonsense(what) = ran.outcome {
            return Err(Stop::Unheard(what, self.harness.setup.protocol()));
        }
        let exchanges = since();
        self.waited.set(self.waited.get() + waited(&exchanges));
        Ok(Upload { user: user.to_owned(), outcome: ran.outcome, exchanges })
    }

    /// Waits until all that faults struck is taken down: what they hold back is over once the client is gone.
    async fn settle(&self) {
        let emulator = &self.harness.emulator;
        let is_settled = || {
            let struck: u64 = emulator.faults().iter().map(|set| set.hits).sum();
            let known = emulator.journal().iter().filter(|exchange| exchange.fault.is_some()).count();
            known as u64 >= struck
        };
        tokio::select! {
            () = until(&is_settled) => {}
            () = after(LAST_OF_IT) => {}
        }
    }

    /// The bytes under a key.
    pub(super) fn stored(&self, key: &str) -> Option<Vec<u8>> {
        let objects = self.harness.emulator.objects();
        Some(objects.iter().find(|object| object.key() == key)?.bytes())
    }

    /// The rules that the client broke, each with its message.
    pub(super) fn findings(&self) -> Vec<(&'static str, String)> {
        let findings = self.harness.emulator.findings();
        findings.into_iter().map(|finding| (finding.rule, finding.message)).collect()
    }

    /// Ends the case.
    pub(super) fn end(self, step: Step) -> Ran {
        let evidence = match &step {
            Ok(()) | Err(Stop::Blocked(_) | Stop::NotOffered(_)) => Evidence::default(),
            _ => Evidence {
                exchanges: in_order(self.harness.emulator.journal()),
                findings: self.harness.emulator.findings(),
                curl: Vec::new(),
                output: Some(self.output.into_inner()).filter(|output| !output.is_empty()),
            },
        };
        Ran { step, evidence, waited: Some(self.waited.get()) }
    }

    /// The file under its own name, in a folder of its own.
    fn write(&self, file: &File) -> Step<PathBuf> {
        let path = self.harness.folder.path().join(&file.filename);
        let written = fs::write(&path, &file.content);
        written.map_err(|error| Stop::Broken(format!("{} cannot be written: {error}", path.display())))?;
        Ok(path)
    }
}

/// Exchanges in the order in which their requests came: one that was held back is over, and taken down, after those that
/// came meanwhile.
fn in_order(mut exchanges: Vec<Exchange>) -> Vec<Exchange> {
    exchanges.sort_by_key(|exchange| exchange.at);
    exchanges
}

/// How long a client waited of its own accord: from each request that failed to its next one, be it for an answer that
/// did not come, or in a pause.
fn waited(exchanges: &[Exchange]) -> Duration {
    let is_failed = |exchange: &Exchange| exchange.status.is_none_or(|status| status >= 400);
    let pairs = exchanges.windows(2).filter(|pair| is_failed(&pair[0]));
    pairs.map(|pair| pair[1].at.duration_since(pair[0].at).unsigned_abs()).sum()
}
