//! Client mistakes from public bug reports, and similar ones: each is one finding, with its cause. Every row of a table
//! is one mistake; `docs/coverage.md` lists them by their tests.

mod alloy;
mod announced;
mod body;
mod header;
mod presign;
mod url;

use std::time::Duration;

use alloy_assay::{Emulator, Finding};
use serde_json::json;

use crate::support::{Client, Presigned, request::Request, start};

/// A "photo": bytes that are not text.
pub const PHOTO: &[u8] = b"\xff\xd8\xff\xe0JFIF\0\x01one\ntwo\r\n\x80\x9f\xa0three\n\xff\xd9";
/// Text with characters of two and three bytes.
pub const TEXT: &[u8] = "Grüße – 5 €\nline two\n".as_bytes();
pub const JPEG: &str = "image/jpeg";

/// An emulator that gives silent uploads up soon.
fn emulator() -> Emulator {
    start(|builder| builder.idle_timeout(Duration::from_millis(300)))
}

/// A URL for a file with any MD5, right or wrong.
fn presign(emulator: &Emulator, filename: &str, mime_type: &str, md5: &str) -> Presigned {
    let client = Client::new(emulator, "alice-key");
    let body = json!({"filename": filename, "mimeType": mime_type, "md5": md5});
    let answer = client.call("POST", "/connectors/files/upload/request", Some(&body)).expect(200).json();
    Presigned::of(&answer)
}

/// Sends a request that is refused; the findings that are not advice on several exchanges.
#[track_caller]
fn findings(emulator: &Emulator, request: &Request) -> Vec<Finding> {
    let before = emulator.findings().len();
    let answer = request.send(emulator);
    assert!(answer.status >= 400, "{} {}", answer.status, request.target);
    let mut found = emulator.findings().split_off(before);
    found.retain(|finding| finding.rule.starts_with("s3-") || finding.rule.starts_with("url-"));
    found
}

/// Sends a request; just one thing is wrong with it, by this rule and in these words.
#[track_caller]
fn one(emulator: &Emulator, name: &str, request: &Request, rule: &str, telling: &[&str]) {
    let found = findings(emulator, request);
    assert_eq!(found.len(), 1, "{name}: {found:#?}");
    let finding = &found[0];
    assert_eq!(finding.rule, rule, "{name}: {}", finding.message);
    for word in telling {
        assert!(finding.message.contains(word), "{name}: {word:?} is not in {:?}", finding.message);
    }
    assert!(finding.message.len() <= 512 && !finding.message.ends_with('…'), "{name}: {}", finding.message);
}
