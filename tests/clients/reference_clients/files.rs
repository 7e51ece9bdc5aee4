//! Files of any name and content go up, and are stored as they are.

use std::{fs, path::PathBuf};

use alloy_assay::{Emulator, Operation};
use tempfile::TempDir;

use super::{
    session::{Job, Persistent},
    support::{emulator, reference::Reference},
};

/// A user besides the key's own.
const OTHER_USER: &str = "68c3229752345278627ae373";

/// A file with its announced name and type.
struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    mime_type: &'static str,
    /// The key's form of the name.
    key: &'static str,
}

/// Names with special characters for a shell, JSON or a URL, and contents around the sizes of buffers.
fn cases() -> Vec<Case> {
    let binary = |length: u32| (0..length).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let case = |name, bytes, mime_type, key| Case { name, bytes, mime_type, key };
    vec![
        case("plain.txt", b"x".to_vec(), "text/plain", "plain.txt"),
        case("with  two blanks.txt", Vec::new(), "text/plain; charset=utf-8", "with_two_blanks.txt"),
        case("it's \"so\"\\.csv", b"a,b\r\n1,2\r\n\n".to_vec(), "text/csv", "it_s_so_.csv"),
        case("Übergröße.bin", binary(65535), "application/octet-stream", "_bergr_e.bin"),
        case("🦀 crab.png", binary(65536), "image/png", "_crab.png"),
        case("100%25+%41.bin", binary(65537), "application/octet-stream", "100_25_41.bin"),
        case("-rf", binary(1 << 20), "application/octet-stream", "-rf"),
        case("--persistent $(x) [1-3]{a,b}#?.txt", b"\xEF\xBB\xBFend\n".to_vec(), "text/plain", {
            "--persistent_x_1-3_a_b_.txt"
        }),
    ]
}

fn write(folder: &TempDir, case: &Case) -> PathBuf {
    let path = folder.path().join(case.name);
    fs::write(&path, &case.bytes).unwrap();
    path
}

/// Holds that a file is stored under a key that is its user's and has its name.
#[track_caller]
fn assert_stored(emulator: &Emulator, case: &Case, key: &str) {
    let object = emulator.files().into_iter().find(|object| object.s3_key() == key);
    let object = object.unwrap_or_else(|| panic!("there is no {key}"));
    assert_eq!(key.get(25..), Some(case.key));
    assert!(object.content() == case.bytes, "{key} is not what was to be sent");
    assert_eq!(object.content_type(), Some(case.mime_type));
}

/// Holds that nothing was sent that need not be, and nothing wrong; also once every URL has expired.
#[track_caller]
fn assert_clean(emulator: &Emulator, presigns: usize, puts: usize) {
    let journal = emulator.exchanges();
    let count = |operation| journal.iter().filter(|exchange| exchange.operation == operation).count();
    assert_eq!(
        (count(Operation::Presign), count(Operation::Put), journal.len()),
        (presigns, puts, presigns + puts)
    );
    emulator.clock().advance(std::time::Duration::from_secs(7200));
    assert!(emulator.findings().is_empty(), "{:#?}", emulator.findings());
}

/// A process a file; the last time in the file's own folder, where its name looks like an option.
#[track_caller]
pub fn once(client: &Reference) {
    if !client.is_here() {
        return;
    }
    let (emulator, folder, cases) = (emulator(), TempDir::new().unwrap(), cases());
    for case in &cases {
        let path = write(&folder, case);
        let job = Job { mime_type: case.mime_type, ..Job::of(&emulator, &path, case.name) };
        assert_stored(&emulator, case, &job.once(&mut client.command()).unwrap());
    }
    let dashed = cases.iter().find(|case| case.name == "-rf").unwrap();
    let job = Job::of(&emulator, dashed.name.as_ref(), "");
    let key = job.once(client.command().current_dir(&folder)).unwrap();
    assert_stored(&emulator, dashed, &key);
    assert_clean(&emulator, cases.len() + 1, cases.len());
}

/// One process for two users in turn; an existing file is not sent again, and a missing file does not stop it.
#[track_caller]
pub fn persistently(client: &Reference) {
    if !client.is_here() {
        return;
    }
    let (emulator, folder, cases) = (emulator(), TempDir::new().unwrap(), cases());
    let mut process = Persistent::start(&mut client.command());
    let missing = folder.path().join("missing");
    assert!(process.upload(&Job::of(&emulator, &missing, "missing")).is_err());
    for case in &cases {
        let path = write(&folder, case);
        let own = Job { mime_type: case.mime_type, ..Job::of(&emulator, &path, case.name) };
        let key = process.upload(&own).unwrap();
        assert_stored(&emulator, case, &key);
        let others = process.upload(&Job { user: OTHER_USER, ..own }).unwrap();
        assert_stored(&emulator, case, &others);
        assert_eq!((&others[..24], others == key), (OTHER_USER, false));
        assert_eq!(process.upload(&own), Ok(key));
    }
    process.end();
    assert_clean(&emulator, 3 * cases.len(), 2 * cases.len());
}
