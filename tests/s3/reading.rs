//! What was uploaded, read back with URLs of its own: the second half of section 2.

use super::{success::sorted, support};
use support::{
    bucket::{BODY, MD5_HEX, at, element, frozen, is_closed, presign, signed, upload},
    raw::Connection,
};

#[test]
fn an_unsigned_content_type_is_taken_and_comes_back() {
    let emulator = frozen();
    let key = presign(&emulator).key;
    assert_eq!(upload(&emulator).and("content-type", "application/pdf").send(&emulator).status, 200); // S4
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
        // S19: a URL for the one is none for the other.
        for other in
            ["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH"].iter().filter(|other| **other != method)
        {
            let refused = signed(method, &key, &[]).method(other).send(&emulator);
            assert_eq!(refused.status, 403, "{other} with an URL for {method}");
            let code = if *other == "HEAD" { "" } else { "SignatureDoesNotMatch" };
            assert_eq!(element(&refused, "Code"), code, "{other}");
        }
    }
}

#[test]
fn a_reader_is_told_what_is_not_there() {
    let emulator = frozen();
    let missing = signed("GET", "none", &[]).send(&emulator);
    assert_eq!((missing.status, element(&missing, "Code").as_str()), (404, "NoSuchKey"));
    assert_eq!(element(&missing, "Message"), "The specified key does not exist.");
    assert_eq!(element(&missing, "Key"), "none");
}
