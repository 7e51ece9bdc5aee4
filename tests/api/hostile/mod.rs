//! Requests that no good client sends. Whatever comes: a clear error in the side's own form, nothing stored,
//! and an emulator that serves the next one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "in a test they are assertions")]

mod arbitrary;
mod bodies;
mod connections;
mod control;
mod headers;
mod json;
mod memory;
mod paths;
mod secrets;

use alloy_assay::Emulator;

use crate::support::{Client, md5_base64, raw::Answer, request::Request};

/// Nothing is stored, and a normal upload works.
#[track_caller]
fn stands(emulator: &Emulator) {
    let keys: Vec<String> = emulator.files().iter().map(|object| object.s3_key().to_owned()).collect();
    assert!(keys.is_empty(), "{keys:?}");
    let client = Client::new(emulator, "normal-key");
    let key = client.upload("normal.txt", b"normal");
    client.delete(&key).expect(200);
}

/// Asserts a refusal by the Alloy API: its status, and JSON with a message.
#[track_caller]
fn is_alloys(what: &str, answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{what}: {}", answer.text());
    assert_eq!(answer.header("content-type"), "application/json; charset=utf-8", "{what}");
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{what}: {body}");
    assert_eq!(body["errors"].is_array(), status == 400, "{what}: {body}");
}

/// A refusal of S3's: its status, and its document with this code.
#[track_caller]
fn is_s3s(what: &str, answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.text());
    assert_eq!(answer.header("content-type"), "application/xml", "{what}");
    let start = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>");
    assert!(answer.text().starts_with(&start), "{what}: {}", answer.text());
    assert!(answer.text().ends_with("</HostId></Error>"), "{what}: {}", answer.text());
}

/// A refusal that comes from below both sides: a status and nothing else.
#[track_caller]
fn is_bare(what: &str, answer: &Answer, status: u16) {
    assert_eq!((answer.status, answer.text().as_str()), (status, ""), "{what}");
    assert_eq!(answer.header("content-length"), "0", "{what}");
}

/// The PUT of `body` that a URL was given out for.
fn upload_of(emulator: &Emulator, body: &[u8]) -> Request {
    let presigned = Client::new(emulator, "alice-key").presign("report.txt", body);
    Request::put(&presigned.url, &md5_base64(body), body)
}
