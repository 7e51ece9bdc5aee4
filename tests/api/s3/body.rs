//! The body, its length and its digest, with a valid signature: docs/facts-s3.md#length-of-the-body

use std::time::Duration;

use super::{Row, hold, refuse, trigger};
use crate::support::{
    self,
    bucket::{
        BODY, EMPTY_MD5, MD5, MD5_HEX, element, frozen, frozen_with, is_closed, presign, signed, signed_at,
        upload,
    },
    golden, md5_base64,
    raw::{Connection, exchange},
    request::Request,
};

/// A PUT of [`BODY`] with a `Content-MD5` that was signed.
fn put_with(md5: &str) -> Request {
    signed("PUT", "k", &[("content-md5", md5)]).body(BODY)
}

#[test]
fn wrong_lengths_and_digests_are_refused_word_for_word() {
    let emulator = frozen();
    let good = upload(&emulator);
    let wrong = |row| trigger::of(row, good.clone());
    let long = "k".repeat(1025);
    let sized = [("content-md5", MD5), ("content-length", "6")];
    let elsewhere = support::bucket::at("03:04:05");
    let rows: Vec<Row> = vec![
        ("malformed-content-md5", put_with(MD5_HEX), 400),
        ("empty-content-md5", put_with(""), 400), // docs/facts-s3.md#empty-content-md5
        ("other-base64-forms", put_with(MD5.trim_end_matches('=')), 400), // docs/facts-s3.md#other-base64-forms
        ("wrong-content-md5", wrong("wrong-content-md5"), 400),
        ("missing-content-length", wrong("missing-content-length"), 411),
        ("chunked-body", wrong("chunked-body"), 501),
        ("chunked-body", wrong("chunked-body").and("content-length", "6"), 501), // the encoding goes before the length
        ("short-content-length", good.clone().with("content-length", "5"), 400),
        ("object-too-large", wrong("object-too-large"), 400),
        ("key-too-long", signed("PUT", &long, &[("content-md5", MD5)]).body(BODY), 400),
        ("header-section-too-large", wrong("header-section-too-large"), 400),
        ("signed-content-length", signed("PUT", "k", &sized).body(b"1234567"), 403),
        ("missing-bucket", signed_at("/other-bucket/k", "PUT", &[], elsewhere).body(BODY), 404), // after the signature
    ];
    refuse(&emulator, rows);
}

#[test]
fn only_padded_base64_of_16_bytes_is_a_digest() {
    let emulator = frozen();
    let hex_text = md5_base64(b"x").len(); // 24: the length of a digest
    for md5 in [
        "__invalid__",
        "000",
        "not base64 encoded checksum",
        "MTIz",
        "MTIzNDU2Nzg5MTE=",                             // 11 bytes
        "ZTEwYWRjMzk0OWJhNTlhYmJlNTZlMDU3ZjIwZjg4M2U=", // the hex text
        "4QrcOUm6Wau-VuBX8g-IPg==",                     // base64url
        "4QrcOUm6Wau+VuBX8g+IPg=",
        "4QrcOUm6Wau+VuBX8g+IPh==", // bits behind the last byte
        "4QrcOUm6Wau+VuBX8g+IPg==%0A",
        &"A".repeat(hex_text),
    ] {
        let answer = put_with(md5).send(&emulator);
        assert_eq!((answer.status, element(&answer, "Code").as_str()), (400, "InvalidDigest"), "{md5}");
        assert_eq!(element(&answer, "Content-MD5"), md5);
    }
    assert!(emulator.files().is_empty());
}

#[test]
fn ignores_bytes_beyond_the_content_length() {
    let emulator = frozen();
    // Without a signed digest, or with that of the read bytes, it is stored. The rest is the next request.
    for headers in [&[("content-md5", MD5)][..], &[]] {
        let short = signed("PUT", "k", headers).and("content-length", "6");
        let mut connection = Connection::open(&emulator);
        let list = Request::alloy("GET", "/connectors/files/list").bytes();
        connection.write(&[&short.bytes()[..], BODY, &list].concat());
        assert_eq!(connection.read_answer().status, 200);
        let next = connection.read_answer();
        assert_eq!((next.status, next.text().as_str()), (200, "{\"files\":[]}"));
        super::is_all_that_is_stored(&emulator, "k", BODY);
    }
}

