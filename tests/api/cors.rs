//! docs/facts-s3.md#cors through sockets: preflights, and what a page may see of the answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "in a test they are assertions")]

use alloy_assay::{Builder, Cors, Emulator, internals::AllowedOrigin};

use crate::support::{
    self,
    bucket::{BODY, BUCKET_HOST, frozen_with, is_closed, upload},
    golden,
    program::{Served, assay, mistake, serve},
    raw::{Answer, Connection},
    request::Request,
};

const OBJECT: &str = "/alloy-user-files/651eb6e11d156e0d7a42c59d_report.pdf";
const ORIGIN: &str = "http://localhost:5173";
/// The request headers of a browser's preflight.
const HEADERS: &str = "content-md5,content-type";

/// The request headers of a browser's preflight.
fn emulator(cors: impl Into<Option<Cors>>) -> Emulator {
    frozen_with(|builder| cors.into().into_iter().fold(builder, Builder::cors))
}

fn origins(origins: &[&str]) -> Cors {
    let origins: Vec<AllowedOrigin> = origins.iter().map(|origin| origin.parse().unwrap()).collect();
    Cors::Origins(origins)
}

/// The preflight of a page of `origin` before an upload.
fn preflight(target: &str, origin: &str) -> Request {
    let asked = Request::new("OPTIONS", target).and("origin", origin);
    asked.and("access-control-request-method", "PUT").and("access-control-request-headers", HEADERS)
}

/// A request with a URL for just this method and key.
fn signed(method: &str, key: &str) -> Request {
    support::bucket::signed(method, key, &[])
}

/// Sends a request on a connection that the test keeps open, so that `Connection: close` can only
/// come from S3.
fn ask(emulator: &Emulator, request: &Request) -> Answer {
    request.send_on(&mut Connection::open(emulator))
}

/// Whether our side closes the connection once it has answered.
fn closes(emulator: &Emulator, request: &Request) -> bool {
    let mut connection = Connection::open(emulator);
    request.send_on(&mut connection);
    is_closed(&mut connection)
}

/// Compares an answer with its row: status, headers and document.
fn hold(row: &str, answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{row}: {}", answer.text());
    golden::row(row, answer);
}

fn assert_shared(answer: &Answer, origin: &str, what: &str) {
    assert_eq!(answer.header("access-control-allow-origin"), origin, "{what}: {}", answer.text());
    assert_eq!(answer.header("access-control-allow-methods"), "GET, PUT, HEAD", "{what}");
    assert_eq!(answer.header("access-control-expose-headers"), "ETag", "{what}");
    assert_eq!(answer.header("access-control-allow-headers"), "", "{what}");
}

/// Nothing in the answer is meant for browsers.
fn assert_not_shared(answer: &Answer, what: &str) {
    let reported =
        answer.headers.iter().find(|(name, _)| name.starts_with("access-control-") || name == "vary");
    assert_eq!(reported, None, "{what}");
}

#[test]
fn refused_preflights_get_s3s_reasons() {
    let asked = preflight(OBJECT, ORIGIN);
    let (every, off) = (emulator(None), emulator(Cors::Off));
    for emulator in [&every, &off] {
        hold("preflight-without-origin", &ask(emulator, &asked.clone().without("origin")), 400);
        hold("preflight-missing-bucket", &ask(emulator, &preflight("/other-bucket/report.pdf", ORIGIN)), 403);
    }
    hold("cors-off", &ask(&off, &asked), 403);
    hold("origin-not-allowed", &ask(&emulator(origins(&["http://a.test"])), &asked), 403);
    let no_method = asked.clone().without("access-control-request-method");
    hold("preflight-without-method", &ask(&every, &no_method), 400);
    // Connection: close is said of a 400 alone, and done.
    assert!(closes(&every, &asked.clone().without("origin")) && closes(&every, &no_method));
    assert!(!closes(&off, &asked) && !closes(&every, &asked));
    // Without a configuration the method is not missed, nor is it without the bucket.
    let no_method = asked.without("access-control-request-method");
    assert!(ask(&off, &no_method).text().contains("<Method>OPTIONS</Method><ResourceType>BUCKET<"));
    let elsewhere = Request { target: "/other-bucket/a".to_owned(), ..no_method };
    assert!(ask(&every, &elsewhere).text().contains("<Method>OPTIONS</Method><ResourceType>BUCKET<"));
}

