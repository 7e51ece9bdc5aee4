//! A scenario with files to upload, and what became of a client in it.

use std::{path::PathBuf, process::Command, time::Duration};

use alloy_assay::{Emulator, Exchange, Operation, Severity};
use tempfile::TempDir;

use crate::support::{
    installed::{Need, Program, Run, run},
    start,
};

const NAIVE: Program = client("faults/scenarios/naive.py");
const GOOD: Program = client("faults/scenarios/good.py");
const GOOD_ON_CLOCK: Program = client("faults/scenarios/good_on_clock.py");

const fn client(script: &'static str) -> Program {
    const PYTHON: Need = Need("python3 (3.10 or newer)", "python3", &["-c", "match 1:\n case 1: pass"]);
    Program { runner: "python3", script, needs: &[PYTHON] }
}

/// A name and bytes: a file, or an object without its owner.
pub type File = (String, Vec<u8>);

/// Something that goes wrong, and files to upload meanwhile: as a rule three small ones.
pub struct Scene {
    plays: Box<dyn Fn(&Emulator)>,
    files: Vec<File>,
    seed: u64,
    is_on_its_clock: bool,
}

impl Scene {
    /// A scenario, where the clients can be run.
    #[track_caller]
    pub fn of(scenario: &'static str) -> Option<Self> {
        Self::played(move |emulator| drop(emulator.faults().scenario(scenario)))
    }

    /// Nothing that goes wrong, likewise.
    #[track_caller]
    pub fn on_a_good_day() -> Option<Self> {
        Self::played(|_| ())
    }

    /// A single rule, likewise.
    #[track_caller]
    pub fn with(rule: &'static str) -> Option<Self> {
        Self::played(move |emulator| {
            emulator.inject(rule.parse().unwrap());
        })
    }

    #[track_caller]
    fn played(plays: impl Fn(&Emulator) + 'static) -> Option<Self> {
        let scene = Self { plays: Box::new(plays), files: Vec::new(), seed: 7, is_on_its_clock: false };
        GOOD.is_here().then(|| scene.files(3, 1000))
    }

    /// This many files of this size, all different.
    pub fn files(mut self, count: u8, size: usize) -> Self {
        let bytes = |number: u8| (0..=250_u8).cycle().skip(number.into()).take(size).collect();
        self.files = (0..count).map(|number| (format!("file-{number:02}.txt"), bytes(number))).collect();
        self
    }

    /// Sets another seed.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Freezes the clock, except for the good client's pauses.
    pub fn on_its_clock(self) -> Self {
        Self { is_on_its_clock: true, ..self }
    }

    #[track_caller]
    pub fn naive(&self) -> Played {
        self.run(&mut NAIVE.command())
    }

    /// Sets the client's time for each upload, in seconds.
    #[track_caller]
    pub fn naive_with_deadline(&self, seconds: &str) -> Played {
        self.run(NAIVE.command().env("DEADLINE", seconds))
    }

    #[track_caller]
    pub fn good(&self) -> Played {
        let program = if self.is_on_its_clock { &GOOD_ON_CLOCK } else { &GOOD };
        self.run(&mut program.command())
    }

    /// Sets the client's time for a silence, in seconds.
    #[track_caller]
    pub fn good_with_timeout(&self, seconds: &str) -> Played {
        self.run(GOOD.command().env("ALLOY_TIMEOUT", seconds))
    }

    #[track_caller]
    fn run(&self, client: &mut Command) -> Played {
        let emulator = start(|builder| builder.seed(self.seed));
        if self.is_on_its_clock {
            emulator.clock().freeze();
        }
        (self.plays)(&emulator);
        let folder = TempDir::new().unwrap();
        client.args(self.write(&folder));
        client.env("ALLOY_BASE_URL", emulator.base_url()).env("ALLOY_API_KEY", "alice-key");
        client.env("ASSAY_URL", emulator.base_url()).env_remove("ALLOY_USER_ID");
        let run = run(client);
        Played { run, emulator, files: self.files.clone() }
    }

    fn write(&self, folder: &TempDir) -> Vec<PathBuf> {
        let write = |(name, bytes): &File| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        self.files.iter().map(write).collect()
    }
}

/// A client that is done, and the emulator as it left it.
pub struct Played {
    run: Run,
    emulator: Emulator,
    files: Vec<File>,
}

impl Played {
    /// Asserts that exactly these files are stored with their bytes, that the client printed all of their keys, and
    /// that there are no findings.
    #[track_caller]
    pub fn stores_all(self) -> Self {
        assert!(self.run.succeeded, "{}\n{:#?}", self.run.stderr, self.emulator.exchanges());
        assert!(self.stored() == self.files, "what is stored differs from the files");
        let keys: Vec<_> = self.emulator.files().iter().map(|object| object.s3_key().to_owned()).collect();
        assert_eq!(self.run.stdout.lines().collect::<Vec<_>>(), keys);
        self.emulator.assert_clean_with(Severity::Warning);
        self
    }

    /// Holds that it thinks that all went well.
    #[track_caller]
    pub fn believes_in_success(self) -> Self {
        assert!(self.run.succeeded, "{}", self.run.stderr);
        self
    }

    /// Holds that it fails.
    #[track_caller]
    pub fn fails(self) -> Self {
        assert_eq!(self.run.code, Some(1), "{}", self.run.stderr);
        self
    }

    /// Holds that it fails and says why.
    #[track_caller]
    pub fn fails_with(self, message: &str) -> Self {
        assert!(self.run.stderr.contains(message), "{}", self.run.stderr);
        self.fails()
    }

    /// Asserts that there are no objects.
    #[track_caller]
    pub fn and_stores_nothing(self) -> Self {
        assert_eq!(self.stored(), []);
        self
    }

    /// Whether it printed no key.
    pub fn has_claimed_nothing(&self) -> bool {
        self.run.stdout.is_empty()
    }

    /// The files to upload.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// Returns the stored files by name.
    pub fn stored(&self) -> Vec<File> {
        let objects = self.emulator.files().into_iter();
        // The key is the owner's id of 24 digits, `_`, and the name.
        objects.map(|object| (object.s3_key()[25..].to_owned(), object.content())).collect()
    }

    /// Returns the strikes of each rule.
    pub fn hits(&self) -> Vec<u64> {
        self.emulator.faults().list().iter().map(|fault| fault.hits).collect()
    }

    /// Returns the number of exchanges of an operation.
    pub fn count(&self, operation: Operation) -> usize {
        self.exchanges(operation).len()
    }

    /// Returns the longest duration of an operation.
    pub fn longest(&self, operation: Operation) -> Duration {
        let exchanges = self.exchanges(operation);
        Duration::from_micros(exchanges.iter().map(|exchange| exchange.duration_us).max().unwrap_or(0))
    }

    /// Returns the fault of each exchange, in order.
    pub fn faults(&self) -> Vec<(Operation, Option<String>)> {
        let exchanges = self.emulator.exchanges().into_iter();
        exchanges.map(|exchange| (exchange.operation, exchange.fault)).collect()
    }

    fn exchanges(&self, operation: Operation) -> Vec<Exchange> {
        let mut exchanges = self.emulator.exchanges();
        exchanges.retain(|exchange| exchange.operation == operation);
        exchanges
    }
}