#[test]
fn a_length_that_is_no_number_is_refused_below_s3() {
    let emulator = frozen();
    for length in ["-1", "six"] {
        let answer = upload(&emulator).with("content-length", length).send(&emulator);
        // The HTTP library answers by itself, with its own time.
        golden::check(
            "s3/invalid-content-length.http",
            &golden::whole(&answer),
            &[("Date", answer.header("date"))],
        );
    }
    assert!(emulator.files().is_empty());
}

#[test]
fn a_header_section_of_8_kib_is_the_longest() {
    let emulator = frozen();
    let good = upload(&emulator).and("x-long", "");
    let section = |request: &Request| {
        request.head().len() - Request { headers: Vec::new(), ..request.clone() }.head().len()
    };
    for (size, status) in [(8192, 200), (8193, 400)] {
        let request = good.clone().with("x-long", "x".repeat(size - section(&good)));
        assert_eq!((section(&request), request.send(&emulator).status), (size, status));
    }
}

#[test]
fn a_missing_length_has_its_own_status_line() {
    let emulator = frozen();
    let mut connection = Connection::open(&emulator);
    connection.write(&trigger::of("missing-content-length", upload(&emulator)).bytes());
    connection.finish();
    assert!(connection.read_to_end().starts_with(b"HTTP/1.1 411 Length Required\r\n"));
    // 0 is a length.
    let empty = signed("PUT", "empty", &[("content-md5", EMPTY_MD5)]).body(b"");
    assert_eq!(empty.send(&emulator).status, 200);
    super::is_all_that_is_stored(&emulator, "empty", b"");
}

#[test]
fn refuses_one_byte_above_the_limit() {
    let emulator = frozen_with(|builder| builder.max_object_size(6));
    assert_eq!(upload(&emulator).send(&emulator).status, 200);
    let larger = put_with(&md5_base64(b"1234567")).body(b"1234567").send(&emulator);
    assert_eq!(element(&larger, "Code"), "EntityTooLarge");
    assert_eq!(
        (element(&larger, "ProposedSize"), element(&larger, "MaxSizeAllowed")),
        ("7".into(), "6".into())
    );
    let key = presign(&emulator).key;
    super::is_all_that_is_stored(&emulator, &key, BODY);
}

#[test]
fn a_key_of_1024_bytes_of_utf_8_is_the_longest() {
    let emulator = frozen();
    let (longest, longer) = ("%C3%A9".repeat(512), "%C3%A9".repeat(513));
    assert_eq!(signed("PUT", &longest, &[]).body(BODY).send(&emulator).status, 200);
    super::is_all_that_is_stored(&emulator, &"é".repeat(512), BODY);
    let answer = signed("PUT", &longer, &[]).body(BODY).send(&emulator);
    assert_eq!(
        (element(&answer, "Code").as_str(), element(&answer, "Size").as_str()),
        ("KeyTooLongError", "1026")
    );
}

#[test]
fn a_body_that_stops_coming_times_out() {
    let emulator = frozen_with(|builder| builder.idle_timeout(Duration::from_millis(500)));
    let stopped = trigger::of("incomplete-body", upload(&emulator));
    let mut connection = Connection::open(&emulator);
    hold("stalled-body", &stopped.send_on(&mut connection), 400);
    assert!(is_closed(&mut connection));
    assert!(emulator.files().is_empty());
}

#[test]
fn a_body_that_ends_early_is_incomplete() {
    let emulator = frozen();
    let ended = trigger::of("incomplete-body", upload(&emulator));
    hold("incomplete-body", &exchange(&emulator, &ended.bytes()), 400);
    assert!(emulator.files().is_empty());
}
