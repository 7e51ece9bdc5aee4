//! Where a server differs from the document, by the table of verdicts; and the baseline that keeps known drift quiet.

use std::{
    io::{Read, Write},
    path::Path,
};

use serde_json::{Value, json};

use super::{
    Proxy, drift,
    forward::{read_head, upstream},
    report, rules,
    support::{program::assay, start},
};

/// An upstream that answers everything with this.
pub(super) fn answering(status: &'static str, headers: &'static str, body: &Value) -> String {
    let body = body.to_string();
    upstream(move |mut stream| {
        let head = read_head(&mut stream).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let mut sent = vec![0; length.unwrap_or(0)];
        let _ = stream.read_exact(&mut sent);
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
        );
        let _ = stream.write_all((head + &body).as_bytes());
    })
}

const KEY: &str = "651eb6e11d156e0d7a42c59d_a.txt";

#[test]
fn an_answer_outside_the_document_is_drift() {
    let body = json!({"files": [
        {"s3Key": KEY, "filename": "a.txt", "size": "5", "etag": "e"},
        {"s3Key": KEY, "filename": "a.txt", "size": "6", "lastModified": "2026-01-02T03:04:05Z"},
    ]});
    let proxy = Proxy::start(&answering("200 OK", "x-request-id: 7\r\nserver: s\r\n", &body), &[]);
    let reply = proxy.client("alice-key").call("GET", "/connectors/files/list", None).expect(200);
    assert_eq!(reply.json(), body);
    let (report, ..) = proxy.end();
    assert_eq!(
        drift(&report),
        [
            "answer list 200 header x-request-id",
            "answer list 200 property /files/*/etag",
            "answer list 200 required /files/*/lastModified",
            "answer list 200 type /files/*/size",
        ]
    );
    let size = &report["drift"][3];
    assert_eq!(
        (&size["verdict"], &size["status"], &size["known_since"]),
        (&json!("answer"), &json!(200), &Value::Null)
    );
    assert_eq!(size["spec"], "/components/schemas/File/properties/size/type");
    assert_eq!(size["example"]["response"]["headers"]["x-request-id"], "7");
    assert!(report["coverage"]["missing"].as_array().unwrap().contains(&json!("list 401")));
}

#[test]
fn a_status_that_is_not_described_is_drift() {
    let url = answering("429 Too Many Requests", "", &json!({"message": "slow down"}));
    let proxy = Proxy::start(&url, &[]);
    proxy.client("alice-key").call("GET", "/connectors/files/list", None).expect(429);
    let (report, ..) = proxy.end();
    assert_eq!((drift(&report), rules(&report)), (vec!["answer list 429 status".to_owned()], vec![]));
}

#[test]
fn an_accepted_broken_request_is_drift_a_refused_one_a_finding() {
    let list = |url: &str| {
        let proxy = Proxy::start(url, &[]);
        let headers = [("authorization", "Bearer alice-key")];
        proxy.client("alice-key").send(
            "GET",
            &format!("{}/connectors/files/list", proxy.url()),
            &headers,
            b"",
        );
        let (report, ..) = proxy.end();
        (rules(&report), drift(&report))
    };
    let accepting = answering("200 OK", "", &json!({"files": []}));
    assert_eq!(list(&accepting), (vec![], vec!["looser list 200 contract-header x-api-version".to_owned()]));
    let error = json!({"message": "m", "errors": [{"rule": "r", "pointer": "", "message": "m"}]});
    let refusing = answering("400 Bad Request", "", &error);
    assert_eq!(list(&refusing), (vec!["contract-header".to_owned()], vec![]));
    let proxy = Proxy::start(&refusing, &[]);
    proxy.client("alice-key").call("GET", "/connectors/files/list", None).expect(400);
    let (report, ..) = proxy.end();
    assert_eq!((rules(&report), drift(&report)), (vec![], vec!["stricter list 400 refused".to_owned()]));
}

#[test]
fn s3_that_answers_otherwise_is_drift() {
    let upstream = start(|builder| builder.defect("second-put-refused").defect("any-signature"));
    let proxy = Proxy::start(upstream.base_url(), &[]);
    let client = proxy.client("alice-key");
    let presigned = client.presign("a.txt", b"hello");
    client.put(&presigned, b"hello").expect(200);
    client.put(&presigned, b"hello").expect(403);
    let presigned = client.presign("b.txt", b"other");
    let edited = presigned.url.replace("X-Amz-Signature=", "X-Amz-Signature=0");
    let headers = [("content-md5", presigned.md5.as_str()), ("content-type", "text/plain")];
    client.send("PUT", &edited, &headers, b"other").expect(200);
    let (report, ..) = proxy.end();
    let found = drift(&report);
    assert!(found.contains(&"looser put 200 SignatureDoesNotMatch".to_owned()), "{found:?}");
    assert!(found.iter().any(|id| id.starts_with("stricter put 403 ")), "{found:?}");
    // Of the URL whose signature was edited, no request came.
    assert_eq!(rules(&report), ["url-unused"]);
}

