//! The S3 API through sockets: every row of `docs/facts-s3.md` word for word
//! (`fixtures/s3/<ROW>.http`), one theme a file, and the order of the checks. `rows` checks that no
//! row is forgotten.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "in a test they are assertions")]

mod body;
mod condition;
mod etag;
mod order;
mod parameters;
mod rows;
mod signature;
mod success;
mod time;
mod trigger;
mod url;

use alloy_assay::{Emulator, StoredFile};

use crate::support::{
    bucket::is_closed,
    golden,
    raw::{Answer, Connection},
    request::Request,
};

/// A row's id, a request that meets it, and its status.
type Row = (&'static str, Request, u16);

/// Compares an answer with its row: status, headers and the whole document.
#[track_caller]
fn hold(row: &str, answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{row}: {}", answer.text());
    golden::row(row, answer);
}

/// Sends each request on its own connection, and compares the refusal with its row. Nothing is
/// stored, and the connection closes exactly where the answer says so:
/// docs/facts-s3.md#error-documents
#[track_caller]
fn refuse(emulator: &Emulator, rows: Vec<Row>) {
    for (row, request, status) in rows {
        let mut connection = Connection::open(emulator);
        let answer = request.send_on(&mut connection);
        hold(row, &answer, status);
        let says_so = answer.header("connection") == "close";
        assert_eq!(says_so, matches!(status, 400 | 501), "{row}: {status}");
        assert_eq!(is_closed(&mut connection), says_so, "{row}");
        assert!(emulator.files().is_empty(), "{row}");
    }
}

/// Sends an upload, compares its answer with its row, and finds just these bytes under just this key.
#[track_caller]
fn take(emulator: &Emulator, row: &str, request: &Request, key: &str) {
    let mut connection = Connection::open(emulator);
    let answer = request.send_on(&mut connection);
    hold(row, &answer, 200);
    assert!(!is_closed(&mut connection), "{row}");
    is_all_that_is_stored(emulator, key, &request.body);
}

/// One object, with this key and these bytes.
#[track_caller]
fn is_all_that_is_stored(emulator: &Emulator, key: &str, bytes: &[u8]) {
    let objects = emulator.files();
    let keys: Vec<&str> = objects.iter().map(StoredFile::s3_key).collect();
    assert_eq!(keys, [key]);
    assert_eq!(objects[0].content(), bytes, "{key}");
}
