//! docs/facts-s3.md#successful-upload, docs/facts-s3.md#download

use super::is_all_that_is_stored;
use crate::support::{
    bucket::{BODY, MD5_HEX, at, element, frozen, is_closed, presign, signed, signed_at, upload},
    md5_hex,
    raw::{Answer, Connection},
};

/// An answer's headers by name.
fn sorted(answer: &Answer) -> Vec<(&str, &str)> {
    let mut pairs: Vec<_> =
        answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    pairs.sort_unstable();
    pairs
}

#[test]
fn an_upload_is_answered_with_s3s_headers_and_nothing_else() {
    let emulator = frozen();
    let mut connection = Connection::open(&emulator);
    let answer = upload(&emulator).send_on(&mut connection);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let (id, host_id) = (answer.header("x-amz-request-id"), answer.header("x-amz-id-2"));
    let etag = format!("\"{MD5_HEX}\"");
    let expected = vec![
        ("content-length", "0"),
        ("date", "Fri, 02 Jan 2026 03:04:05 GMT"),
        ("etag", &etag),
        ("server", "AmazonS3"),
        ("x-amz-checksum-crc64nvme", "CVmbZh4IWzA="),
        ("x-amz-checksum-type", "FULL_OBJECT"),
        ("x-amz-id-2", host_id),
        ("x-amz-request-id", id),
        ("x-amz-server-side-encryption", "AES256"),
    ];
    assert_eq!(sorted(&answer), expected);
    assert!(
        id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()),
        "{id}"
    );
    assert!(host_id.len() == 76 && host_id.ends_with('='), "{host_id}");
    assert!(!is_closed(&mut connection));
    is_all_that_is_stored(&emulator, &presign(&emulator).key, BODY);
}

#[test]
fn returns_the_digests_of_an_upload() {
    let emulator = frozen();
    // The checksums are recorded ones, but for the last, which is the algorithm's own check value.
    for (body, crc) in [
        ("", "AAAAAAAAAAA="),
        ("something", "1BGd19PD4OU="),
        ("123456", "CVmbZh4IWzA="),
        ("test data..", "qUVrWYOrIAM="),
        ("123456789", "rosUhgp5mIg="),
    ] {
        let answer = signed("PUT", "k", &[]).body(body.as_bytes()).send(&emulator);
        assert_eq!((answer.status, answer.header("x-amz-checksum-crc64nvme")), (200, crc), "{body:?}");
        assert_eq!(answer.header("etag"), format!("\"{}\"", md5_hex(body.as_bytes())), "{body:?}");
        is_all_that_is_stored(&emulator, "k", body.as_bytes());
    }
}

#[test]
fn every_answer_has_ids_of_its_own() {
    let emulator = frozen();
    let good = upload(&emulator);
    let mut ids: Vec<String> = Vec::new();
    for request in [good.clone(), good.clone(), good.clone().without_query(), good.without_query()] {
        let answer = request.send(&emulator);
        ids.extend([answer.header("x-amz-request-id").to_owned(), answer.header("x-amz-id-2").to_owned()]);
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 8);
}

#[test]
fn stores_and_returns_an_unsigned_content_type() {
    let emulator = frozen();
    let key = presign(&emulator).key;
    assert_eq!(upload(&emulator).and("content-type", "application/pdf").send(&emulator).status, 200); // docs/facts-s3.md#unsigned-content-type
    let mut connection = Connection::open(&emulator);
    let got = signed("GET", &key, &[]).send_on(&mut connection);
    assert_eq!((got.status, got.header("content-type"), &got.body[..]), (200, "application/pdf", BODY));
    assert!(!is_closed(&mut connection));
}

#[test]
fn an_object_is_read_with_urls_of_their_own_and_with_no_other() {
    let emulator = frozen();
    let key = presign(&emulator).key;
    assert_eq!(upload(&emulator).send(&emulator).status, 200);
    emulator.clock().set(at("03:10:00"));
    for method in ["GET", "HEAD"] {
        let answer = signed(method, &key, &[]).send(&emulator);
        assert_eq!(answer.status, 200, "{method}: {}", answer.text());
        let (id, host_id) = (answer.header("x-amz-request-id"), answer.header("x-amz-id-2"));
        let etag = format!("\"{MD5_HEX}\"");
        let expected = vec![
            ("accept-ranges", "bytes"),
            ("content-length", "6"),
            ("content-type", "binary/octet-stream"),
            ("date", "Fri, 02 Jan 2026 03:10:00 GMT"),
            ("etag", &etag),
            ("last-modified", "Fri, 02 Jan 2026 03:04:05 GMT"),
            ("server", "AmazonS3"),
            ("x-amz-id-2", host_id),
            ("x-amz-request-id", id),
            ("x-amz-server-side-encryption", "AES256"),
        ];
        assert_eq!(sorted(&answer), expected, "{method}");
        assert_eq!(answer.body, if method == "GET" { BODY } else { b"" }, "{method}");
        assert_eq!(signed(method, "none", &[]).send(&emulator).status, 404, "{method}");
        // A URL for one method is not valid for another.
        for other in
            ["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH"].iter().filter(|other| **other != method)
        {
            let refused = signed(method, &key, &[]).method(other).send(&emulator);
            assert_eq!(refused.status, 403, "{other} with a URL for {method}");
            let code = if *other == "HEAD" { "" } else { "SignatureDoesNotMatch" };
            assert_eq!(element(&refused, "Code"), code, "{other}");
        }
    }
}