/// The report of a list through a proxy with these options, and the exit code.
fn list(url: &str, options: &[&str], folder: &Path) -> (Value, String, Option<i32>) {
    let file = folder.join("report.json");
    let kind = format!("json={}", file.display());
    let mut command = assay(&["proxy", "--upstream", url, "--report", &kind]);
    command.args(options);
    let list = r#"curl -sS -H "Authorization: Bearer k-e-y" -H 'x-api-version: 2025-09' $ALLOY_BASE_URL/connectors/files/list"#;
    let output = command.args(["--", "sh", "-c", list]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(file.exists(), "{stderr}");
    (report(&file), stderr, output.status.code())
}

#[test]
fn a_baseline_hides_known_drift_and_names_resolved_drift() {
    let folder = tempfile::tempdir().unwrap();
    let baseline = folder.path().join("baseline.json");
    let options = ["--fail-on", "drift", "--baseline", baseline.to_str().unwrap()];
    let old = answering("200 OK", "", &json!({"files": [], "next": null}));
    let (_, stderr, code) = list(&old, &["--fail-on", "drift"], folder.path());
    assert_eq!(code, Some(1), "{stderr}");
    assert!(
        stderr.contains("drift: Answer is not in the document (answer list 200 property /next, once)"),
        "{stderr}"
    );
    assert!(stderr.contains("> GET /connectors/files/list"), "{stderr}");
    let (_, stderr, code) = list(&old, &options, folder.path());
    assert!(code == Some(1) && stderr.contains("has 1 known difference from now on"), "{stderr}");
    let (report, stderr, code) = list(&old, &options, folder.path());
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.contains("1 difference, 1 of them known"), "{stderr}");
    let day = report["started"].as_str().unwrap().split('T').next().unwrap();
    assert_eq!(report["drift"][0]["known_since"], day);
    let new = answering("200 OK", "", &json!({"files": [], "total": 0}));
    let (report, stderr, code) = list(&new, &options, folder.path());
    assert_eq!(code, Some(1), "{stderr}");
    assert_eq!(
        (&report["gone"][0]["id"], drift(&report).len()),
        (&json!("answer list 200 property /next"), 1)
    );
    assert!(stderr.contains("No longer seen, and in the baseline since"), "{stderr}");
    std::fs::write(&baseline, "{").unwrap();
    let output = assay(&["proxy", "--upstream", &new]).args(options).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && message.contains("is not a baseline"), "{message}");
}

#[test]
fn reports_have_an_example_of_each_difference() {
    let folder = tempfile::tempdir().unwrap();
    let url = answering("200 OK", "", &json!({"files": [], "next": null}));
    let path = |name: &str| folder.path().join(name);
    let kinds =
        [format!("junit={}", path("r.xml").display()), format!("markdown={}", path("r.md").display())];
    let options = ["--fail-on", "drift", "--report", &kinds[0], "--report", &kinds[1]];
    list(&url, &options, folder.path());
    let read = |name: &str| std::fs::read_to_string(path(name)).unwrap();
    let (junit, markdown) = (read("r.xml"), read("r.md"));
    assert!(junit.contains("answer list 200 property /next") && junit.contains("<failure"), "{junit}");
    assert!(junit.contains("GET /connectors/files/list"), "{junit}");
    assert!(
        markdown.contains("**drift**") && markdown.contains("> GET /connectors/files/list"),
        "{markdown}"
    );
    assert!(markdown.contains("Coverage: "), "{markdown}");
}

#[test]
fn reports_contradictions_about_stored_files() {
    let upstream = start(|builder| builder.defect("list-drops-last").defect("name-with-prefix"));
    let proxy = Proxy::start(upstream.base_url(), &[]);
    let client = proxy.client("alice-key");
    client.upload("a.txt", b"one");
    client.upload("b.txt", b"two");
    assert_eq!(client.list().len(), 1);
    let (report, ..) = proxy.end();
    assert_eq!(
        drift(&report),
        ["behaviour list 200 filename /files/*/filename", "behaviour list 200 missing-file /files"]
    );
}
