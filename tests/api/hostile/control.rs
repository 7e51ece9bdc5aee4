//! The control API, called by a web page in a user's browser.

use super::{is_s3s, stands};
use crate::support::{
    Client, emulator,
    raw::{Answer, exchange},
    request::Request,
    start,
};

/// Calls that change or reveal something.
fn calls() -> Vec<Request> {
    vec![
        Request::new("POST", "/_assay/reset"),
        Request::new("POST", "/_assay/clock").body(br#"{"advance": "61m"}"#),
        Request::new("POST", "/_assay/clock").and("content-type", "text/plain").body(br#"{"freeze": true}"#),
        Request::new("GET", "/_assay/health"),
        Request::new("GET", "/_assay/journal"),
        Request::new("GET", "/_assay/findings"),
        Request::new("GET", "/_assay/objects"),
        Request::new("GET", "/_assay/clock"),
        Request::new("OPTIONS", "/_assay/reset").and("access-control-request-method", "POST"),
        Request::new("GET", "/_assay/nothing"),
    ]
}

/// No page may read this.
#[track_caller]
fn has_no_cors(answer: &Answer) {
    let cors = answer.headers.iter().find(|(name, _)| name.starts_with("access-control-"));
    assert_eq!(cors, None);
}

#[test]
fn a_foreign_name_or_page_is_refused_and_changes_nothing() {
    let emulator = emulator();
    emulator.clock().freeze();
    let now = emulator.clock().now();
    let client = Client::new(&emulator, "alice-key");
    client.upload("a.txt", b"one");
    let journal = emulator.exchanges().len();
    let port = emulator.base_url().rsplit(':').next().unwrap().to_owned();
    let hosts = [
        "evil.example",
        "evil.example:7979",
        "localhost.evil.example",
        "notlocalhost",
        "127.0.0.1.nip.io",
        "127.0.0.1.",
        "localhost.",
        "2130706433",
        "0x7f.0.0.1",
        "127.1",
        "",
        "a b",
        "127.0.0.1@evil.example",
        "evil.example#localhost",
    ];
    let origins = [
        "http://evil.example",
        "null",
        "",
        "http://localhost",
        "http://localhost:3000",
        "http://localhost:7979.evil.example",
        "http://evil.example/http://localhost:7979",
        "file://",
        "chrome-extension://abc",
        "localhost:7979",
        "https://localhost",
    ];
    let marks = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "new-value"),
        ("sec-fetch-dest", "video"),
        ("sec-fetch-dest", "image"),
        ("sec-fetch-dest", "script"),
        ("sec-fetch-dest", "iframe"),
    ];
    let mut refused = Vec::new();
    for call in calls() {
        refused.extend(marks.map(|(name, value)| call.clone().and(name, value)));
        refused.extend(hosts.map(|host| call.clone().with("host", host)));
        refused.extend(origins.map(|origin| call.clone().and("origin", origin)));
        // DNS rebinding: the page's own name leads here, and so its origin is its host.
        let rebound = format!("evil.example:{port}");
        refused.push(call.clone().with("host", &rebound).and("origin", format!("http://{rebound}")));
        // Two origins, one of them ours; two hosts; none.
        refused
            .push(call.clone().and("origin", "http://localhost:7979").and("origin", "http://evil.example"));
        refused.push(call.clone().and("host", "evil.example"));
        refused.push(call.clone().without("host"));
    }
    for request in refused {
        let answer = request.send(&emulator);
        assert_eq!(answer.status, 403, "{}: {}", String::from_utf8_lossy(&request.bytes()), answer.text());
        assert!(answer.text().starts_with("{\"message\""), "{}", answer.text());
        has_no_cors(&answer);
    }
    assert_eq!(emulator.exchanges().len(), journal);
    // A whole URL is the forward proxy's to refuse.
    for call in calls() {
        let target = format!("http://localhost:7979{}", call.target);
        let answer = Request { target, ..call }.with("host", "evil.example").send(&emulator);
        assert_eq!(answer.status, 502, "{}", answer.text());
        has_no_cors(&answer);
    }
    assert_eq!(emulator.clock().now(), now);
    assert_eq!(emulator.files().len(), 1);
    emulator.reset();
    stands(&emulator);
}

