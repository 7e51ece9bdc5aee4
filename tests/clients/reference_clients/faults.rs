//! Good clients survive the built-in scenarios, except for those with a final refusal by S3.

use std::{fs, process::Command, thread, time::Duration};

use alloy_assay::{Emulator, Scenario, StoredFile};
use tempfile::TempDir;

use super::{
    session::{Job, Persistent},
    support::{
        eventually,
        reference::{BASH, NODE, PYTHON, RUST, Reference},
        start,
    },
};

/// A scenario, and its effects on a client.
struct Trial {
    scenario: &'static str,
    /// Number and size of the uploaded files.
    files: u8,
    size: usize,
    /// Expected strikes of each rule, if given.
    hits: Option<&'static [u64]>,
}

const fn trial(scenario: &'static str, hits: &'static [u64]) -> Trial {
    Trial { scenario, files: 1, size: 1000, hits: Some(hits) }
}

/// Scenarios that end by themselves, or with a new URL. Each row runs in its own process, with a time limit for silence
/// in seconds.
static PASSING: [(&str, &[Trial]); 3] = [
    (
        "2",
        &[
            trial("expired-url", &[1]),
            Trial { files: 4, ..trial("expires-mid-queue", &[1, 1]) },
            trial("slow-down", &[2]),
            trial("lost-response", &[1]),
            trial("gateway-html", &[1, 1]),
            trial("corrupted-storage", &[1]),
            trial("no-answer", &[1]),
            trial("cut-answer", &[1]),
        ],
    ),
    // No client lists the files.
    ("20", &[trial("throttled-api", &[2, 0]), Trial { size: 96 << 10, ..trial("slow-uplink", &[1]) }]),
    // With this seed each rule strikes, and none for the fifth time in a row.
    ("20", &[Trial { files: 6, size: 40 << 10, hits: None, ..trial("flaky-network", &[]) }]),
];

/// Scenarios with a final refusal: the client fails; `refused` checks how.
const FINAL: [&str; 2] = ["bad-digest", "credentials-rotated"];

/// Lets a client upload the files of a row.
#[track_caller]
fn hold(row: &(&str, &[Trial]), command: &mut Command) {
    let emulator = start(|builder| builder.seed(7));
    let mut process = Persistent::start(command.env("ALLOY_TIMEOUT", row.0));
    for trial in row.1 {
        emulator.reset();
        emulator.faults().scenario(trial.scenario);
        trial.hold(&emulator, &mut process);
    }
    process.end();
}

impl Trial {
    /// Lets a client upload the files; asserts that they are stored under the printed keys, without findings.
    #[track_caller]
    fn hold(&self, emulator: &Emulator, process: &mut Persistent) {
        let folder = TempDir::new().unwrap();
        for number in 0..self.files {
            let bytes: Vec<u8> = (0..=250_u8).cycle().skip(number.into()).take(self.size).collect();
            let name = format!("file-{number}.txt");
            let path = folder.path().join(&name);
            fs::write(&path, &bytes).unwrap();
            let key = process.upload(&Job::of(emulator, &path, &name));
            let key =
                key.unwrap_or_else(|why| panic!("{}: {why}\n{:#?}", self.scenario, emulator.exchanges()));
            let objects = emulator.files();
            let stored = objects.iter().find(|object| object.s3_key() == key).map(StoredFile::content);
            assert!(stored.is_some_and(|stored| stored == bytes), "{}: {key} is not the file", self.scenario);
        }
        let hits: Vec<u64> = emulator.faults().list().iter().map(|fault| fault.hits).collect();
        match self.hits {
            Some(expected) => assert_eq!(hits, expected, "{}", self.scenario),
            None => assert!(hits.iter().all(|hits| *hits > 0), "{}: {hits:?}", self.scenario),
        }
        assert_eq!(emulator.files().len(), usize::from(self.files), "{}", self.scenario);
        let findings = emulator.findings();
        assert!(findings.is_empty(), "{}: {findings:#?}", self.scenario);
    }
}

/// Each of the scenarios that pass.
#[track_caller]
pub fn survived(client: &'static Reference) {
    if !client.is_here() {
        return;
    }
    at_once(&PASSING, |row| hold(row, &mut client.command()));
}

/// Runs something for each at a time, since it waits for most of its time.
#[track_caller]
fn at_once<T: Sync>(of: &'static [T], run: impl Fn(&'static T) + Copy + Send + 'static) {
    let running: Vec<_> = of.iter().map(|each| thread::spawn(move || run(each))).collect();
    let ended: Vec<_> = running.into_iter().map(thread::JoinHandle::join).collect();
    assert!(ended.iter().all(Result::is_ok), "see above");
}

/// An outage whose last four seconds the client meets: it must wait for five. The clock is frozen until then, so that a
/// slow start does not matter.
#[track_caller]
fn outage(client: &'static Reference) {
    if !client.is_here() {
        return;
    }
    let emulator = start(|builder| builder);
    emulator.faults().scenario("outage");
    emulator.clock().freeze();
    emulator.clock().advance(Duration::from_secs(26));
    let mut process = Persistent::start(&mut client.command());
    thread::scope(|scope| {
        scope.spawn(|| {
            eventually("the outage is met", || emulator.faults().list()[0].hits > 0);
            emulator.clock().unfreeze();
        });
        trial("outage", &[1]).hold(&emulator, &mut process);
    });
    process.end();
}

#[test]
fn every_client_outlasts_an_outage_by_staying_away() {
    at_once(&[BASH, NODE, PYTHON, RUST], outage);
}

#[test]
fn every_scenario_is_temporary_or_final() {
    let tried =
        PASSING.iter().flat_map(|row| row.1).map(|trial| trial.scenario).chain(FINAL).chain(["outage"]);
    let (mut tried, mut shipped): (Vec<_>, Vec<_>) =
        (tried.collect(), Scenario::all().map(|scenario| scenario.name).collect());
    tried.sort_unstable();
    shipped.sort_unstable();
    assert_eq!(tried, shipped);
}
