//! Recorded traffic, judged without a server: of the proxy, of an emulator, of a browser.

use std::path::Path;

use serde_json::{Value, json};

use super::{
    Proxy, drift, report, rules,
    support::{
        Client, emulator,
        program::{assay, mistake},
        start,
    },
};

/// What `assay drift` reports of a file, and its exit code.
fn judge(file: &Path, arguments: &[&str]) -> (Value, String, Option<i32>) {
    let target = file.with_extension("report");
    let kind = format!("json={}", target.display());
    let mut command = assay(&["drift", file.to_str().unwrap(), "--report", &kind]);
    let output = command.args(arguments).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(target.exists(), "{stderr}");
    (report(&target), stderr, output.status.code())
}

/// A session with a mistake of the client's in it.
fn session(client: &Client) {
    client.upload("a.txt", b"hello");
    client.list();
    let presigned = client.presign("b.txt", b"other");
    client.put(&presigned, b"wrong");
    client.send("GET", &format!("{}/connectors/files/list", client.base), &[], b"");
}

#[test]
fn a_recording_of_the_proxy_comes_to_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recorded.har");
    let upstream = start(|builder| builder.defect("size-in-characters").defect("version-optional"));
    let proxy = Proxy::start(upstream.base_url(), &["--record", file.to_str().unwrap()]);
    let client = proxy.client("alice-key");
    session(&client);
    client.upload("ü.txt", "grüße".as_bytes());
    client.list();
    let (live, ..) = proxy.end();
    assert!(!drift(&live).is_empty());
    let (recorded, stderr, code) = judge(&file, &[]);
    assert_eq!((drift(&recorded), code), (drift(&live), Some(1)), "{stderr}");
    assert_eq!(rules(&recorded), rules(&live));
    assert_eq!(recorded["operations"], live["operations"]);
    assert_eq!(judge(&file, &["--fail-on", "never"]).2, Some(0));
}

#[test]
fn a_recording_is_whole_while_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recorded.har");
    let upstream = emulator();
    let proxy = Proxy::start(upstream.base_url(), &["--record", file.to_str().unwrap()]);
    for count in 1..=3 {
        proxy.client("alice-key").list();
        let har: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        assert_eq!(har["log"]["entries"].as_array().unwrap().len(), count);
    }
}

#[test]
fn the_journal_of_an_emulator_is_read() {
    let upstream = emulator();
    let client = Client::new(&upstream, "alice-key");
    session(&client);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.har");
    std::fs::write(&file, client.control("GET", "journal.har", None).body).unwrap();
    let (report, stderr, code) = judge(&file, &[]);
    assert_eq!((drift(&report), code), (vec![], Some(0)), "{stderr}");
    assert_eq!(report["operations"], json!({"presign": 2, "list": 2, "put": 2}));
    let rules = rules(&report);
    assert!(rules.contains(&"contract-security".to_owned()), "{rules:?}");
}

/// `fixtures/har/export.mjs` made it, with Chromium 156.
#[test]
fn an_export_of_chromiums_network_panel_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chromium.har");
    std::fs::copy(format!("{}/fixtures/har/chromium.har", env!("CARGO_MANIFEST_DIR")), &file).unwrap();
    let (report, stderr, code) = judge(&file, &["--fail-on", "error"]);
    assert_eq!((drift(&report), code), (vec![], Some(1)), "{stderr}");
    // The page itself is a list without headers; it sends an MD5 as hex, and forgets one.
    assert_eq!(rules(&report), ["contract-header", "s3-content-md5-hex", "contract-body"]);
    let operations = json!({"presign": 2, "list": 2, "delete": 1, "put": 2, "preflight": 1, "unknown": 1});
    assert_eq!(report["operations"], operations);
}

/// In the form of an export: sanitized, over HTTP/2, beside other traffic.
#[test]
fn an_export_with_other_traffic_is_read() {
    let request = |method: &str, url: &str, body: Option<&str>| {
        let mut request = json!({
            "method": method, "url": url, "httpVersion": "http/2.0", "cookies": [], "queryString": [],
            "headers": [
                {"name": ":authority", "value": "production.runalloy.com"},
                {"name": ":method", "value": method},
                {"name": "x-api-version", "value": "2025-09"},
                {"name": "content-type", "value": "application/json"},
            ],
            "headersSize": -1, "bodySize": body.map_or(0, str::len),
        });
        if let Some(body) = body {
            request["postData"] = json!({"mimeType": "application/json", "text": body});
        }
        request
    };
    let response = |status: u16, mime_type: &str, body: &str| {
        json!({
            "status": status, "statusText": "", "httpVersion": "http/2.0", "cookies": [], "redirectURL": "",
            "headers": [
                {"name": "content-type", "value": mime_type}, {"name": "content-encoding", "value": "br"},
                {"name": "date", "value": "Sat, 28 Nov 2026 10:00:00 GMT"},
            ],
            "content": {"size": body.len(), "mimeType": mime_type, "text": body},
            "headersSize": -1, "bodySize": -1, "_transferSize": 100, "_error": null,
        })
    };
    let entry = |request: Value, response: Value| {
        json!({
            "_initiator": {"type": "script"}, "_priority": "High", "_resourceType": "fetch", "cache": {},
            "connection": "443", "request": request, "response": response, "serverIPAddress": "192.0.2.1",
            "startedDateTime": "2026-11-28T10:00:00.123Z", "time": 41.6,
            "timings": {"blocked": 1.0, "dns": -1, "ssl": -1, "connect": -1, "send": 0.1, "wait": 40.0, "receive": 0.5},
        })
    };
    let list = "https://production.runalloy.com/connectors/files/list";
    let body = r#"{"files":[],"next":"2"}"#;
    let har = json!({"log": {
        "version": "1.2", "creator": {"name": "WebInspector", "version": "537.36"}, "pages": [],
        "entries": [
            entry(request("GET", "https://app.example.com/users", None), response(200, "text/html", "<html>")),
            entry(request("GET", list, None), response(200, "application/json", body)),
            entry(request("GET", "https://production.runalloy.com/users", None), response(0, "", "")),
            entry(request("POST", "https://production.runalloy.com/users", Some("{}")), response(200, "application/json", "{}")),
        ],
    }});
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("export.har");
    std::fs::write(&file, har.to_string()).unwrap();
    let (report, stderr, code) = judge(&file, &[]);
    assert_eq!(
        drift(&report),
        [
            "answer create-user 200 required /userId",
            "answer list 200 property /next",
            "looser create-user 200 contract-body /username",
        ]
    );
    assert_eq!((report["exchanges"].as_u64(), code), (Some(3), Some(1)));
    assert!(stderr.contains("ignored 1 exchange with other servers"), "{stderr}");
}

#[test]
fn reports_a_file_that_is_not_har() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.har");
    for (text, telling) in [("{}", "missing field `log`"), ("", "EOF"), ("[", "EOF")] {
        std::fs::write(&file, text).unwrap();
        let message = mistake(&assay(&["drift", file.to_str().unwrap()]).output().unwrap());
        assert!(message.contains("is not a HAR file") && message.contains(telling), "{message}");
    }
    assert!(mistake(&assay(&["drift"]).output().unwrap()).contains("assay drift recorded.har"));
    assert!(
        mistake(&assay(&["drift", "nowhere.har"]).output().unwrap()).contains("cannot read `nowhere.har`")
    );
}