#[test]
fn its_own_page_and_tools_get_no_cors_headers() {
    let emulator = emulator();
    for host in ["localhost:7979", "127.0.0.1", "[::1]:7979", "192.0.2.7:80", "app.localhost", "LOCALHOST"] {
        for call in calls() {
            let call = call.with("host", host).and("origin", format!("http://{host}"));
            let script = call.clone().and("sec-fetch-site", "same-origin").and("sec-fetch-dest", "empty");
            for call in [call, script] {
                let answer = call.send(&emulator);
                assert!(
                    matches!(answer.status, 200 | 404 | 405),
                    "{host} {}: {}",
                    answer.status,
                    answer.text()
                );
                has_no_cors(&answer);
            }
        }
    }
    emulator.reset();
    stands(&emulator);
}

#[test]
fn further_names_are_known_where_they_are_set_up() {
    let emulator = start(|builder| builder.control_host("assay.test"));
    let health = Request::new("GET", "/_assay/health");
    assert_eq!(health.clone().with("host", "Assay.Test:1234").send(&emulator).status, 200);
    assert_eq!(health.with("host", "x.assay.test").send(&emulator).status, 403);
}

#[test]
fn the_buckets_own_name_leads_to_s3_and_never_here() {
    let emulator = emulator();
    Client::new(&emulator, "alice-key").upload("a.txt", b"one");
    let reset = Request::new("POST", "/_assay/reset").with("host", "alloy-user-files.evil.example");
    is_s3s("reset", &reset.send(&emulator), 405, "MethodNotAllowed");
    assert_eq!(emulator.files().len(), 1);
}

#[test]
fn an_uploaded_page_does_not_run_here() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let page = b"<script>fetch('/_assay/reset', {method: 'POST'})</script>";
    let presigned = client.presign("page.html", page);
    let headers = [("content-md5", presigned.md5.as_str()), ("content-type", "text/html")];
    client.send("PUT", &presigned.url, &headers, page).expect(200);
    let got = client.control("GET", &format!("objects/{}", presigned.key), None).expect(200);
    assert_eq!(got.body, page);
    assert_eq!(got.header("content-disposition"), "attachment");
    assert_eq!(got.header("x-content-type-options"), "nosniff");
    assert_eq!(got.header("content-security-policy"), "sandbox");
}

#[test]
fn refuses_invalid_calls_without_an_effect() {
    let emulator = emulator();
    emulator.clock().freeze();
    let now = emulator.clock().now();
    let clock = |body: &[u8]| Request::new("POST", "/_assay/clock").body(body);
    let mut requests: Vec<Request> = [
        &b""[..],
        b"{",
        b"[]",
        b"{}",
        br#"{"advance": "-1s"}"#,
        br#"{"advance": 3600}"#,
        br#"{"advance": "99999999999h"}"#,
        br#"{"set": "yesterday"}"#,
        br#"{"set": "9999-12-31T23:59:59Z"}"#,
        br#"{"set": "-000001-01-01T00:00:00Z"}"#,
        br#"{"freeze": "true"}"#,
        br#"{"reset": false}"#,
        br#"{"unknown": 1}"#,
        br#"{"advance": "1s", "reset": true}"#,
        b"{\"advance\": \"\xff\"}",
        &vec![b'['; 60_000],
        &vec![b' '; 100_000],
    ]
    .map(clock)
    .into();
    for query in [
        "after=x",
        "after=-1",
        "limit=1e3",
        "operation=nothing",
        "user=alice",
        "count=x",
        "wait=1",
        "wait=11m",
        "x=1",
        "%ff=%ff",
    ] {
        requests.push(Request::new("GET", &format!("/_assay/journal?{query}")));
    }
    requests.push(Request::new("POST", "/_assay/reset?user=alice"));
    requests.push(Request::new("GET", "/_assay/findings?severity=fatal"));
    for request in requests {
        let answer = request.send(&emulator);
        let shown = String::from_utf8_lossy(&request.bytes()).chars().take(200).collect::<String>();
        assert_eq!(answer.status, 400, "{shown}: {}", answer.text());
        assert!(answer.text().starts_with('{'), "{shown}");
    }
    for key in ["..", "%2e%2e%2fetc%2fpasswd", "%00", "%ff", "%", "", "a/../b"] {
        assert_eq!(
            Request::new("GET", &format!("/_assay/objects/{key}")).send(&emulator).status,
            404,
            "{key}"
        );
    }
    let half = clock(br#"{"advance": "61m"}"#).with("content-length", "100").bytes();
    assert_eq!(exchange(&emulator, &half).status, 400);
    assert_eq!(emulator.clock().now(), now);
    stands(&emulator);
}
