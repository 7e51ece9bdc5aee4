//! docs/facts-s3.md#signature, docs/facts-s3.md#unsigned-headers

use super::{Row, hold, refuse, take, trigger};
use alloy_assay::Emulator;

use crate::support::{
    self, Client,
    bucket::{BODY, MD5, element, frozen, presign, signed, upload},
    raw::Connection,
    request::Request,
};

/// Parameters that the SDK moves from headers to the query.
const HOISTED: &str = "k?x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32";

#[test]
fn refuses_wrong_signatures_word_for_word() {
    let emulator = frozen();
    let good = upload(&emulator);
    let wrong = |row| trigger::of(row, good.clone());
    let hash = ("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    let rows: Vec<Row> = vec![
        ("wrong-signature", wrong("wrong-signature"), 403),
        ("signed-header-missing", wrong("signed-header-missing"), 403),
        ("signed-header-changed", wrong("signed-header-changed"), 403),
        ("unsigned-amz-header", wrong("unsigned-amz-header"), 403),
        ("signed-payload-header-missing", signed("PUT", "k", &[hash]).without(hash.0).body(BODY), 403),
        ("unsigned-payload-hash", wrong("unsigned-payload-hash"), 403), // a decision: as clones do
        ("unsigned-content-md5", signed("PUT", "k", &[]).and("content-md5", MD5).body(BODY), 403),
        ("added-parameter", wrong("added-parameter"), 403),
        (
            "changed-parameter",
            signed("PUT", HOISTED, &[]).replace("AAAAAA%3D%3D", "CXLUaA%3D%3D").body(BODY),
            403,
        ),
        ("other-method", wrong("other-method"), 403),
        ("form-post", wrong("form-post"), 405),
    ];
    refuse(&emulator, rows);
}

#[test]
fn any_part_of_the_request_that_changed_breaks_the_signature() {
    let emulator = frozen();
    let good = upload(&emulator);
    let shorter = good.target.replacen("&x-id=PutObject", "", 1);
    for (what, request) in [
        ("host", good.clone().with("host", "localhost")),
        ("path", good.clone().replace("report.pdf", "other.pdf")),
        ("case of the path", good.clone().replace("report.pdf", "Report.pdf")),
        ("a parameter more", good.clone().replace("?", "?utm_source=mail&")),
        ("a parameter less", Request { target: shorter, ..good.clone() }),
        ("expiry", good.clone().replace("=3600", "=3601")),
        ("method", good.clone().method("POST")),
        ("method", good.clone().method("DELETE")),
        ("digest twice", good.clone().and("content-md5", MD5)),
        ("empty digest", good.clone().with("content-md5", "")),
    ] {
        let answer = request.send(&emulator);
        assert_eq!(
            (answer.status, element(&answer, "Code").as_str()),
            (403, "SignatureDoesNotMatch"),
            "{what}"
        );
    }
    assert!(emulator.files().is_empty());
}

