//! URLs that are never used, or used too late.

use std::time::Duration;

use alloy_assay::exchange::Severity::{Note, Warning};
use serde_json::json;

use super::{assert_nothing, assert_told, only, support};
use support::{
    Client,
    bucket::{BODY, frozen, presign},
    emulator,
    request::Request,
};

const LATE: Duration = Duration::from_secs(3601);

/// The upload that this URL is for, over a socket: its host is another one.
fn put(emulator: &alloy_assay::Emulator, presigned: &support::Presigned) -> u16 {
    let put = Request::put(&presigned.url, &presigned.md5, BODY);
    put.and("content-type", "text/plain").send(emulator).status
}

#[test]
fn an_url_that_expires_unused_is_told_once_with_its_presign() {
    let emulator = frozen();
    presign(&emulator);
    emulator.clock().advance(Duration::from_secs(3600));
    assert_nothing(&emulator);
    emulator.clock().advance(Duration::from_secs(1));
    let parts = ["`report.pdf`", "2026-01-02T04:04:05Z"];
    for _ in 0..2 {
        assert_told(&only(&emulator, "url-unused"), (Warning, 1, "/filename"), &parts);
    }
    let findings =
        Client::new(&emulator, "alice-key").control("GET", "findings?severity=warning", None).json();
    assert_eq!(findings["findings"][0]["rule"], "url-unused");
}

#[test]
fn the_control_side_concludes_by_itself() {
    let emulator = frozen();
    let client = Client::new(&emulator, "alice-key");
    presign(&emulator);
    client.control("POST", "clock", Some(&json!({"advance": "61m"}))).expect(200);
    let findings = client.control("GET", "findings", None).expect(200).json();
    assert_eq!(findings["findings"].as_array().unwrap().len(), 1, "{findings}");
}

#[test]
fn used_existing_and_superseded_urls_are_not_missed() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    client.presign("a.txt", b"a");
    client.upload("a.txt", b"a");
    client.presign("a.txt", b"a");
    let refused = client.presign("b.txt", b"b");
    client.put(&refused, b"not b").expect(400);
    emulator.clock().advance(LATE);
    let advice = emulator.findings().into_iter().filter(|finding| finding.rule == "url-unused");
    assert_eq!(advice.count(), 0);
}

#[test]
fn one_users_upload_does_not_use_anothers_url() {
    let emulator = emulator();
    let (alice, bob) = (Client::new(&emulator, "alice-key"), Client::new(&emulator, "bob-key"));
    let of_alice = alice.presign("a.txt", b"a");
    bob.upload("a.txt", b"a");
    emulator.clock().advance(LATE);
    let finding = only(&emulator, "url-unused");
    assert_told(&finding, (Warning, 1, "/filename"), &["`a.txt`"]);
    let of_user = |key: &str| {
        let findings = alice.control("GET", &format!("findings?user={}", &key[..24]), None).json();
        findings["findings"].as_array().unwrap().len()
    };
    assert_eq!((of_user(&of_alice.key), of_user(&bob.list()[0])), (1, 0));
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

#[test]
fn a_reset_forgets_what_was_open() {
    let emulator = emulator();
    let (alice, bob) = (Client::new(&emulator, "alice-key"), Client::new(&emulator, "bob-key"));
    let of_alice = alice.presign("a.txt", b"a");
    bob.presign("b.txt", b"b");
    alice.control("POST", &format!("reset?user={}", &of_alice.key[..24]), None).expect(200);
    emulator.clock().advance(LATE);
    assert_told(&only(&emulator, "url-unused"), (Warning, 2, "/filename"), &["`b.txt`"]);
    alice.presign("c.txt", b"c");
    emulator.reset();
    emulator.clock().advance(LATE);
    assert_nothing(&emulator);
}
