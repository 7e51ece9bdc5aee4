//! The broken clients: each change applies, and each client runs: it uploads a plain file, or prints its documented
//! message.

use std::collections::BTreeSet;

use super::{
    refused::file,
    session::{Job, Persistent},
    support::{
        emulator,
        reference::{BASH, Broken, NODE, PYTHON, Reference},
    },
};

/// The scenarios of which at least one broken client must be the business.
const SCENARIOS: [&str; 27] = [
    "upload/bytes",
    "upload/md5",
    "upload/url-as-given",
    "upload/headers",
    "upload/no-key-to-s3",
    "upload/content-length",
    "upload/honest",
    "upload/names",
    "upload/mime-type",
    "refusal/presign",
    "refusal/upload",
    "recovery/expired",
    "recovery/slow-down",
    "recovery/server-error",
    "recovery/reset",
    "recovery/lost-response",
    "recovery/time-out",
    "recovery/pauses",
    "recovery/retry-after",
    "economy/existing",
    "robustness/html",
    "robustness/html-url",
    "robustness/truncated",
    "robustness/no-answer",
    "robustness/no-url",
    "robustness/opaque-etag",
    "sequences/many",
];

#[test]
fn every_scenario_has_a_client_broken_by_one_change() {
    let all = Broken::all();
    let ids: BTreeSet<_> = all.iter().map(|broken| &broken.id).collect();
    assert_eq!(ids.len(), all.len(), "an id is there twice");
    for broken in &all {
        broken.text();
        assert!(broken.breaks.ends_with('.'), "{}", broken.id);
        assert!(broken.mode.as_ref().is_none_or(|mode| mode == "once" || mode == "persistent"), "{broken:?}");
    }
    let caught_by: BTreeSet<_> = all.iter().map(|broken| broken.caught_by.as_str()).collect();
    assert_eq!(caught_by, BTreeSet::from(SCENARIOS));
}

/// Runs all variants of a client.
#[track_caller]
fn run_all(client: &Reference) {
    if !client.is_here() {
        return;
    }
    let ((folder, path), emulator) = (file(), emulator());
    for broken in Broken::all().iter().filter(|broken| broken.base == client.file) {
        emulator.reset();
        let job = Job::of(&emulator, &path, "a.txt");
        let mut command = broken.command(folder.path());
        let uploaded = match broken.mode.as_deref() {
            Some("persistent") => {
                let mut process = Persistent::start(&mut command);
                let uploaded = process.upload(&job);
                // Killed, that of bash would leave its folder behind.
                process.end();
                uploaded
            }
            _ => job.once(&mut command),
        };
        match (&broken.says, uploaded) {
            (None, Ok(_)) => assert_eq!(emulator.files().len(), 1, "{}", broken.id),
            (Some(says), Err(why)) => assert!(why.contains(says), "{}: {why}", broken.id),
            (_, uploaded) => panic!("{}: {uploaded:?}", broken.id),
        }
    }
}

#[test]
fn those_of_bash_run() {
    run_all(&BASH);
}

#[test]
fn those_of_node_run() {
    run_all(&NODE);
}

#[test]
fn those_of_python_run() {
    run_all(&PYTHON);
}