#[test]
fn each_header_of_amazons_must_be_signed_and_is_named() {
    let emulator = frozen();
    for name in [
        "x-amz-acl",
        "x-amz-checksum-sha256",
        "x-amz-date",
        "x-amz-decoded-content-length",
        "x-amz-expires",
        "x-amz-meta-a",
        "x-amz-sdk-checksum-algorithm",
        "x-amz-tagging",
        "x-amz-user-agent",
    ] {
        let answer = upload(&emulator).and(name, "1").send(&emulator);
        let names = element(&answer, "HeadersNotSigned");
        assert_eq!((answer.status, names.as_str()), (403, name));
        // Also where it is in the query.
        let answer = signed("PUT", &format!("k?{name}=1"), &[]).and(name, "1").body(BODY).send(&emulator);
        assert_eq!((answer.status, element(&answer, "HeadersNotSigned").as_str()), (403, name));
    }
    // The header that need not be signed is not named with the others.
    let both =
        trigger::of("unsigned-amz-header", upload(&emulator)).and("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    refuse(&emulator, vec![("unsigned-amz-header", both, 403)]);
}

/// Uses the Alloy API, so that the next upload is stored visibly.
fn delete(emulator: &Emulator, key: &str) {
    Client::new(emulator, "alice-key").delete(key).expect(200);
}

#[test]
fn headers_that_need_not_be_signed_are_taken() {
    let emulator = frozen();
    let key = presign(&emulator).key;
    let good = upload(&emulator);
    take(&emulator, "unsigned-content-type", &good.clone().and("content-type", "application/pdf"), &key);
    assert_eq!(emulator.files()[0].content_type(), Some("application/pdf"));
    delete(&emulator, &key);
    take(
        &emulator,
        "unsigned-payload-header",
        &good.clone().and("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        &key,
    );
    delete(&emulator, &key);
    let others = [
        ("content-encoding", "gzip"),
        ("cache-control", "no-cache"),
        ("content-disposition", "attachment"),
        ("content-language", "de"),
        ("user-agent", "test"),
        ("accept", "*/*"),
        ("referer", "http://localhost/"),
        ("x-custom", "1"),
        ("x-amzn-trace-id", "Root=1"),
        ("amz-sdk-invocation-id", "1"),
    ];
    let all = others.iter().fold(good.clone(), |request, (name, value)| request.and(name, value));
    take(&emulator, "other-unsigned-headers", &all, &key);
    // An origin adds headers to the answer: tests/cors.rs.
    assert_eq!(good.and("origin", "http://localhost:3000").send(&emulator).status, 200);
}

#[test]
fn a_checksum_in_the_query_is_signed_and_not_looked_at() {
    let emulator = frozen();
    // It is that of nothing, and the body is something.
    take(&emulator, "checksum-in-query", &signed("PUT", HOISTED, &[]).body(BODY), "k");
    let with_digest = signed("PUT", HOISTED, &[("content-md5", MD5)]).body(BODY);
    assert_eq!(with_digest.send(&emulator).status, 200);
}

#[test]
fn a_refused_head_has_no_body_and_keeps_the_connection() {
    let emulator = frozen();
    let mut connection = Connection::open(&emulator);
    let head = Request::new("HEAD", &upload(&emulator).target);
    connection.write(&head.bytes());
    let head = connection.read_head();
    assert_eq!((head.status, head.header("content-type")), (403, "application/xml"));
    assert!(!support::bucket::is_closed(&mut connection));
}

#[test]
fn a_header_that_is_named_a_thousand_times_is_signed_once() {
    let emulator = support::emulator();
    let client = support::Client::new(&emulator, "alice-key");
    let presigned = client.presign("a.txt", b"hello");
    let many = ";a".repeat(20_000);
    let request = Request::put(&presigned.url, &presigned.md5, b"hello")
        .replace("content-md5%3Bhost", &format!("content-md5;host{many}"))
        .and("a", "x".repeat(7000));
    let answer = request.send(&emulator);
    assert_eq!(answer.status, 403);
    assert!(answer.body.len() < 1_000_000, "{}", answer.body.len());
}

#[test]
fn answers_unsupported_methods_with_405() {
    let emulator = frozen();
    // The bucket itself answers the same.
    let bucket = Request::new("POST", "/alloy-user-files").body(BODY).send(&emulator);
    assert_eq!((bucket.status, element(&bucket, "ResourceType").as_str()), (405, "BUCKET"));
    hold("form-post", &trigger::of("form-post", upload(&emulator)).send(&emulator), 405);
    // No URL is signed for these methods.
    for method in ["POST", "DELETE", "PATCH"] {
        let answer = signed(method, "k", &[]).body(BODY).send(&emulator);
        assert_eq!((answer.status, element(&answer, "Code").as_str()), (405, "MethodNotAllowed"));
        assert_eq!(
            (element(&answer, "Method").as_str(), element(&answer, "ResourceType").as_str()),
            (method, "OBJECT")
        );
    }
}
