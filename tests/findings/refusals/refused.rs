//! All other refusals: each row of `docs/facts-s3.md` that the emulator answers has a rule and a
//! place.

use std::time::Duration;

use alloy_assay::Cors;

use super::{one, rules, trigger, word_for_word};
use crate::support::{
    Client,
    bucket::{BODY, MD5, at, element, frozen, frozen_with, presign, signed, signed_at, upload},
    eventually,
    raw::Connection,
    request::Request,
};

#[test]
fn every_row_has_its_rule_and_its_place() {
    let emulator = frozen();
    let good = upload(&emulator);
    for (row, rule, pointer, telling) in [
        ("missing-parameters", "s3-auth-parameters", "X-Amz-Date", "`X-Amz-Date`"),
        ("missing-algorithm", "s3-auth-parameters", "X-Amz-Algorithm", "`X-Amz-Algorithm`"),
        ("no-authentication", "s3-auth-none", "X-Amz-Signature", "`report.pdf`"),
        ("unsupported-algorithm", "s3-auth-algorithm", "X-Amz-Algorithm", "`AWS4-HMAC-SHA1`"),
        ("malformed-credential", "s3-url-encoded-twice", "X-Amz-Credential", "%2F20260102"),
        ("wrong-region", "s3-auth-region", "X-Amz-Credential", "`ca-central-1`"),
        ("wrong-service", "s3-auth-credential", "X-Amz-Credential", "/sns/"),
        ("wrong-terminator", "s3-auth-credential", "X-Amz-Credential", "aws5_request"),
        ("malformed-credential-date", "s3-auth-credential", "X-Amz-Credential", "32234Z34"),
        ("other-credential-date", "s3-auth-credential", "X-Amz-Credential", "20060102"),
        ("malformed-date", "s3-auth-date", "X-Amz-Date", "`2026-01-02T03:04:05Z`"),
        ("expires-over-a-week", "s3-auth-expires", "X-Amz-Expires", "`604801`"),
        ("negative-expires", "s3-auth-expires", "X-Amz-Expires", "`-1`"),
        ("non-numeric-expires", "s3-auth-expires", "X-Amz-Expires", "`1h`"),
        ("zero-expires", "s3-url-expired", "X-Amz-Expires", "is 0"),
        ("unsigned-host", "s3-host-unsigned", "X-Amz-SignedHeaders", "without `host`"),
        ("unknown-access-key", "s3-auth-access-key", "X-Amz-Credential", "`AKIAOTHER`"),
        ("two-auth-mechanisms", "s3-authorization", "authorization", "`Bearer`"),
        ("expired-url", "s3-url-expired", "X-Amz-Expires", "1h too late"),
        ("url-not-yet-valid", "s3-url-not-yet-valid", "X-Amz-Date", "1h ahead"),
        ("unsigned-payload-hash", "s3-content-sha256", "x-amz-content-sha256", "a hash of the body"),
        ("form-post", "s3-method-not-allowed", "method", "`POST`"),
        ("missing-content-length", "s3-content-length", "content-length", "Content-Length"),
        ("chunked-body", "s3-transfer-encoding", "transfer-encoding", "`Transfer-Encoding: chunked`"),
        ("incomplete-body", "s3-body-incomplete", "body", "announces 6 bytes, but 3 arrived"),
        ("object-too-large", "s3-body-too-large", "content-length", "6442450944 bytes"),
        ("header-section-too-large", "s3-headers-too-large", "x-long", "`x-long`"),
        ("invalid-escape", "s3-path-escape", "path", "`%^&`"),
        ("non-utf8-path", "s3-path-utf8", "path", "%ff"),
    ] {
        one(&emulator, &trigger::of(row, good.clone()), rule, pointer, &[telling]);
    }
}

#[test]
fn reports_a_cut_or_escaped_url() {
    let emulator = frozen();
    let good = upload(&emulator);
    let at_target = |target: &str| Request { target: target.to_owned(), ..good.clone() };
    let (shell, _) = good.target.split_once('&').unwrap();
    word_for_word(&emulator, &at_target(shell), "s3-url-cut", "X-Amz-Credential");
    let (mail, _) = good.target.split_once("&X-Amz-Signature").unwrap();
    one(&emulator, &at_target(mail), "s3-url-cut", "X-Amz-Signature", &["`X-Amz-Expires`"]);
    word_for_word(
        &emulator,
        &at_target(&good.target.replace('&', "&amp;")),
        "s3-url-escaped",
        "X-Amz-Credential",
    );
    one(
        &emulator,
        &at_target(&good.target.replace('&', "%26")),
        "s3-url-escaped",
        "X-Amz-Credential",
        &["`&` became `%26`"],
    );
    one(
        &emulator,
        &at_target(&good.target.replace('&', "\\u0026")),
        "s3-url-escaped",
        "X-Amz-Credential",
        &["u0026"],
    );
    let lower = good.clone().replace("X-Amz-Signature", "x-amz-signature");
    one(&emulator, &lower, "s3-auth-parameters", "X-Amz-Signature", &["case-sensitive"]);
    let encoded = at_target(&good.target.replace('?', "%3F").replace('&', "%26").replace('=', "%3D"));
    one(&emulator, &encoded, "s3-url-escaped", "X-Amz-Algorithm", &["`%3F`"]);
    let twice = at_target(&good.target.replace('%', "%25"));
    one(&emulator, &twice, "s3-url-encoded-twice", "X-Amz-Credential", &["%252F"]);
}

