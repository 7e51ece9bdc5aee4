//! S3's side through sockets: the rows of s3-facts word for word (`fixtures/s3/<ROW>.http`), the order of
//! S3's checks, what becomes of the connection, and what it says of success.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "in a test they are assertions")]

mod support;

use std::time::Duration;

use alloy_assay::Emulator;
use jiff::Timestamp;
use support::{
    Client, Presigned, golden,
    raw::{Answer, Connection},
    request::Request,
    sign, start,
};

const HOST: &str = "localhost:7979";
const BUCKET_HOST: &str = "alloy-user-files.s3.us-east-1.amazonaws.com";
/// What is uploaded, and its MD5 in both forms.
const BODY: &[u8] = b"123456";
const MD5: &str = "4QrcOUm6Wau+VuBX8g+IPg==";
const MD5_HEX: &str = "e10adc3949ba59abbe56e057f20f883e";
/// The MD5 of nothing.
const EMPTY_MD5: &str = "1B2M2Y8AsgTpgAmY7PhCfg==";

/// An emulator whose clock stands still, so that documents are the same each time.
fn frozen() -> Emulator {
    frozen_with_idle_timeout(Duration::from_secs(20))
}

fn frozen_with_idle_timeout(timeout: Duration) -> Emulator {
    let url = format!("http://{HOST}").parse().unwrap();
    let emulator = start(|builder| builder.api_key("alice-key").public_url(url).idle_timeout(timeout));
    emulator.clock().freeze();
    emulator.clock().set(at("03:04:05"));
    emulator
}

/// A time of the day on which the clock stands.
fn at(time: &str) -> Timestamp {
    format!("2026-01-02T{time}Z").parse().unwrap()
}

fn presign(emulator: &Emulator) -> Presigned {
    Client::new(emulator, "alice-key").presign("report.pdf", BODY)
}

/// The upload that Alloy's URL is for.
fn upload(emulator: &Emulator) -> Request {
    Request::put(&presign(emulator).url, MD5, BODY)
}

/// A request for a key of its own, signed by the second implementation.
fn signed(method: &str, key: &str, headers: &[(&str, &str)]) -> Request {
    let url = sign::url(method, HOST, &format!("/alloy-user-files/{key}"), headers, at("03:04:05"));
    let target = url.strip_prefix(&format!("http://{HOST}")).unwrap();
    headers.iter().fold(Request::new(method, target), |request, (name, value)| request.and(name, value))
}

/// Compares a refusal with its row: status, headers and the whole document.
fn hold(row: &str, answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{row}: {}", answer.text());
    golden::row(row, answer);
}

fn sorted(answer: &Answer) -> Vec<(&str, &str)> {
    sorted_pairs(answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect())
}

fn sorted_pairs<'a>(mut pairs: Vec<(&'a str, &'a str)>) -> Vec<(&'a str, &'a str)> {
    pairs.sort_unstable();
    pairs
}

/// Whether the connection is closed now, without our having closed our half; if not, it still serves.
fn is_closed(connection: &mut Connection) -> bool {
    connection.write(&Request::new("GET", "/_assay/health").bytes());
    match connection.read_answer_or_end() {
        None => true,
        Some(answer) => {
            assert_eq!(answer.status, 200);
            false
        }
    }
}

#[test]
fn refusals_are_s3s_word_for_word_and_close_or_keep_the_connection_as_s3_does() {
    let emulator = frozen();
    let good = upload(&emulator);
    let long = "k".repeat(1025);
    let rows: Vec<(&str, Request, u16)> = vec![
        ("Q1", good.clone().replace("X-Amz-Date=20260102T030405Z&", ""), 400),
        ("Q3", good.clone().without_query(), 403),
        ("Q5", good.clone().replace("%2F20260102", "%252F20260102"), 400),
        ("Q15", good.clone().and("authorization", "Bearer alice-key"), 400),
        ("S1", good.clone().replace(signature(&good), &"0".repeat(64)), 403),
        ("S2", good.clone().without("content-md5"), 403),
        ("S3", good.clone().with("content-md5", EMPTY_MD5), 403),
        ("S5", good.clone().and("x-amz-meta-b", "1").and("X-Amz-Acl", "public-read"), 403),
        ("S9", signed("PUT", "k", &[]).and("content-md5", MD5).body(BODY), 403),
        ("S11", Request { target: format!("{}&v=2", good.target), ..good.clone() }, 403),
        ("S19", good.clone().method("GET"), 403),
        ("B1", signed("PUT", "k", &[("content-md5", MD5_HEX)]).body(BODY), 400),
        ("B3", good.clone().body(b"654321"), 400),
        ("B5", Request { body: Vec::new(), ..good.clone().without("content-length") }, 411),
        (
            "B6",
            good.clone()
                .body(b"6\r\n123456\r\n0\r\n\r\n")
                .without("content-length")
                .and("transfer-encoding", "chunked"),
            501,
        ),
        ("B11", good.clone().with("content-length", "6442450944"), 400),
        ("B12", signed("PUT", &long, &[("content-md5", MD5)]).body(BODY), 400),
    ];
    for (row, request, status) in rows {
        let mut connection = Connection::open(&emulator);
        hold(row, &request.send_on(&mut connection), status);
        assert_eq!(is_closed(&mut connection), matches!(status, 400 | 501), "{row}");
        assert!(emulator.objects().is_empty(), "{row}");
    }
}

