//! docs/facts-s3.md#paths-and-http

use super::{Row, hold, is_all_that_is_stored, refuse, take, trigger};
use crate::support::{
    bucket::{
        BODY, BUCKET_HOST, MD5, MD5_HEX, at, element, frozen, frozen_with, is_closed, presign, signed, upload,
    },
    golden,
    raw::{Connection, exchange},
    request::Request,
    sign,
};

#[test]
fn paths_that_cannot_be_decoded_are_refused_word_for_word() {
    let emulator = frozen();
    let good = upload(&emulator);
    let rows: Vec<Row> =
        ["invalid-escape", "non-utf8-path"].map(|row| (row, trigger::of(row, good.clone()), 400)).into();
    refuse(&emulator, rows);
    for path in ["%", "%4", "%zz", "a%"] {
        refuse(&emulator, vec![("invalid-escape", good.clone().replace("report.pdf", path), 400)]);
    }
    for path in ["%C3%28", "%ED%A0%80"] {
        let answer = good.clone().replace("report.pdf", path).send(&emulator);
        assert_eq!((answer.status, element(&answer, "Code").as_str()), (400, "InvalidURI"), "{path}");
    }
}

#[test]
fn a_malformed_escape_has_its_own_status_line() {
    let emulator = frozen();
    let mut connection = Connection::open(&emulator);
    connection.write(&trigger::of("invalid-escape", upload(&emulator)).bytes());
    let answer = String::from_utf8(connection.read_to_end()).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 Invalid URI: isHexDigit\r\n"), "{answer}");
    // Only there.
    let mut connection = Connection::open(&emulator);
    connection.write(&trigger::of("non-utf8-path", upload(&emulator)).bytes());
    assert!(connection.read_to_end().starts_with(b"HTTP/1.1 400 Bad Request\r\n"));
}

#[test]
fn a_plus_in_the_path_is_a_space_and_an_escaped_one_a_plus() {
    let emulator = frozen();
    let headers = [("content-md5", MD5)];
    take(
        &emulator,
        "plus-in-path",
        &signed("PUT", "a%20b", &headers).replace("a%20b", "a+b").body(BODY),
        "a b",
    );
    // A signed plus that is sent as a space is another path.
    let plus = signed("PUT", "a%2Bb", &headers).body(BODY);
    assert_eq!(plus.clone().replace("a%2Bb", "a+b").send(&emulator).status, 403);
    assert_eq!(plus.send(&emulator).status, 200);
    let keys: Vec<_> = emulator.files().iter().map(|object| object.s3_key().to_owned()).collect();
    assert_eq!(keys, ["a b", "a+b"]);
}

#[test]
fn slashes_and_dots_are_part_of_the_key() {
    let headers = [("content-md5", MD5)];
    for (row, path, sent, key) in [
        ("slashes-in-path", "a//b/", "a//b/", "a//b/"),
        ("slashes-in-path", "/lead", "%2Flead", "/lead"),
        ("slashes-in-path", "a/b", "a%2fb", "a/b"),
        ("dots-in-path", "a/../b/./c", "a/../b/./c", "a/../b/./c"),
        ("dots-in-path", "a/../b", "a/%2e%2E/b", "a/../b"),
    ] {
        let emulator = frozen();
        let request = signed("PUT", path, &headers);
        let target = request.target.replacen(path, sent, 1);
        take(&emulator, row, &Request { target, ..request }.body(BODY), key);
    }
    // A client that collapses them before sending requests another key.
    let emulator = frozen();
    for (path, collapsed) in [("a/../b", "b"), ("a/./b", "a/b"), ("a//b", "a/b")] {
        let request = signed("PUT", path, &headers).replace(path, collapsed).body(BODY);
        assert_eq!(element(&request.send(&emulator), "Code"), "SignatureDoesNotMatch", "{path}");
    }
}

