//! Mistakes with time and with the meaning of answers: 25, 26, 30, 31, 35.

use std::time::Duration;

use super::refused;
use crate::support::{
    bucket::{BODY, MD5, MD5_HEX, at, element, frozen, presign, signed, signed_at, upload},
    raw::Connection,
    request::Request,
};

#[test]
fn mistake_25_the_url_is_used_after_an_hour() {
    let emulator = frozen();
    let queued = upload(&emulator);
    emulator.clock().advance(Duration::from_secs(3601));
    let answer = refused(&emulator, &queued, 403, "AccessDenied");
    assert_eq!(element(&answer, "Message"), "Request has expired");
    assert_eq!(element(&answer, "X-Amz-Expires"), "3600");
    assert_eq!(element(&answer, "Expires"), "2026-01-02T04:04:05Z");
    assert_eq!(element(&answer, "ServerTime"), "2026-01-02T04:04:06Z");
    // A retry needs a new URL, and nothing else.
    assert_eq!(upload(&emulator).send(&emulator).status, 200);
}

#[test]
fn mistake_26_the_signers_clock_is_wrong() {
    let emulator = frozen();
    let (path, day) = ("/alloy-user-files/k", Duration::from_secs(86_400));
    let signed_by = |time| signed_at(path, "PUT", &[("content-md5", MD5)], time).body(BODY);
    let early = refused(&emulator, &signed_by(at("03:04:05") + day), 403, "AccessDenied");
    assert_eq!(element(&early, "Message"), "Request is not yet valid");
    assert_eq!(element(&early, "X-Amz-Date"), "1767409445000");
    assert_eq!(element(&early, "Expires"), "2026-01-03T04:04:05Z");
    let late = refused(&emulator, &signed_by(at("03:04:05") - day), 403, "AccessDenied");
    assert_eq!(element(&late, "Message"), "Request has expired");
    assert_eq!(element(&late, "Expires"), "2026-01-01T04:04:05Z");
}

#[test]
fn mistake_30_s3s_answers_are_empty_or_xml() {
    let emulator = frozen();
    let mut connection = Connection::open(&emulator);
    let answer = upload(&emulator).send_on(&mut connection);
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!((answer.header("content-length"), answer.header("content-type")), ("0", ""));
    let refused = upload(&emulator).without_query().send(&emulator);
    assert_eq!(refused.header("content-type"), "application/xml");
    assert!(refused.text().starts_with("<?xml "), "{}", refused.text());
}

#[test]
fn mistake_31_the_etag_is_compared_with_its_quotes() {
    let emulator = frozen();
    let answer = upload(&emulator).send(&emulator);
    assert_eq!(answer.header("etag"), format!("\"{MD5_HEX}\""));
    let read = signed("GET", &presign(&emulator).key, &[]).send(&emulator);
    assert_eq!(read.header("etag"), format!("\"{MD5_HEX}\""));
}

#[test]
fn mistake_35_a_second_upload_is_to_append() {
    let emulator = frozen();
    let first = signed("PUT", "log.txt", &[]).body(b"one\n");
    let second = Request { body: b"two\n".to_vec(), ..first.clone() };
    for request in [first, second] {
        assert_eq!(request.send(&emulator).status, 200);
    }
    assert_eq!(emulator.files().len(), 1);
    assert_eq!(emulator.files()[0].content(), b"two\n");
    // With Alloy's URL, other bytes are refused, and the old file stays.
    let emulator = frozen();
    assert_eq!(upload(&emulator).send(&emulator).status, 200);
    let answer = upload(&emulator).body(b"more").send(&emulator);
    assert_eq!((answer.status, element(&answer, "Code").as_str()), (400, "BadDigest"));
    assert_eq!(emulator.files()[0].content(), BODY);
}
