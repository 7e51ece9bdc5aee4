//! Final refusals: the client fails, prints the reason and no key, and does not retry.

use std::{fs, path::PathBuf};

use alloy_assay::{Emulator, Operation};
use tempfile::TempDir;

use super::{
    session::{Job, Persistent},
    support::{emulator, reference::Reference},
};

/// The refusal, the expected message, and the expected number of presigns and PUTs.
const REFUSALS: [(&str, &str, usize, usize); 10] = [
    ("presign:error=400", "HTTP 400", 1, 0),
    ("presign:error=401", "HTTP 401: Unauthorized", 1, 0),
    ("presign:error=403", "HTTP 403", 1, 0),
    ("presign:garbage=404", "HTTP 404", 1, 0),
    ("put:error=AccessDenied", "AccessDenied", 1, 1),
    ("put:error=SignatureDoesNotMatch", "SignatureDoesNotMatch", 1, 1),
    ("put:error=BadDigest", "BadDigest", 1, 1),
    ("put:error=InvalidAccessKeyId", "InvalidAccessKeyId", 1, 1),
    ("put:error=EntityTooLarge", "EntityTooLarge", 1, 1),
    ("put:error=NotImplemented", "NotImplemented", 1, 1),
];

/// A file, with where it lies.
pub fn file() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.txt");
    fs::write(&path, "some text\n").unwrap();
    (folder, path)
}

/// Holds that nothing is stored, and how many presigns and PUTs there were.
#[track_caller]
pub fn assert_failed(emulator: &Emulator, what: &str, presigns: usize, puts: usize) {
    let journal = emulator.exchanges();
    let count = |operation| journal.iter().filter(|exchange| exchange.operation == operation).count();
    assert_eq!((count(Operation::Presign), count(Operation::Put)), (presigns, puts), "{what}: {journal:#?}");
    assert!(emulator.files().is_empty(), "{what}");
}

#[track_caller]
pub fn at_once(client: &Reference) {
    if !client.is_here() {
        return;
    }
    let (_folder, path) = file();
    let mut process = Persistent::start(&mut client.command());
    let emulator = emulator();
    for (rule, says, presigns, puts) in REFUSALS {
        emulator.reset();
        emulator.inject(rule.parse().unwrap());
        let why = process.upload(&Job::of(&emulator, &path, "a.txt")).unwrap_err();
        assert!(why.contains(says), "{rule}: {why}");
        assert_failed(&emulator, rule, presigns, puts);
    }
    process.end();
}

/// In a separate process, since the reason is only on stderr; the refusal has several lines.
#[track_caller]
pub fn in_a_line(client: &Reference) {
    if !client.is_here() {
        return;
    }
    let (folder, path) = file();
    let emulator = emulator();
    emulator.inject("presign:garbage=403".parse().unwrap());
    for (file, says) in [(path, "HTTP 403"), (folder.path().join("missing"), "")] {
        let why = Job::of(&emulator, &file, "a.txt").once(&mut client.command()).unwrap_err();
        assert!(why.contains(says) && why.len() > 10, "{why}");
        assert_eq!((why.lines().count(), why.ends_with('\n')), (1, true), "{why:?}");
    }
    assert_failed(&emulator, "403", 1, 0);
}