#[test]
fn who_waits_for_100_gets_it_once_the_head_is_good() {
    let emulator = frozen();
    let good = upload(&emulator).and("expect", "100-continue");
    let waiting =
        |headers: &[(&str, &str)]| signed("PUT", "k", headers).and("expect", "100-continue").body(BODY);
    for (row, request) in [
        ("no-authentication", trigger::of("no-authentication", good.clone())),
        ("two-auth-mechanisms", trigger::of("two-auth-mechanisms", good.clone())),
        ("wrong-signature", trigger::of("wrong-signature", good.clone())),
        ("unsigned-content-md5", waiting(&[]).and("content-md5", MD5)),
        ("malformed-content-md5", waiting(&[("content-md5", MD5_HEX)])),
        ("object-too-large", trigger::of("object-too-large", good.clone())),
    ] {
        let mut connection = Connection::open(&emulator);
        connection.write(&request.head());
        let answer = connection.read_answer();
        // The final status comes without 100 before it.
        assert_eq!(answer.status, golden::status_and_text(row).0, "{row}");
        assert_eq!(golden::beginning(&answer.text()), golden::status_and_text(row).1, "{row}");
        // The body is never sent, so that the connection cannot be used again.
        assert!(connection.read_answer_or_end().is_none(), "{row}");
    }
    let mut connection = Connection::open(&emulator);
    connection.write(&good.head());
    assert_eq!(connection.read_head().status, 100);
    assert!(emulator.files().is_empty());
    connection.write(BODY);
    hold("expect-continue", &connection.read_answer(), 200);
    is_all_that_is_stored(&emulator, &presign(&emulator).key, BODY);
    assert!(!is_closed(&mut connection));
}

#[test]
fn other_expectations_are_not_met_and_not_minded() {
    for value in ["200", "", "100"] {
        let emulator = frozen();
        let key = presign(&emulator).key;
        // Also where it is refused, and the body has come nevertheless.
        let unsigned = trigger::of("wrong-signature", upload(&emulator).and("expect", value));
        refuse(&emulator, vec![("wrong-signature", unsigned, 403)]);
        take(&emulator, "other-expect", &upload(&emulator).and("expect", value), &key);
    }
}

#[test]
fn the_scheme_is_not_signed() {
    let emulator = frozen_with(|builder| builder.public_url("https://localhost:7979".parse().unwrap()));
    let presigned = presign(&emulator);
    let plain = presigned.url.replace("https://", "http://");
    assert_ne!(plain, presigned.url);
    take(&emulator, "plain-http", &Request::put(&plain, MD5, BODY), &presigned.key);
}

#[test]
fn virtual_host_style_is_s3_whatever_the_path() {
    let emulator = frozen();
    let headers = [("content-md5", MD5)];
    for path in ["/uploads/report.pdf", "/connectors/files/list", "/_assay/reset", "//lead/../x/."] {
        let put = sign::url("PUT", BUCKET_HOST, path, &headers, at("03:04:05"));
        let answer = Request::put(&put, MD5, BODY).send(&emulator);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert_eq!(answer.header("etag"), format!("\"{MD5_HEX}\""));
        let get = sign::url("GET", BUCKET_HOST, path, &[], at("03:04:05"));
        let target = get.strip_prefix(&format!("http://{BUCKET_HOST}")).unwrap();
        let got = Request::new("GET", target).with("host", BUCKET_HOST).send(&emulator);
        assert_eq!((got.status, &got.body[..]), (200, BODY), "{path}");
        // The same URL with another host has another signature.
        let moved = Request::put(&put, MD5, BODY).with("host", format!("{BUCKET_HOST}:80")).send(&emulator);
        assert_eq!(moved.status, 403, "{path}");
    }
    assert_eq!(emulator.files().len(), 4);
}

#[test]
fn accepts_a_url_made_by_the_sdk() {
    let emulator = frozen();
    // V1 of docs/facts-s3.md#test-vectors
    let target = "/uploads/report.pdf?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD\
        &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260102%2Fus-east-1%2Fs3%2Faws4_request\
        &X-Amz-Date=20260102T030405Z&X-Amz-Expires=3600\
        &X-Amz-Signature=2297b1cdcd3f9efb60a065adfb13b6ac21476afcc32a4427fe47ea4ef5032c86\
        &X-Amz-SignedHeaders=content-md5%3Bhost&x-amz-checksum-crc32=AAAAAA%3D%3D\
        &x-amz-sdk-checksum-algorithm=CRC32&x-id=PutObject";
    let request = Request::new("PUT", target).with("host", BUCKET_HOST).and("content-md5", MD5).body(BODY);
    let answer = exchange(&emulator, &request.bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
    is_all_that_is_stored(&emulator, "uploads/report.pdf", BODY);
}
