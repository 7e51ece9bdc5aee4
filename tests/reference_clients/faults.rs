//! What a good client survives: the scenarios that ship with the program, but for those where S3's refusal is final.

use std::{fs, process::Command, thread, time::Duration};

use alloy_assay::{Emulator, emulator::StoredObject, exchange::Operation, fault::Scenario};
use tempfile::TempDir;

use super::{
    session::{Job, Persistent},
    support::{reference::Reference, start},
};

/// A scenario, and what a client meets in it.
struct Trial {
    scenario: &'static str,
    /// How many files are uploaded, and how long each is.
    files: u8,
    size: usize,
    /// How often each rule strikes; not held where it is left out.
    hits: Option<&'static [u64]>,
    /// How many seconds of silence are too many.
    timeout: &'static str,
}

const fn trial(scenario: &'static str, hits: &'static [u64]) -> Trial {
    Trial { scenario, files: 1, size: 1000, hits: Some(hits), timeout: "20" }
}

/// Those that pass by themselves, or by another URL.
static PASSING: [Trial; 11] = [
    trial("expired-url", &[1]),
    Trial { files: 4, ..trial("expires-mid-queue", &[1, 1]) },
    trial("slow-down", &[2]),
    // Nobody lists the files.
    trial("throttled-api", &[2, 0]),
    // With this seed each rule strikes, and none for the fifth time in a row.
    Trial { files: 8, size: 40 << 10, hits: None, ..trial("flaky-network", &[]) },
    trial("lost-response", &[1]),
    Trial { size: 96 << 10, ..trial("slow-uplink", &[1]) },
    trial("gateway-html", &[1, 1]),
    trial("corrupted-storage", &[1]),
    Trial { timeout: "1", ..trial("no-answer", &[1]) },
    trial("cut-answer", &[1]),
];

/// Those where S3's word is final: the client fails, and `refused` holds how.
const FINAL: [&str; 2] = ["bad-digest", "credentials-rotated"];

impl Trial {
    /// Has a client upload its files while the scenario plays, and holds that they are stored, that the keys are
    /// theirs, and that there is nothing to say against how.
    #[track_caller]
    fn hold(&self, command: &mut Command) {
        let emulator = start(|builder| builder.seed(7));
        emulator.play(self.scenario);
        self.hold_with(&emulator, command);
        let hits: Vec<u64> = emulator.faults().iter().map(|fault| fault.hits).collect();
        match self.hits {
            Some(expected) => assert_eq!(hits, expected, "{}", self.scenario),
            None => assert!(hits.iter().all(|hits| *hits > 0), "{}: {hits:?}", self.scenario),
        }
    }

    #[track_caller]
    fn hold_with(&self, emulator: &Emulator, command: &mut Command) {
        let folder = TempDir::new().unwrap();
        let mut process = Persistent::start(command.env("ALLOY_TIMEOUT", self.timeout));
        for number in 0..self.files {
            let bytes: Vec<u8> = (0..=250_u8).cycle().skip(number.into()).take(self.size).collect();
            let name = format!("file-{number}.txt");
            let path = folder.path().join(&name);
            fs::write(&path, &bytes).unwrap();
            let key = process.upload(&Job::of(emulator, &path, &name));
            let key = key.unwrap_or_else(|why| panic!("{}: {why}\n{:#?}", self.scenario, emulator.journal()));
            let objects = emulator.objects();
            let stored = objects.iter().find(|object| object.key() == key).map(StoredObject::bytes);
            assert!(stored.is_some_and(|stored| stored == bytes), "{}: {key} is not the file", self.scenario);
        }
        process.end();
        assert_eq!(emulator.objects().len(), usize::from(self.files), "{}", self.scenario);
        let findings = emulator.findings();
        assert!(findings.is_empty(), "{}: {findings:#?}", self.scenario);
    }
}

/// Each of the scenarios that pass, all at a time: the client waits most of it.
#[track_caller]
pub fn survived(client: &'static Reference) {
    if !client.is_here() {
        return;
    }
    let trials = PASSING.iter().map(|trial| thread::spawn(|| trial.hold(&mut client.command())));
    let ended: Vec<_> = trials.collect::<Vec<_>>().into_iter().map(thread::JoinHandle::join).collect();
    assert!(ended.iter().all(Result::is_ok));
}

/// An outage of which the client meets the last second: it is to stay away for five.
#[track_caller]
pub fn outage(client: &'static Reference) {
    if !client.is_here() {
        return;
    }
    let emulator = start(|builder| builder);
    emulator.play("outage");
    emulator.clock().advance(Duration::from_secs(26));
    trial("outage", &[]).hold_with(&emulator, &mut client.command());
    let hits = emulator.faults()[0].hits;
    let journal = emulator.journal();
    assert_eq!((hits, journal.len()), (1, 3), "{journal:#?}");
    assert!(journal.iter().skip(1).all(|exchange| exchange.status == Some(200)));
    assert_eq!(journal[0].operation, Operation::Presign);
}

#[test]
fn every_scenario_that_ships_is_one_that_passes_or_one_that_is_final() {
    let tried = PASSING.iter().map(|trial| trial.scenario).chain(FINAL).chain(["outage"]);
    let (mut tried, mut shipped): (Vec<_>, Vec<_>) =
        (tried.collect(), Scenario::all().map(|scenario| scenario.name).collect());
    tried.sort_unstable();
    shipped.sort_unstable();
    assert_eq!(tried, shipped);
}
