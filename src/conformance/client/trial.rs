//! One case: files on disk under their names, what goes wrong on the way, and what the server saw of it.

use std::{cell::RefCell, fs, path::PathBuf};

use super::{
    said::Said,
    stand::{API_KEY, Job, Stand},
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
pub(super) struct Trial<'a> {
    stand: &'a Stand,
    output: RefCell<String>,
}

/// What became of a file.
pub(super) struct Upload {
    pub(super) user: String,
    pub(super) said: Said,
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

impl<'a> Trial<'a> {
    /// A case on an emulator that knows nothing yet.
    pub(super) fn begin(stand: &'a Stand) -> Self {
        stand.emulator.reset();
        Self { stand, output: RefCell::default() }
    }

    /// Lets something go wrong from now on; gives its name.
    pub(super) fn fault(&self, fault: Fault) -> String {
        self.stand.emulator.inject(fault)
    }

    /// Lets it go wrong no longer.
    pub(super) fn mend(&self, fault: &str) {
        self.stand.emulator.remove_fault(fault);
    }

    pub(super) fn new_user(&self) -> String {
        self.stand.new_user()
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
        let emulator = &self.stand.emulator;
        let before = emulator.journal().len();
        let since = || emulator.journal().split_off(before);
        let job = Job {
            base_url: emulator.base_url(),
            api_key: API_KEY,
            user_id: user,
            path: &path,
            filename: &file.filename,
            mime_type: file.mime_type,
        };
        let ran = self.stand.run(&job, &|| is_certain(&since())).await;
        let told = ran.map_err(|error| {
            let message = error.to_string();
            let mut first =
                self.stand.setup.not_started.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            first.get_or_insert(error);
            Stop::Broken(message)
        })?;
        self.output.borrow_mut().push_str(&told.output);
        let _ = fs::remove_file(&path);
        if let Said::Nonsense(what) = told.said {
            return Err(Stop::Failed(what));
        }
        Ok(Upload { user: user.to_owned(), said: told.said, exchanges: since() })
    }

    /// The bytes under a key.
    pub(super) fn stored(&self, key: &str) -> Option<Vec<u8>> {
        let objects = self.stand.emulator.objects();
        Some(objects.iter().find(|object| object.key() == key)?.bytes())
    }

    /// The rules that the client broke, each with its message.
    pub(super) fn findings(&self) -> Vec<(&'static str, String)> {
        let findings = self.stand.emulator.findings();
        findings.into_iter().map(|finding| (finding.rule, finding.message)).collect()
    }

    /// Ends the case.
    pub(super) fn end(self, step: Step) -> Ran {
        let evidence = match &step {
            Ok(()) | Err(Stop::Blocked(_)) => Evidence::default(),
            _ => Evidence {
                exchanges: self.stand.emulator.journal(),
                curl: Vec::new(),
                output: Some(self.output.into_inner()).filter(|output| !output.is_empty()),
            },
        };
        Ran { step, evidence }
    }

    /// The file under its own name, in a folder of its own.
    fn write(&self, file: &File) -> Step<PathBuf> {
        let path = self.stand.folder.path().join(&file.filename);
        let written = fs::write(&path, &file.content);
        written.map_err(|error| Stop::Broken(format!("{} cannot be written: {error}", path.display())))?;
        Ok(path)
    }
}