#[test]
fn allowed_preflights_get_the_whole_rule() {
    let explicit = emulator(origins(&["http://a.test", ORIGIN]));
    hold("origin-allowed", &ask(&explicit, &preflight(OBJECT, ORIGIN)), 200);
    hold("any-origin-allowed", &ask(&emulator(None), &preflight(OBJECT, ORIGIN)), 200);
}

#[test]
fn a_preflight_needs_no_signature_and_keeps_its_connection() {
    let emulator = emulator(None);
    let mut connection = Connection::open(&emulator);
    for target in [
        OBJECT.to_owned(),
        format!("{OBJECT}?X-Amz-Signature=0"),
        upload(&emulator).target,
        "/alloy-user-files".to_owned(),
        "/alloy-user-files/a/..//b%2F".to_owned(),
    ] {
        assert_eq!(preflight(&target, ORIGIN).send_on(&mut connection).status, 200, "{target}");
    }
    let journal = emulator.exchanges();
    let preflights = journal.iter().filter(|exchange| exchange.operation.name() == "preflight");
    assert_eq!(preflights.count(), 5);
    assert!(emulator.files().is_empty());
}

#[test]
fn shares_answers_with_allowed_origins_only() {
    let emulator = emulator(origins(&[ORIGIN]));
    hold("request-from-allowed-origin", &ask(&emulator, &upload(&emulator).and("origin", ORIGIN)), 200);
    emulator.reset();
    emulator.clock().freeze();
    emulator.clock().set("2026-01-02T03:04:05Z".parse().unwrap());
    // docs/facts-s3.md#request-from-other-origin: the upload looks failed to the page, and is not.
    hold(
        "request-from-other-origin",
        &ask(&emulator, &upload(&emulator).and("origin", "http://other.test")),
        200,
    );
    assert_eq!(emulator.files().len(), 1);
    let expired = upload(&emulator).and("origin", ORIGIN);
    emulator.clock().set("2026-01-02T04:04:06Z".parse().unwrap());
    hold("failed-request-from-allowed-origin", &ask(&emulator, &expired), 403);
    assert_not_shared(&ask(&emulator, &expired.clone().without("origin")), "no origin");
}

#[test]
fn a_page_of_an_allowed_origin_sees_the_refusal() {
    let emulator = emulator(origins(&[ORIGIN]));
    let good = upload(&emulator);
    let long = "k".repeat(1025);
    let cases = [
        ("missing-parameters", good.clone().replace("X-Amz-Date", "x"), 400),
        ("no-authentication", good.clone().without_query(), 403),
        ("two-auth-mechanisms", good.clone().and("authorization", "Bearer alice-key"), 400),
        ("signed-header-missing", good.clone().without("content-md5"), 403),
        ("unsigned-amz-header", good.clone().and("x-amz-acl", "private"), 403),
        ("wrong-content-md5", good.clone().body(b"654321"), 400),
        (
            "missing-content-length",
            Request { body: Vec::new(), ..good.clone().without("content-length") },
            411,
        ),
        ("key-too-long", signed("PUT", &long).body(BODY), 400),
        ("header-section-too-large", good.clone().and("x-long", "x".repeat(8192)), 400),
        ("non-utf8-path", good.clone().replace("report.pdf", "%FF"), 400),
        ("404", signed("GET", "none"), 404),
        ("404 without body", signed("HEAD", "none"), 404),
    ];
    for (row, request, status) in cases {
        let seen = request.clone().and("origin", ORIGIN).send(&emulator);
        assert_eq!(seen.status, status, "{row}: {}", seen.text());
        assert_shared(&seen, ORIGIN, row);
        let hidden = request.and("origin", "http://other.test").send(&emulator);
        assert_eq!(hidden.status, status, "{row}");
        assert_not_shared(&hidden, row);
    }
    assert!(emulator.files().is_empty());
}

