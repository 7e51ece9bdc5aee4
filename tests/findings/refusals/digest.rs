//! Bodies that differ from the announced file: mistakes 3 to 5 and 24.

use super::{one, word_for_word};
use crate::support::{
    Client,
    bucket::{MD5_HEX, frozen, frozen_with, signed, upload},
    request::Request,
};

/// The upload of `sent` where `content` was announced.
fn altered(emulator: &alloy_assay::Emulator, content: &[u8], sent: &[u8]) -> Request {
    let presigned = Client::new(emulator, "alice-key").presign("report.pdf", content);
    Request::put(&presigned.url, &presigned.md5, content).body(sent)
}

#[test]
fn recognises_wrapped_bodies() {
    let emulator = frozen();
    let form = b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"report.pdf\"\r\n\
        Content-Type: application/pdf\r\n\r\n123456\r\n--x--\r\n";
    for (content, sent, rule) in [
        (&b"123456"[..], &form[..], "s3-body-multipart"),
        (b"123456", b"MTIzNDU2", "s3-body-encoded"),
        (b"123456", br#"{"type":"Buffer","data":[49,50,51,52,53,54]}"#, "s3-body-json"),
        (b"one\ntwo\n", b"one\r\ntwo\r\n", "s3-body-line-ends"),
        (b"123456", b"", "s3-body-empty"),
        (b"123456", b"654321", "s3-body-other"),
    ] {
        word_for_word(&emulator, &altered(&emulator, content, sent), rule, "body");
    }
    let curl =
        altered(&emulator, b"one\ntwo\n", b"onetwo").and("content-type", "application/x-www-form-urlencoded");
    one(&emulator, &curl, "s3-body-line-ends", "body", &["`curl -d`"]);
    let png = include_bytes!("../../../fixtures/files/gradient.png");
    let as_text = String::from_utf8_lossy(png).into_owned();
    one(
        &emulator,
        &altered(&emulator, png, as_text.as_bytes()),
        "s3-body-text-encoding",
        "body",
        &["U+FFFD"],
    );
    one(&emulator, &altered(&emulator, b"", b"file"), "s3-announced-md5", "body", &["nothing at all"]);
    one(
        &emulator,
        &altered(&emulator, b"report.pdf", b"file"),
        "s3-announced-md5",
        "body",
        &["`report.pdf`"],
    );
    let cut = altered(&emulator, "größer".as_bytes(), "größer".as_bytes()).with("content-length", "6");
    one(&emulator, &cut, "s3-content-length-short", "body", &["read 6 bytes", "counts characters, 6"]);
}

#[test]
fn a_body_that_is_another_file_is_named() {
    let emulator = frozen();
    Client::new(&emulator, "alice-key").presign("other.txt", b"other");
    let swapped = altered(&emulator, b"123456", b"other");
    one(&emulator, &swapped, "s3-body-other-file", "body", &["`other.txt`"]);
}

#[test]
fn a_large_body_is_looked_at_wherever_it_is_kept() {
    let file: Vec<u8> = (0..200_000_u32).flat_map(|number| format!("{number}\n").into_bytes()).collect();
    let crlf = String::from_utf8(file.clone()).unwrap().replace('\n', "\r\n");
    for spill_over in [0, 8 << 20] {
        let emulator = frozen_with(|builder| builder.spill_over(spill_over));
        let request = altered(&emulator, &file, crlf.as_bytes());
        one(&emulator, &request, "s3-body-line-ends", "body", &["LF to CRLF"]);
    }
}

#[test]
fn describes_a_large_body_by_its_beginning() {
    let emulator = frozen();
    let mut form = b"--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n".to_vec();
    form.resize((16 << 20) + 1, b'a');
    one(&emulator, &altered(&emulator, b"123456", &form), "s3-body-multipart", "body", &["looks like"]);
    form.fill(b'a');
    one(&emulator, &altered(&emulator, b"123456", &form), "s3-body-other", "body", &["16777217 bytes"]);
}

#[test]
fn describes_an_invalid_signed_digest() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let emulator = frozen();
    let of_hex = STANDARD.encode(MD5_HEX);
    for (value, rule, telling) in [
        (MD5_HEX, "s3-content-md5-hex", "4QrcOUm6Wau+VuBX8g+IPg=="),
        (&of_hex, "s3-content-md5-of-hex", "4QrcOUm6Wau+VuBX8g+IPg=="),
        ("MTIz", "s3-content-md5-form", "base64 of 3 bytes"),
        ("__invalid__", "s3-content-md5-form", "not base64"),
        ("", "s3-content-md5-form", "is empty"),
    ] {
        let request = signed("PUT", "k", &[("content-md5", value)]).body(b"123456");
        one(&emulator, &request, rule, "content-md5", &[telling]);
    }
}

#[test]
fn a_good_upload_and_retry_raise_no_finding() {
    let emulator = frozen();
    let good = upload(&emulator);
    for _ in 0..2 {
        assert_eq!(good.send(&emulator).status, 200);
    }
    let of_s3: Vec<_> =
        emulator.findings().into_iter().filter(|finding| finding.rule.starts_with("s3-")).collect();
    assert!(of_s3.is_empty(), "{of_s3:?}");
}