fn signature(request: &Request) -> &str {
    let (_, rest) = request.target.split_once("X-Amz-Signature=").unwrap();
    &rest[..64]
}

#[test]
fn an_url_is_refused_before_and_after_its_time() {
    let emulator = frozen();
    let good = upload(&emulator);
    for (row, now) in [("T1", "04:04:06"), ("T2", "02:49:04")] {
        emulator.clock().set(at(now));
        let mut connection = Connection::open(&emulator);
        hold(row, &good.send_on(&mut connection), 403);
        assert!(!is_closed(&mut connection), "{row}");
    }
    assert!(emulator.objects().is_empty());
    for now in ["04:04:05", "02:49:05"] {
        emulator.clock().set(at(now));
        assert_eq!(good.send(&emulator).status, 200, "{now}");
    }
}

#[test]
fn a_body_that_stops_coming_times_out() {
    let emulator = frozen_with_idle_timeout(Duration::from_millis(500));
    let stopped = Request { body: b"123".to_vec(), ..upload(&emulator) };
    let mut connection = Connection::open(&emulator);
    hold("B7", &stopped.send_on(&mut connection), 400);
    assert!(is_closed(&mut connection));
    assert!(emulator.objects().is_empty());
}

#[test]
fn a_body_that_ends_early_is_incomplete() {
    let emulator = frozen();
    let ended = Request { body: b"123".to_vec(), ..upload(&emulator) };
    hold("B8", &ended.send(&emulator), 400);
    assert!(emulator.objects().is_empty());
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
    assert_eq!(emulator.objects()[0].bytes(), BODY);
}

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
            let code = "<Code>SignatureDoesNotMatch</Code>";
            assert_eq!(refused.text().contains(code), *other != "HEAD", "{other}: {}", refused.text());
        }
    }
}

#[test]
fn a_refused_head_has_no_body_and_keeps_the_connection() {
    let emulator = frozen();
    let mut connection = Connection::open(&emulator);
    let head = Request::new("HEAD", &upload(&emulator).target);
    connection.write(&head.bytes());
    let head = connection.read_head();
    assert_eq!((head.status, head.header("content-type")), (403, "application/xml"));
    assert!(!is_closed(&mut connection));
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
        // The same URL under another name is another one: S1.
        let moved = Request::put(&put, MD5, BODY).with("host", format!("{BUCKET_HOST}:80")).send(&emulator);
        assert_eq!(moved.status, 403, "{path}");
    }
    assert_eq!(emulator.objects().len(), 4);
}

#[test]
fn checks_come_in_s3s_order() {
    let emulator = frozen();
    let good = upload(&emulator);
    let unsigned = good.clone().replace(signature(&good), &"0".repeat(64));
    let code = |request: &Request| {
        let answer = request.send(&emulator);
        let text = answer.text();
        let (_, rest) = text.split_once("<Code>").unwrap_or(("", "</Code>"));
        (answer.status, rest.split("</Code>").next().unwrap_or_default().to_owned())
    };
    let parameters = "AuthorizationQueryParametersError";
    let cases = [
        // 1. HTTP before all else: no document at all.
        ("H1 before S1", unsigned.clone().replace("report.pdf", "%zz"), 400, ""),
        ("H1 before Q15", good.clone().replace("report.pdf", "%zz").and("authorization", "x"), 400, ""),
        // 2. A preflight is answered without a look at the query.
        ("C1 before Q1", unsigned.clone().method("OPTIONS").replace("X-Amz-Date", "x"), 400, "BadRequest"),
        // 3. What cannot be parsed before the signature.
        ("Q15 before S1", unsigned.clone().and("authorization", "Basic eA=="), 400, "InvalidArgument"),
        ("Q1 before S1", unsigned.clone().replace("X-Amz-Expires", "x"), 400, parameters),
        ("Q5 before S1", unsigned.clone().replace("%2Fs3", "%252Fs3"), 400, parameters),
        ("Q6 before S1", unsigned.clone().replace("us-east-1", "eu-west-1"), 400, parameters),
        ("Q12 before S1", unsigned.clone().replace("=3600", "=604801"), 400, parameters),
        // 4. S5 and S9 before S1 and S2.
        ("S5 before S1", unsigned.clone().and("x-amz-acl", "private"), 403, "AccessDenied"),
        ("S5 before S2", good.clone().without("content-md5").and("x-amz-meta-a", "1"), 403, "AccessDenied"),
        // 5. The signature before the body and its digest.
        ("S3 before B3", good.clone().with("content-md5", EMPTY_MD5), 403, "SignatureDoesNotMatch"),
        ("S3 before B1", good.clone().with("content-md5", "no"), 403, "SignatureDoesNotMatch"),
        ("S1 before B3", unsigned.clone().body(b"654321"), 403, "SignatureDoesNotMatch"),
        // 6. The digest's form before the body.
        ("B1 before B3", signed("PUT", "k", &[("content-md5", "no")]).body(b"654321"), 400, "InvalidDigest"),
    ];
    for (name, request, status, expected) in cases {
        assert_eq!(code(&request), (status, expected.to_owned()), "{name}");
    }
    // 8. Expiry before the signature.
    emulator.clock().set(at("04:04:06"));
    assert_eq!(code(&unsigned), (403, "AccessDenied".to_owned()));
    assert!(emulator.objects().is_empty());
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