#[test]
fn shares_only_answers_of_the_bucket() {
    let emulator = emulator(None);
    let good = upload(&emulator).and("origin", ORIGIN);
    // S3's front end answers, which knows no buckets.
    let malformed = good.clone().replace("report.pdf", "%zz").send(&emulator);
    assert_eq!((malformed.status, malformed.header("x-amz-request-id")), (400, ""));
    assert_not_shared(&malformed, "invalid-escape");
    assert_not_shared(&good.clone().replace("alloy-user-files", "other-bucket").send(&emulator), "bucket");
    // The rule has neither method.
    for method in ["POST", "DELETE"] {
        let refused = good.clone().method(method).send(&emulator);
        assert_eq!(refused.status, 403, "{method}");
        assert_not_shared(&refused, method);
    }
    let alloy = Request::alloy("GET", "/connectors/files/list").and("origin", ORIGIN).send(&emulator);
    assert_not_shared(&alloy, "Alloy's side");
    assert_not_shared(&Request::new("GET", "/_assay/health").send(&emulator), "the control side");
}

#[test]
fn an_object_is_shared_with_every_page_by_default() {
    let emulator = emulator(None);
    assert_shared(&upload(&emulator).and("origin", ORIGIN).send(&emulator), "*", "PUT");
    let key = emulator.files()[0].s3_key().to_owned();
    for (method, body) in [("GET", BODY), ("HEAD", b"")] {
        let got = signed(method, &key).and("origin", "null").send(&emulator);
        assert_eq!((got.status, &got.body[..]), (200, body), "{method}");
        assert_shared(&got, "*", method);
        assert_eq!(got.header("access-control-allow-credentials"), "", "{method}");
    }
}

#[test]
fn origins_are_compared_byte_by_byte_with_one_wildcard_each() {
    let rules = ["http://a.test", "http://*.b.test", "http://localhost:*", "*.c.test"];
    let emulator = emulator(origins(&rules));
    for allowed in [
        "http://a.test",
        "http://x.b.test",
        "http://x.y.b.test",
        "http://localhost:5173",
        "http://localhost:80",
        "https://x.c.test",
    ] {
        let answer = preflight(OBJECT, allowed).send(&emulator);
        assert_eq!(answer.status, 200, "{allowed}: {}", answer.text());
        assert_eq!(answer.header("access-control-allow-origin"), allowed);
        assert_eq!(answer.header("access-control-allow-credentials"), "true", "{allowed}");
    }
    for refused in [
        "http://A.test",
        "http://a.test/",
        "http://a.tes",
        "http://a.test.evil.test",
        "https://a.test",
        "http://a.test:80",
        "http://b.test",
        "http://x.b.test:80",
        "http://localhost",
        "null",
        "*",
        "",
    ] {
        let answer = preflight(OBJECT, refused).send(&emulator);
        assert_eq!(answer.status, 403, "{refused}");
        assert!(answer.text().contains("<Method>PUT</Method><ResourceType>OBJECT</ResourceType>"));
        assert_not_shared(&answer, refused);
    }
}

#[test]
fn a_page_without_an_origin_needs_every_origin_or_null() {
    for (cors, allowed) in [(None, "*"), (Some(origins(&["null"])), "null")] {
        let answer = preflight(OBJECT, "null").send(&emulator(cors));
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, allowed));
    }
    assert_eq!(preflight(OBJECT, "null").send(&emulator(origins(&[ORIGIN]))).status, 403);
    assert_eq!(preflight(OBJECT, ORIGIN).send(&emulator(origins(&["null"]))).status, 403);
}

#[test]
fn returns_requested_headers_in_lower_case() {
    let emulator = emulator(None);
    let asked = |headers: &[&str]| {
        let asked = preflight(OBJECT, ORIGIN).without("access-control-request-headers");
        let name = "access-control-request-headers";
        let asked = headers.iter().fold(asked, |asked, list| asked.and(name, list));
        let answer = asked.send(&emulator);
        assert_eq!(answer.status, 200);
        answer.header("access-control-allow-headers").to_owned()
    };
    assert_eq!(
        asked(&["Content-MD5,  X-Amz-Meta-A,content-type"]),
        "content-md5, x-amz-meta-a, content-type"
    );
    assert_eq!(asked(&["Content-MD5", "b"]), "content-md5, b");
    assert_eq!((asked(&[]), asked(&[""]), asked(&[" , "])), Default::default());
    let no_name = preflight(OBJECT, ORIGIN).with("access-control-request-headers", "content-md5, a b");
    let refused = no_name.send(&emulator);
    assert_eq!(
        (refused.status, support::bucket::element(&refused, "Code").as_str()),
        (403, "AccessForbidden")
    );
    assert_not_shared(&refused, "no name of a header");
}

