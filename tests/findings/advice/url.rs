//! URLs that are never used, or used too late.

use std::time::Duration;

use alloy_assay::Severity::{Note, Warning};
use serde_json::json;

use super::{assert_nothing, assert_told, only};
use crate::support::{
    self, Client,
    bucket::{BODY, frozen, presign},
    raw::Connection,
    request::Request,
};

const LATE: Duration = Duration::from_secs(3601);

/// The upload that this URL is for, over a socket: its host is another one.
fn put(emulator: &alloy_assay::Emulator, presigned: &support::Presigned) -> u16 {
    let put = Request::put(&presigned.url, &presigned.md5, BODY);
    put.and("content-type", "text/plain").send(emulator).status
}

/// Returns the rules in the answer of a control call.
fn reported(client: &Client, call: &str) -> Vec<String> {
    let answer = client.control("GET", call, None).expect(200).json();
    let rules = answer["findings"].as_array().unwrap().iter();
    rules.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

fn advance(client: &Client, by: &str) {
    client.control("POST", "clock", Some(&json!({"advance": by}))).expect(200);
}

#[test]
fn reports_an_unused_expired_url_once() {
    for first in ["findings", "report.json"] {
        let emulator = frozen();
        let client = Client::new(&emulator, "alice-key");
        presign(&emulator);
        advance(&client, "60m");
        assert_eq!(reported(&client, first), [""; 0], "it can still be used");
        advance(&client, "1m");
        for call in [first, first, "findings", "report.json"] {
            assert_eq!(reported(&client, call), ["url-unused"], "{first}, then {call}");
        }
        // Markdown has it in its table and as a heading.
        for (report, times) in [("report.xml", 1), ("report.md", 2)] {
            let text = client.control("GET", report, None).expect(200).text();
            assert_eq!(text.matches("url-unused").count(), times, "{text}");
        }
        let finding = only(&emulator, "url-unused");
        assert_told(&finding, (Warning, 1, "/filename"), &["`report.pdf`", "expired"]);
        client.control("POST", "reset", None).expect(200);
        advance(&client, "61m");
        assert_nothing(&emulator);
    }
}

#[test]
#[should_panic(expected = "url-unused")]
fn assert_clean_reports_an_unused_expired_url() {
    let emulator = frozen();
    presign(&emulator);
    emulator.assert_clean_with(Warning);
    emulator.clock().advance(LATE);
    emulator.assert_clean_with(Warning);
}

#[test]
fn an_url_that_was_renewed_in_time_is_not_missed() {
    let emulator = frozen();
    let client = Client::new(&emulator, "alice-key");
    presign(&emulator);
    advance(&client, "30m");
    let new = presign(&emulator);
    advance(&client, "31m");
    assert_nothing(&emulator);
    assert_eq!(put(&emulator, &new), 200);
    advance(&client, "61m");
    assert_nothing(&emulator);
}

#[test]
fn an_url_that_is_in_use_when_its_time_is_over_is_not_missed() {
    let emulator = frozen();
    let client = Client::new(&emulator, "alice-key");
    let presigned = presign(&emulator);
    let put = Request::put(&presigned.url, &presigned.md5, BODY).and("content-type", "text/plain");
    let mut connection = Connection::open(&emulator);
    connection.write(&put.and("expect", "100-continue").head());
    assert_eq!(connection.read_head().status, 100);
    advance(&client, "61m");
    assert_nothing(&emulator);
    connection.write(BODY);
    assert_eq!(connection.read_answer().status, 200);
    assert_nothing(&emulator);
}

#[test]
fn reports_late_use_of_a_url_reported_as_unused() {
    let emulator = frozen();
    let client = Client::new(&emulator, "alice-key");
    let presigned = presign(&emulator);
    emulator.clock().advance(LATE);
    assert_eq!(reported(&client, "findings"), ["url-unused"]);
    assert_eq!(put(&emulator, &presigned), 403);
    assert_eq!(put(&emulator, &presign(&emulator)), 200);
    assert_eq!(reported(&client, "findings"), ["url-unused", "s3-url-expired", "expired-url-renewed"]);
}

#[test]
fn reports_a_retry_with_an_expired_url_at_once() {
    let emulator = frozen();
    let presigned = presign(&emulator);
    emulator.clock().advance(LATE);
    assert_eq!(put(&emulator, &presigned), 403);
    assert!(emulator.findings().iter().all(|finding| finding.rule != "expired-url-not-renewed"));
    assert_eq!(put(&emulator, &presigned), 403);
    emulator.clock().advance(Duration::from_secs(1));
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
