//! docs/facts-s3.md#client-mistakes: each as a client sends it, with S3's answer. A test's name has the number of its
//! mistake.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "in a test they are assertions")]

mod body;
mod headers;
mod time;
mod url;

use std::{fs, path::Path};

use alloy_assay::Emulator;

use crate::support::{bucket::element, raw::Answer, request::Request};

/// The mistakes that have no test here, and why.
const ELSEWHERE: [(u32, &str); 3] = [
    (27, "a token ended or was not encoded: no tokens are issued"),
    (32, "the bucket's CORS rule is wrong: tests/api/cors.rs"),
    (33, "the browser hides the answer: tests/api/cors.rs"),
];

#[test]
fn every_mistake_has_a_test_or_a_reason() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/findings/mistakes");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let text: String = files.map(|file| fs::read_to_string(file).unwrap()).collect();
    for number in 1..=35 {
        let has_test = text.contains(&format!("fn mistake_{number:02}_"));
        let reason = ELSEWHERE.iter().find(|(elsewhere, _)| *elsewhere == number);
        assert_ne!(has_test, reason.is_some_and(|(_, reason)| !reason.is_empty()), "{number}");
    }
}

/// Sends a request; it is refused with this status and code, and nothing is stored.
#[track_caller]
fn refused(emulator: &Emulator, request: &Request, status: u16, code: &str) -> Answer {
    let answer = request.send(emulator);
    assert_eq!((answer.status, element(&answer, "Code").as_str()), (status, code), "{}", answer.text());
    assert!(emulator.files().is_empty());
    answer
}

/// As [`refused`], by a signature that is of another request.
#[track_caller]
fn mismatch(emulator: &Emulator, request: &Request) -> Answer {
    refused(emulator, request, 403, "SignatureDoesNotMatch")
}

/// As [`refused`], for headers that had to be signed: which ones.
#[track_caller]
fn not_signed(emulator: &Emulator, request: &Request) -> String {
    element(&refused(emulator, request, 403, "AccessDenied"), "HeadersNotSigned")
}

/// Whether the server's canonical request, which it shows, has this line.
fn has_line(answer: &Answer, line: &str) -> bool {
    element(answer, "CanonicalRequest").lines().any(|of_server| of_server == line)
}
