//! URLs that are never used, or used too late.

use std::time::Duration;

use alloy_assay::exchange::Severity::{Note, Warning};
use serde_json::json;

use super::{assert_nothing, assert_told, only, support};
use support::{
    Client,
    bucket::{BODY, frozen, presign},
    request::Request,
};

const LATE: Duration = Duration::from_secs(3601);

/// The upload that this URL is for, over a socket: its host is another one.
fn put(emulator: &alloy_assay::Emulator, presigned: &support::Presigned) -> u16 {
    let put = Request::put(&presigned.url, &presigned.md5, BODY);
    put.and("content-type", "text/plain").send(emulator).status
}

#[test]
fn whoever_looks_an_url_that_expired_unused_may_still_be_renewed() {
    let emulator = frozen();
    let client = Client::new(&emulator, "alice-key");
    presign(&emulator);
    client.control("POST", "clock", Some(&json!({"advance": "61m"}))).expect(200);
    let findings = client.control("GET", "findings", None).expect(200).json();
    assert_eq!(findings["findings"].as_array().unwrap().len(), 0, "{findings}");
    assert_nothing(&emulator);
    assert_eq!(put(&emulator, &presign(&emulator)), 200);
    assert_nothing(&emulator);
}

#[test]
fn an_expired_url_that_is_tried_again_is_told_at_once() {
    let emulator = frozen();
    let presigned = presign(&emulator);
    emulator.clock().advance(LATE);
    assert_eq!(put(&emulator, &presigned), 403);
    assert!(emulator.findings().iter().all(|finding| finding.rule != "expired-url-not-renewed"));
    assert_eq!(put(&emulator, &presigned), 403);
    let finding = only(&emulator, "expired-url-not-renewed");
    assert_told(&finding, (Warning, 3, "path"), &["`report.pdf`", "2026-01-02T04:04:05Z"]);
}

#[test]
fn an_expired_url_that_is_renewed_is_a_note() {
    let emulator = frozen();
    let presigned = presign(&emulator);
    emulator.clock().advance(LATE);
    assert_eq!(put(&emulator, &presigned), 403);
    assert_eq!(put(&emulator, &presign(&emulator)), 200);
    let finding = only(&emulator, "expired-url-renewed");
    assert_told(&finding, (Note, 3, "/filename"), &["`report.pdf`", "2026-01-02T04:04:05Z"]);
}

#[test]
fn a_new_url_before_the_old_one_fails_is_fine() {
    let emulator = frozen();
    presign(&emulator);
    emulator.clock().advance(LATE);
    assert_eq!(put(&emulator, &presign(&emulator)), 200);
    assert_nothing(&emulator);
}