#[test]
fn refuses_preflights_for_methods_outside_the_rule() {
    let emulator = emulator(None);
    let asked = preflight(OBJECT, ORIGIN);
    let name = "access-control-request-method";
    for method in ["GET", "PUT", "HEAD"] {
        assert_eq!(asked.clone().with(name, method).send(&emulator).status, 200, "{method}");
    }
    for method in ["POST", "DELETE", "PATCH", "OPTIONS", "put"] {
        let refused = asked.clone().with(name, method).send(&emulator);
        assert_eq!(refused.status, 403, "{method}");
        let extras = format!("<Method>{method}</Method><ResourceType>OBJECT</ResourceType>");
        assert!(refused.text().contains(&extras), "{}", refused.text());
        let bucket = Request { target: "/alloy-user-files/".to_owned(), ..asked.clone() };
        let refused = bucket.with(name, method).send(&emulator);
        assert!(refused.text().contains("<ResourceType>BUCKET</ResourceType>"), "{}", refused.text());
    }
}

#[test]
fn virtual_host_style_has_the_same_rules() {
    let (every, off) = (emulator(None), emulator(Cors::Off));
    for path in ["/report.pdf", "/connectors/files/list", "/_assay/reset", "/"] {
        let asked = preflight(path, ORIGIN).with("host", BUCKET_HOST);
        assert_eq!(asked.send(&every).header("access-control-allow-origin"), "*", "{path}");
        let refused = asked.send(&off);
        assert!(refused.text().contains("CORS is not enabled for this bucket."), "{path}");
    }
    let refused = Request::new("PUT", "/report.pdf").with("host", BUCKET_HOST).and("origin", ORIGIN);
    assert_shared(&refused.body(BODY).send(&every), "*", "no-authentication");
}

#[test]
fn without_cors_uploads_succeed_unshared() {
    let emulator = emulator(Cors::Off);
    let answer = upload(&emulator).and("origin", ORIGIN).send(&emulator);
    assert_eq!(answer.status, 200);
    assert_not_shared(&answer, "off");
}

/// Whether a page of `origin` may upload to a served emulator.
fn may_upload(served: &Served, origin: &str) -> bool {
    let mut connection = Connection::to(&served.address);
    preflight(OBJECT, origin).send_on(&mut connection).status == 200
}

#[test]
fn item_32_the_rule_is_set_by_flag_by_variable_and_in_the_file() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("cors");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("assay.toml"), "cors = ['http://file.test', 'http://*.file.test']").unwrap();
    let origins = ["http://file.test", "http://a.file.test", "http://variable.test", "http://flag.test"];
    let allowed = |arguments: &[&str], variable: Option<&str>| {
        let mut command = serve(arguments);
        command.current_dir(&folder).envs(variable.map(|value| ("ASSAY_CORS", value)));
        let served = Served::start(&mut command);
        origins.map(|origin| may_upload(&served, origin))
    };
    assert_eq!(allowed(&[], None), [true, true, false, false]);
    assert_eq!(allowed(&[], Some("http://variable.test")), [false, false, true, false]);
    let two = ["--cors", "http://flag.test", "--cors", "http://a.*"];
    assert_eq!(allowed(&two, Some("off")), [false, true, false, true]);
    assert_eq!(allowed(&["--cors", "off"], None), [false; 4]);
    assert_eq!(allowed(&["--cors", "*"], None), [true; 4]);
}

#[test]
fn item_32_refuses_an_origin_that_no_browser_sends() {
    let reported = |arguments: &[&str]| mistake(&assay(&[&["serve"], arguments].concat()).output().unwrap());
    assert_eq!(
        reported(&["--cors", "http://localhost:5173/"]),
        "assay: --cors: invalid origin `http://localhost:5173/`: browsers send no slash at the end; leave it out\n"
    );
    assert_eq!(
        reported(&["--cors", "http://a.test", "--cors", "off"]),
        "assay: --cors: `off` combined with another value; give only `off`, or leave it out\n"
    );
    let variable = mistake(&assay(&["serve"]).env("ASSAY_CORS", "localhost").output().unwrap());
    assert_eq!(
        variable,
        "assay: ASSAY_CORS: invalid origin `localhost`: expected one such as http://localhost:5173, * for all, or \
         off for none\n"
    );
}