#[test]
fn says_how_late_an_expired_url_was_used() {
    let emulator = frozen();
    let queued = upload(&emulator);
    emulator.clock().advance(Duration::from_secs(3601));
    word_for_word(&emulator, &queued, "s3-url-expired", "X-Amz-Expires");
    let tomorrow = at("04:04:05") + Duration::from_secs(86_400);
    let early = signed_at("/alloy-user-files/k", "PUT", &[("content-md5", MD5)], tomorrow).body(BODY);
    one(&emulator, &early, "s3-url-not-yet-valid", "X-Amz-Date", &["15 minutes"]);
}

#[test]
fn explains_a_request_for_a_missing_object() {
    let emulator = frozen();
    let key = presign(&emulator).key;
    one(&emulator, &signed("GET", &key, &[]), "s3-no-such-key", "path", &[&key, "no upload to it succeeded"]);
    one(&emulator, &signed("GET", "k", &[]), "s3-no-such-key", "path", &["`k`"]);
    let elsewhere = signed_at("/other/k", "PUT", &[], at("03:04:05")).body(BODY);
    one(&emulator, &elsewhere, "s3-no-such-bucket", "path", &["`other`", "`alloy-user-files`"]);
    let bucket = signed_at("/alloy-user-files", "GET", &[], at("03:04:05"));
    one(&emulator, &bucket, "s3-bucket", "path", &["bucket itself"]);
    let create = signed_at("/alloy-user-files", "PUT", &[], at("03:04:05")).body(b"");
    one(&emulator, &create, "s3-bucket", "path", &["`/alloy-user-files`"]);
    let long = signed("PUT", &"k".repeat(1025), &[]).body(BODY);
    one(&emulator, &long, "s3-key-too-long", "path", &["1025"]);
}

#[test]
fn explains_a_refused_preflight() {
    let emulator = frozen_with(|builder| builder.cors(Cors::Origins(vec!["http://a.test".parse().unwrap()])));
    let asked = |origin: &str, method: &str| {
        let request = Request::new("OPTIONS", "/alloy-user-files/k").and("origin", origin);
        request
            .and("access-control-request-method", method)
            .and("access-control-request-headers", "content-md5")
    };
    word_for_word(&emulator, &asked("http://b.test", "PUT"), "s3-cors-origin", "origin");
    one(
        &emulator,
        &asked("http://a.test", "POST"),
        "s3-cors-method",
        "access-control-request-method",
        &["`POST`"],
    );
    let good = asked("http://a.test", "PUT");
    let name = "access-control-request-headers";
    one(&emulator, &good.clone().with(name, "a b"), "s3-cors-headers", name, &["`a b`"]);
    one(&emulator, &good.clone().without("origin"), "s3-cors-preflight", "origin", &["`Origin`"]);
    let no_method = good.clone().without("access-control-request-method");
    one(&emulator, &no_method, "s3-cors-preflight", "access-control-request-method", &[]);
    let elsewhere = Request { target: "/other/k".to_owned(), ..good.clone() };
    one(&emulator, &elsewhere, "s3-no-such-bucket", "path", &["`other`"]);
    let off = frozen_with(|builder| builder.cors(Cors::Off));
    one(&off, &good, "s3-cors-off", "origin", &["`http://a.test`"]);
}

#[test]
fn says_how_much_of_a_stopped_body_arrived() {
    let emulator = frozen_with(|builder| builder.idle_timeout(Duration::from_millis(300)));
    let mut connection = Connection::open(&emulator);
    let answer = upload(&emulator).with("content-length", "7").send_on(&mut connection);
    assert_eq!(answer.status, 400);
    let finding = emulator.findings().remove(0);
    assert_eq!((finding.rule, &*finding.pointer), ("s3-body-timeout", "content-length"));
    assert!(finding.message.contains("announces 7 bytes, but 6 arrived"), "{}", finding.message);
}

#[test]
fn a_broken_connection_raises_no_finding() {
    let emulator = frozen();
    let mut connection = Connection::open(&emulator);
    connection.write(&upload(&emulator).with("content-length", "1000").bytes());
    let uploads = || emulator.exchanges().into_iter().find(|exchange| exchange.operation.name() == "put");
    std::thread::sleep(Duration::from_millis(100));
    connection.reset();
    eventually("the upload's end", || uploads().is_some());
    assert_eq!(uploads().unwrap().status, None);
    assert!(emulator.findings().is_empty(), "{:?}", emulator.findings());
}

#[test]
fn a_reset_meanwhile_is_the_tests_own_doing() {
    let emulator = frozen();
    let good = upload(&emulator).and("expect", "100-continue");
    let mut connection = Connection::open(&emulator);
    connection.write(&good.head());
    assert_eq!(connection.read_head().status, 100);
    Client::new(&emulator, "alice-key").control("POST", "reset", None).expect(200);
    connection.write(BODY);
    let answer = connection.read_answer();
    assert_eq!((answer.status, element(&answer, "Code").as_str()), (409, "OperationAborted"));
    assert!(emulator.findings().is_empty(), "{:?}", emulator.findings());
}

#[test]
fn reports_two_missing_headers_twice() {
    let emulator = frozen();
    let both = upload(&emulator).without("content-md5").with("host", "localhost");
    assert_eq!(rules(&emulator, &both), ["s3-host", "s3-content-md5-missing"]);
}
