//! Files go up, are listed and found again, are stored as they were sent, and are deleted.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use tempfile::TempDir;

use super::{
    session::{File, Session, Uploaded},
    support::{emulator, installed::Program},
};

/// The files of `fixtures/files/`, with their types.
pub fn real_files(program: &Program, prefix: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/files");
    let file = |name, mime_type| Case { name, mime_type, filename: None, stored_as: name };
    let cases = [
        file("report.pdf", "application/pdf"),
        file("gradient.png", "image/png"),
        file("empty.txt", "text/plain"),
        file("windows.txt", "text/plain; charset=utf-8"),
    ];
    move_all(program, prefix, &folder, &cases);
}

/// Names that a disk takes and a key does not, and one that only a key takes.
pub fn names(program: &Program, prefix: &str) {
    let long = format!("{}.txt", "long-".repeat(60).split_at(296).0);
    let folder = TempDir::new().unwrap();
    let file = |name, stored_as| Case { name, mime_type: "text/plain", filename: None, stored_as };
    let cases = [
        file("with  two blanks.txt", "with_two_blanks.txt"),
        file("Übergröße.txt", "_bergr_e.txt"),
        file("🦀 crab 🦀.txt", "_crab_.txt"),
        file("..hidden..tar.gz", "hidden..tar.gz"),
        file("it's 100% & more; a+b=c?.txt", "it_s_100_more_a_b_c_.txt"),
        Case { filename: Some(&long), ..file("short.txt", &long) },
    ];
    for case in &cases {
        fs::write(folder.path().join(case.name), format!("the content of {}", case.name)).unwrap();
    }
    assert_eq!(long.len(), 300);
    move_all(program, prefix, folder.path(), &cases);
}

/// 20 MiB, which is more than any client or server keeps in one buffer.
pub fn large(program: &Program, prefix: &str) {
    let folder = TempDir::new().unwrap();
    let bytes: Vec<u8> = (0..20u32 << 20).map(|n| (n % 251) as u8).collect();
    fs::write(folder.path().join("large.bin"), bytes).unwrap();
    let mime_type = "application/octet-stream";
    let case = Case { name: "large.bin", mime_type, filename: None, stored_as: "large.bin" };
    move_all(program, prefix, folder.path(), &[case]);
}

/// A file, and the name that its key must have behind the user's prefix.
struct Case<'a> {
    name: &'a str,
    mime_type: &'a str,
    filename: Option<&'a str>,
    stored_as: &'a str,
}

fn move_all(program: &Program, prefix: &str, folder: &Path, cases: &[Case<'_>]) {
    if !program.is_here() {
        return;
    }
    let emulator = emulator();
    let session = Session::new(program, &emulator, prefix);
    let mut sizes = BTreeMap::new();
    let mut keys = Vec::new();
    for case in cases {
        let uploaded = session.upload(&case.file(&folder.join(case.name)));
        assert_eq!(uploaded.r#type, "new", "{}", case.name);
        let (_, stored_as) = uploaded.key.split_once('_').unwrap();
        assert_eq!(stored_as, case.stored_as);
        sizes.insert(uploaded.key.clone(), fs::metadata(folder.join(case.name)).unwrap().len());
        keys.push(uploaded.key);
    }
    assert_eq!(session.list(), sizes);

    let objects = emulator.files();
    assert_eq!(objects.len(), cases.len());
    for (case, key) in cases.iter().zip(&keys) {
        let path = folder.join(case.name);
        let existing = Uploaded { r#type: "existing".to_owned(), key: key.clone() };
        assert_eq!(session.upload(&case.file(&path)), existing);
        let object = objects.iter().find(|object| object.s3_key() == key).unwrap();
        assert!(object.content() == fs::read(&path).unwrap(), "{key} is not what was sent");
        assert_eq!(object.content_type(), Some(case.mime_type));
    }

    for key in &keys {
        session.delete(key);
    }
    assert!(session.list().is_empty());
    assert!(emulator.files().is_empty());
    // Also once all requested URLs have expired.
    emulator.clock().advance(Duration::from_secs(7200));
    assert!(emulator.findings().is_empty(), "{:#?}", emulator.findings());
}

impl<'a> Case<'a> {
    fn file(&self, path: &'a Path) -> File<'a>
    where
        Self: 'a,
    {
        File { path, filename: self.filename, mime_type: self.mime_type }
    }
}
