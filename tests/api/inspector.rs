//! The inspector's files, exports, and who may load them.

use serde_json::{Value, json};

use crate::support::{Client, emulator, request::Request};

#[test]
fn serves_the_page_with_its_files_once() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let page = client.control("GET", "", None).expect(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "require-trusted-types-for 'script'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    for path in ["", "inspector/app.js", "inspector/style.css", "inspector/icon.svg"] {
        let url = format!("{}/_assay/{path}", emulator.base_url());
        let first = client.send("GET", &url, &[], b"").expect(200);
        let tag = first.header("etag").to_owned();
        let again = client.send("GET", &url, &[("if-none-match", &tag)], b"");
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        client.send("GET", &url, &[("if-none-match", "\"other\"")], b"").expect(200);
    }
    client.control("GET", "inspector/nothing.js", None).expect(404);
    assert_eq!(client.control("POST", "", None).expect(405).header("allow"), "GET");
    assert!(emulator.exchanges().is_empty());
}

#[test]
fn leads_browsers_to_the_page() {
    let emulator = emulator();
    let get = |path: &str, accept: &str| Request::new("GET", path).and("accept", accept).send(&emulator);
    for (path, accept) in [("/", "text/html,application/xhtml+xml;q=0.9"), ("/_assay", "*/*")] {
        let answer = get(path, accept);
        assert_eq!((answer.status, answer.header("location")), (302, "/_assay/"), "{path}");
    }
    assert_eq!(get("/", "*/*").status, 404);
    assert_eq!(get("/connectors/files/list", "text/html").status, 401);
}

#[test]
fn only_its_own_page_may_load_the_files() {
    let emulator = emulator();
    let script = |marks: &[(&str, &str)]| {
        let request = Request::new("GET", "/_assay/inspector/app.js");
        marks.iter().fold(request, |request, (name, value)| request.and(name, *value)).send(&emulator).status
    };
    assert_eq!(script(&[("sec-fetch-site", "same-origin"), ("sec-fetch-dest", "script")]), 200);
    assert_eq!(script(&[("sec-fetch-site", "cross-site"), ("sec-fetch-dest", "script")]), 403);
    let [site, mode, dest] = ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"];
    assert_eq!(script(&[(site, "cross-site"), (mode, "navigate"), (dest, "document")]), 200);
    assert_eq!(script(&[(site, "none"), (mode, "navigate"), (dest, "document")]), 200);
    assert_eq!(script(&[(site, "cross-site"), (mode, "navigate"), (dest, "iframe")]), 403);
    assert_eq!(script(&[(site, "cross-site"), (mode, "no-cors"), (dest, "document")]), 403);
    assert_eq!(script(&[(site, "same-origin"), (site, "cross-site")]), 403);
    assert_eq!(script(&[("host", "evil.example")]), 403);
}

#[test]
fn exports_the_journal_as_har() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    client.upload("a b.txt", b"hello");
    client.call("POST", "/connectors/files/upload/request", Some(&json!({}))).expect(400);
    let har = client.control("GET", "journal.har", None).expect(200);
    assert!(har.header("content-disposition").contains("assay.har"));
    assert!(!har.text().contains("alice-key"), "{}", har.text());
    let har = har.json();
    assert_eq!(har["log"]["version"], "1.2");
    let [presign, put, refused] = &har["log"]["entries"].as_array().unwrap()[..] else { panic!("{har}") };
    assert_eq!(presign["request"]["postData"]["mimeType"], "application/json");
    let url = put["request"]["url"].as_str().unwrap();
    assert!(url.starts_with(emulator.base_url()) && url.contains("X-Amz-Signature=***"), "{url}");
    assert_eq!((&put["request"]["bodySize"], &put["response"]["status"]), (&json!(5), &json!(200)));
    let query = put["request"]["queryString"].as_array().unwrap();
    assert!(query.contains(&json!({"name": "X-Amz-Expires", "value": "3600"})), "{query:?}");
    assert!(refused["response"]["content"]["text"].as_str().unwrap().contains("errors"));
    for entry in [presign, put, refused] {
        for (place, names) in [
            ("", &["startedDateTime", "time", "request", "response", "cache", "timings"][..]),
            (
                "/request",
                &[
                    "method",
                    "url",
                    "httpVersion",
                    "cookies",
                    "headers",
                    "queryString",
                    "headersSize",
                    "bodySize",
                ],
            ),
            (
                "/response",
                &[
                    "status",
                    "statusText",
                    "httpVersion",
                    "cookies",
                    "headers",
                    "content",
                    "redirectURL",
                    "headersSize",
                    "bodySize",
                ],
            ),
            ("/timings", &["send", "wait", "receive"]),
        ] {
            let part = entry.pointer(place).unwrap();
            assert!(
                names.iter().all(|name| part.get(name).is_some_and(|value| !value.is_null())),
                "{place}: {part}"
            );
        }
    }
    let nobody = client.control("GET", "journal.har?user=ffffffffffffffffffffffff", None).expect(200).json();
    assert_eq!(nobody["log"]["entries"], json!([]));
}

#[test]
fn exports_the_page_as_one_file_without_secrets() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    client.upload("</script><img src=x onerror=alert(1)>.txt", b"hello");
    let page = client.control("GET", "report.html", None).expect(200).text();
    assert_eq!(page.matches("</script>").count(), 2);
    assert!(!page.contains("alice-key") && !page.contains("<img"));
    let (_, data) = page.split_once("id=\"data\">").unwrap();
    let data: Value = serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap();
    assert_eq!(data["exchanges"].as_array().unwrap().len(), 2);
}

#[test]
fn labels_users_with_their_tests() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let user = client.upload("a.txt", b"a")[..24].to_owned();
    let label = |body: Value| client.control("POST", "labels", Some(&body));
    label(json!({"user": user, "label": "tests/test_up.py::test_retry"})).expect(200);
    assert_eq!(client.control("GET", "labels", None).json()["labels"][&user], "tests/test_up.py::test_retry");
    for exchange in client.control("GET", "journal", None).json()["exchanges"].as_array().unwrap() {
        assert_eq!(exchange["label"], "tests/test_up.py::test_retry");
    }
    for (body, place) in [
        (json!({}), ""),
        (json!({"user": "alice", "label": "a"}), "/user"),
        (json!({"user": user, "label": ""}), "/label"),
        (json!({"user": user, "label": "a".repeat(501)}), "/label"),
        (json!({"user": user, "label": "a", "x": 1}), ""),
    ] {
        assert_eq!(label(body.clone()).expect(400).json()["errors"][0]["pointer"], place, "{body}");
    }
    client.control("POST", "reset", None).expect(200);
    assert_eq!(client.control("GET", "labels", None).json(), json!({"labels": {}}));
}
