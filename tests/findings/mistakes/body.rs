//! Mistakes with digests, bodies and their lengths: 1 to 5, 22 to 24.

use std::time::Duration;

use alloy_assay::Emulator;

use super::{has_line, mismatch, refused};
use crate::support::{
    Client,
    bucket::{BODY, MD5_HEX, element, frozen, frozen_with, signed, upload},
    md5_base64, md5_hex,
    raw::Connection,
    request::Request,
};

/// The upload of a file that is announced rightly.
fn upload_of(emulator: &Emulator, content: &[u8]) -> Request {
    let presigned = Client::new(emulator, "alice-key").presign("report.pdf", content);
    Request::put(&presigned.url, &presigned.md5, content)
}

#[test]
fn mistake_01_the_content_md5_header_is_forgotten() {
    let emulator = frozen();
    let answer = mismatch(&emulator, &upload(&emulator).without("content-md5"));
    assert!(has_line(&answer, "content-md5:"));
}

#[test]
fn mistake_02_the_digest_is_sent_as_hex() {
    let emulator = frozen();
    let answer = mismatch(&emulator, &upload(&emulator).with("content-md5", MD5_HEX));
    assert!(has_line(&answer, &format!("content-md5:{MD5_HEX}")));
    // Handed to the signer too, it is a digest that is none.
    let both = signed("PUT", "k", &[("content-md5", MD5_HEX)]).body(BODY);
    assert_eq!(element(&refused(&emulator, &both, 400, "InvalidDigest"), "Content-MD5"), MD5_HEX);
}

#[test]
fn mistake_03_the_digest_is_base64_of_its_hex_text() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let emulator = frozen();
    let md5 = STANDARD.encode(MD5_HEX);
    let both = signed("PUT", "k", &[("content-md5", &md5)]).body(BODY);
    assert_eq!(element(&refused(&emulator, &both, 400, "InvalidDigest"), "Content-MD5"), md5);
}

/// Announces one content and sends another.
#[track_caller]
fn altered(content: &[u8], sent: &[u8]) {
    assert_ne!(content, sent);
    let emulator = frozen();
    let answer = refused(&emulator, &upload_of(&emulator, content).body(sent), 400, "BadDigest");
    assert_eq!(element(&answer, "CalculatedDigest"), md5_base64(sent));
    assert_eq!(element(&answer, "ExpectedDigest"), md5_hex(content));
}

#[test]
fn mistake_04_line_ends_are_converted() {
    altered(b"one\ntwo\n", b"one\r\ntwo\r\n");
}

#[test]
fn mistake_04_curl_drops_the_newlines() {
    altered(b"one\ntwo\n", b"onetwo"); // curl -d @file
}

#[test]
fn mistake_04_the_body_is_wrapped_in_base64_or_json() {
    altered(b"123456", b"MTIzNDU2");
    altered(b"123456", b"\"123456\"");
    altered(b"123456", br#"{"type":"Buffer","data":[49,50,51,52,53,54]}"#);
}

#[test]
fn mistake_04_the_image_is_encoded_anew() {
    let png = include_bytes!("../../../fixtures/files/gradient.png");
    // An encoder leaves its name behind: a text chunk before the last one.
    let (image, end) = png.split_at(png.len() - 12);
    let name = b"\0\0\0\x0dtEXtSoftware\0test\x1f\x2e\x3d\x4c";
    altered(png, &[image, name, end].concat());
}

#[test]
fn mistake_04_a_stream_is_read_twice_and_is_empty_then() {
    altered(b"123456", b"");
}

const MULTIPART: &[u8] = b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"report.pdf\"\r\n\
    Content-Type: application/pdf\r\n\r\n123456\r\n--x--\r\n";

#[test]
fn mistake_05_the_body_is_a_form() {
    altered(BODY, MULTIPART);
    // Without a digest, nobody notices unless the type is signed.
    let emulator = frozen();
    let form = |headers: &[(&str, &str)]| {
        signed("PUT", "k", headers).with("content-type", "multipart/form-data; boundary=x").body(MULTIPART)
    };
    mismatch(&emulator, &form(&[("content-type", "application/pdf")]));
    assert_eq!(form(&[]).send(&emulator).status, 200);
    assert_eq!(emulator.files()[0].content(), MULTIPART);
}

#[test]
fn mistake_22_a_stream_of_unknown_length_is_sent_in_chunks() {
    let emulator = frozen();
    let chunked = upload(&emulator)
        .body(b"6\r\n123456\r\n0\r\n\r\n")
        .without("content-length")
        .and("transfer-encoding", "chunked");
    // As Node sends it, and as curl -T - does.
    for request in [chunked.clone(), chunked.and("expect", "100-continue")] {
        let answer = refused(&emulator, &request, 501, "NotImplemented");
        assert_eq!(element(&answer, "Header"), "Transfer-Encoding");
    }
}

#[test]
fn mistake_23_there_is_no_body_and_no_length() {
    let emulator = frozen();
    // curl -X PUT, and a client that leaves out the length of nothing.
    let curl = Request { body: Vec::new(), ..upload(&emulator).without("content-length") };
    let empty = upload_of(&emulator, b"");
    for request in [curl, empty.clone().without("content-length")] {
        refused(&emulator, &request, 411, "MissingContentLength");
    }
    assert_eq!(empty.headers.iter().filter(|(name, _)| name == "content-length").count(), 1);
    assert_eq!(empty.send(&emulator).status, 200);
    assert_eq!(emulator.files()[0].size(), 0);
}

#[test]
fn mistake_24_the_length_is_too_large() {
    let emulator = frozen_with(|builder| builder.idle_timeout(Duration::from_millis(500)));
    let mut connection = Connection::open(&emulator);
    let answer = upload(&emulator).with("content-length", "7").send_on(&mut connection);
    assert_eq!((answer.status, element(&answer, "Code").as_str()), (400, "RequestTimeout"));
    assert!(connection.read_answer_or_end().is_none());
    assert!(emulator.files().is_empty());
}

#[test]
fn mistake_24_the_length_is_too_small() {
    let emulator = frozen();
    let answer = refused(&emulator, &upload(&emulator).with("content-length", "5"), 400, "BadDigest");
    assert_eq!(element(&answer, "CalculatedDigest"), md5_base64(b"12345"));
    // `length` counts characters where the body has bytes.
    let text = "größer".as_bytes();
    let answer =
        refused(&emulator, &upload_of(&emulator, text).with("content-length", "6"), 400, "BadDigest");
    assert_eq!(element(&answer, "CalculatedDigest"), md5_base64(&text[..6]));
}
