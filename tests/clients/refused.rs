//! A refusal comes while the client still sends a large body; it must reach the client all the same.

use std::{fs, path::PathBuf, time::Duration};

use alloy_assay::Emulator;
use tempfile::TempDir;

use super::{
    session::Session,
    support::{Client, Presigned, emulator, installed::Program},
};

/// A file of 16 MiB, whose URL has expired.
pub struct Expired {
    pub emulator: Emulator,
    pub presigned: Presigned,
    pub file: PathBuf,
    _folder: TempDir,
}

impl Expired {
    pub fn new() -> Self {
        let emulator = emulator();
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("late.bin");
        let bytes = vec![b'x'; 16 << 20];
        fs::write(&file, &bytes).unwrap();
        let presigned = Client::new(&emulator, "alice-key").presign("late.bin", &bytes);
        emulator.clock().advance(Duration::from_secs(3601));
        Self { emulator, presigned, file, _folder: folder }
    }
}

/// PUTs to an expired URL, and finds S3's reason in the client's output.
pub fn expired(program: &Program) {
    if !program.is_here() {
        return;
    }
    let Expired { emulator, presigned, file, _folder } = Expired::new();
    let refused = Session::new(program, &emulator, "").put(&presigned.url, &file);
    assert!(!refused.succeeded, "{refused:#?}");
    for part in ["403", "<Code>AccessDenied</Code>", "<Message>Request has expired</Message>"] {
        assert!(refused.stderr.contains(part), "no {part} in {refused:#?}");
    }
    assert!(emulator.files().is_empty());
}