#[test]
fn a_get_of_a_missing_object_gets_404() {
    let emulator = frozen();
    let missing = signed("GET", "none", &[]).send(&emulator);
    assert_eq!((missing.status, element(&missing, "Code").as_str()), (404, "NoSuchKey"));
    assert_eq!(element(&missing, "Message"), "The specified key does not exist.");
    assert_eq!(element(&missing, "Key"), "none");
    let escaped = signed("GET", "a%3Cb", &[]).send(&emulator);
    assert!(escaped.text().contains("<Key>a&lt;b</Key>"), "{}", escaped.text());
    // Nor is the bucket itself an object.
    for (method, status, code) in [("PUT", 405, "MethodNotAllowed"), ("GET", 403, "AccessDenied")] {
        let bucket = signed_at("/alloy-user-files/", method, &[], at("03:04:05")).body(b"").send(&emulator);
        assert_eq!((bucket.status, element(&bucket, "Code").as_str()), (status, code), "{method}");
    }
}

#[test]
fn returns_the_checksum_on_request() {
    let emulator = frozen();
    let key = presign(&emulator).key;
    assert_eq!(upload(&emulator).send(&emulator).status, 200);
    let by_query = format!("{key}?x-amz-checksum-mode=ENABLED");
    for method in ["GET", "HEAD"] {
        let answer = signed(method, &by_query, &[]).send(&emulator);
        assert_eq!((answer.status, answer.header("x-amz-checksum-crc64nvme")), (200, "CVmbZh4IWzA="));
        assert_eq!(answer.header("x-amz-checksum-type"), "FULL_OBJECT");
        assert_eq!(signed(method, &key, &[]).send(&emulator).header("x-amz-checksum-crc64nvme"), "");
    }
}

/// An uploaded page must not run on the origin of the control API.
#[test]
fn what_a_browser_shows_as_a_page_has_an_origin_of_its_own() {
    let emulator = frozen();
    let key = presign(&emulator).key;
    assert_eq!(upload(&emulator).and("content-type", "text/html").send(&emulator).status, 200);
    let get = || signed("GET", &key, &[]);
    for request in [
        get().and("sec-fetch-dest", "document"),
        get().and("sec-fetch-dest", "iframe"),
        get().and("upgrade-insecure-requests", "1"),
        get().and("accept", "application/xml,text/html;q=0.9"),
    ] {
        let answer = request.send(&emulator);
        assert_eq!((answer.status, answer.header("content-security-policy")), (200, "sandbox"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    let fetched = get().and("sec-fetch-dest", "empty").and("accept", "*/*").send(&emulator);
    assert_eq!((fetched.status, fetched.header("content-security-policy")), (200, ""));
}

/// Parts, copies and subresources of an object are refused as unsupported, not treated as its content.
#[test]
fn refuses_unsupported_requests_without_an_effect() {
    let emulator = frozen();
    let key = presign(&emulator).key;
    assert_eq!(upload(&emulator).send(&emulator).status, 200);
    let copy = ("x-amz-copy-source", "/alloy-user-files/k");
    for (what, request) in [
        ("uploadId", signed("PUT", &format!("{key}?partNumber=1&uploadId=x"), &[])),
        ("acl", signed("PUT", &format!("{key}?acl"), &[])),
        ("tagging", signed("GET", &format!("{key}?tagging="), &[])),
        ("versionId", signed("HEAD", &format!("{key}?versionId=1"), &[])),
        ("x-amz-copy-source", signed("PUT", &key, &[copy])),
    ] {
        let is_head = request.method == "HEAD";
        let answer = request.body(b"other").send(&emulator);
        assert_eq!(answer.status, 501, "{what}: {}", answer.text());
        if !is_head {
            assert_eq!(element(&answer, "Code"), "NotImplemented", "{what}");
            assert!(["partNumber", what].contains(&&*element(&answer, "Header")), "{what}");
        }
    }
    is_all_that_is_stored(&emulator, &key, BODY);
}
