//! Requests to the Alloy API that break the contract: the answer lists all mistakes, each with its place.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are assertions")]

use alloy_assay::Severity;
use serde_json::{Value, json};

use crate::support::{Client, Reply, emulator, md5_hex};

const PRESIGN: &str = "/connectors/files/upload/request";

fn presign(client: &Client, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    client.send("POST", &format!("{}{PRESIGN}", client.base), headers, body)
}

/// The headers of a right call, but for those named in `without`, and with `with`.
fn headers<'a>(without: &str, with: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let right = [
        ("authorization", "Bearer alice-key"),
        ("x-api-version", "2025-09"),
        ("content-type", "application/json"),
    ];
    right.into_iter().filter(|(name, _)| *name != without).chain(with.iter().copied()).collect()
}

fn right_body() -> Vec<u8> {
    json!({"filename": "a.txt", "mimeType": "text/plain", "md5": md5_hex(b"a")}).to_string().into_bytes()
}

/// The places that a 400 names.
fn pointers(reply: &Value) -> Vec<&str> {
    reply["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect()
}

#[test]
fn reports_everything_wrong_at_once() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let body = json!({"filename": 7, "md5": "abc"}).to_string();
    let reply = presign(
        &client,
        &[
            ("authorization", "Bearer alice-key"),
            ("content-type", "application/json"),
            ("x-alloy-userid", "jane"),
        ],
        body.as_bytes(),
    );
    let reply = reply.expect(400).json();
    let mut places = pointers(&reply);
    places.sort_unstable();
    assert_eq!(places, ["/filename", "/md5", "/mimeType", "x-alloy-userid", "x-api-version"]);
    for error in reply["errors"].as_array().unwrap() {
        assert!(
            !error["rule"].as_str().unwrap().is_empty() && !error["message"].as_str().unwrap().is_empty()
        );
    }
    assert_eq!(emulator.findings().len(), 5);
}

#[test]
fn each_mistake_is_named_by_its_place() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let with = |change: &dyn Fn(&mut Value)| {
        let mut body: Value = serde_json::from_slice(&right_body()).unwrap();
        change(&mut body);
        body.to_string().into_bytes()
    };
    let remove = |name: &'static str| with(&move |body| drop(body.as_object_mut().unwrap().remove(name)));
    let set = |name: &'static str, value: Value| with(&move |body| body[name] = value.clone());
    for (body, place) in [
        (remove("filename"), "/filename"),
        (remove("mimeType"), "/mimeType"),
        (remove("md5"), "/md5"),
        (set("filename", json!("")), "/filename"),
        (set("filename", json!(null)), "/filename"),
        (set("md5", json!("2942bfabb3d05332b66eb128e0842cf")), "/md5"),
        (set("md5", json!("KUK_q7PQUzK2brEo4IQs_w==")), "/md5"),
        (set("mimeType", json!(["text/plain"])), "/mimeType"),
        (b"[]".to_vec(), ""),
        (b"{\"filename\":".to_vec(), ""),
        (b"".to_vec(), ""),
        (b"\xff\xfe".to_vec(), ""),
    ] {
        let reply = presign(&client, &headers("", &[]), &body).expect(400).json();
        assert_eq!(pointers(&reply), [place], "{}: {reply}", String::from_utf8_lossy(&body));
    }
}

#[test]
fn rejects_a_wrong_content_type_ignoring_its_parameters() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
    {
        let sent = headers("content-type", &[("content-type", content_type)]);
        let reply = presign(&client, &sent, &right_body()).expect(400).json();
        assert_eq!(pointers(&reply), ["content-type"], "{content_type}");
    }
    for content_type in ["application/json; charset=utf-8", "Application/JSON"] {
        let sent = headers("content-type", &[("content-type", content_type)]);
        presign(&client, &sent, &right_body()).expect(200);
    }
    let reply = presign(&client, &headers("content-type", &[]), &right_body()).expect(400).json();
    assert_eq!(pointers(&reply), ["content-type"]);
}

#[test]
fn a_required_header_is_required_everywhere() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let key = [("authorization", "Bearer alice-key")];
    for (method, path) in
        [("POST", PRESIGN), ("GET", "/connectors/files/list"), ("DELETE", "/connectors/files/x_y")]
    {
        let reply = client.send(method, &format!("{}{path}", client.base), &key, b"").expect(400).json();
        assert!(pointers(&reply).contains(&"x-api-version"), "{reply}");
    }
}

#[test]
fn refusals_come_in_a_fixed_order() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let nothing =
        |method: &str, path: &str| client.send(method, &format!("{}{path}", client.base), &[], b"{");
    nothing("POST", "/connectors/files/upload/requests").expect(404);
    let reply = nothing("PUT", PRESIGN).expect(405);
    assert_eq!(reply.header("allow"), "POST");
    assert_eq!(nothing("POST", PRESIGN).expect(401).json(), json!({"message": "Unauthorized"}));
    presign(&client, &headers("x-api-version", &[]), b"{").expect(400);
}

#[test]
fn a_key_without_bearer_is_unauthorized_and_explained() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    for authorization in ["alice-key", "Basic alice-key", "Bearer", "Bearer ", "Bearer alice key"] {
        let sent = headers("authorization", &[("authorization", authorization)]);
        presign(&client, &sent, &right_body()).expect(401);
    }
    let findings = emulator.findings();
    assert_eq!(findings.len(), 5);
    for finding in findings {
        assert_eq!((finding.rule, finding.pointer.as_str()), ("contract-security", "authorization"));
        assert!(!finding.message.contains("alice-key"), "{}", finding.message);
    }
}

#[test]
fn a_path_that_is_no_utf_8_is_one_finding() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let reply = client.delete("%FF").expect(400).json();
    assert_eq!(pointers(&reply), ["path"]);
    assert_eq!(emulator.findings().len(), 1, "{:?}", emulator.findings());
}

#[test]
fn a_key_in_the_name_of_a_member_is_masked_in_findings() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice/secret~key");
    let body = br#"{"alice/secret~key": 1, "alice/secret~key": 2}"#;
    let sent = headers("authorization", &[("authorization", "Bearer alice/secret~key")]);
    presign(&client, &sent, body).expect(400);
    let findings = serde_json::to_string(&emulator.findings()).unwrap();
    assert!(!findings.contains("secret"), "{findings}");
    let journal = serde_json::to_string(&emulator.exchanges()).unwrap();
    assert!(!journal.contains("secret"), "{journal}");
}

#[test]
fn a_body_above_a_mebibyte_is_too_large() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let mut body = right_body();
    body.resize((1 << 20) + 1, b' ');
    presign(&client, &headers("", &[]), &body).expect(413);
    body.truncate(1 << 20);
    presign(&client, &headers("", &[]), &body).expect(200);
}

#[test]
fn a_preflight_gets_no_cors_headers() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let sent = [("origin", "http://app.test"), ("access-control-request-method", "POST")];
    let reply = client.send("OPTIONS", &format!("{}{PRESIGN}", client.base), &sent, b"").expect(204);
    assert!(reply.headers.keys().all(|name| !name.as_str().starts_with("access-control")));
    assert_eq!(emulator.exchanges()[0].operation.name(), "preflight");
    let finding = &emulator.findings()[0];
    assert_eq!((finding.rule, finding.severity), ("key-in-browser", Severity::Warning));
}

#[test]
fn every_answer_keeps_the_contract() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let key = client.upload("a.txt", b"a");
    client.list();
    client.presign("a.txt", b"a");
    presign(&client, &headers("", &[]), b"{}").expect(400);
    presign(&client, &headers("authorization", &[]), b"{}").expect(401);
    presign(&client, &headers("", &[]), &vec![b' '; (1 << 20) + 1]).expect(413);
    client.delete("ffffffffffffffffffffffff_a").expect(403);
    client.delete(&key).expect(200);
    client.delete(&key).expect(404);
    let ours: Vec<_> =
        emulator.findings().into_iter().filter(|finding| finding.rule == "contract-answer").collect();
    assert!(ours.is_empty(), "{ours:?}");
}

#[test]
fn suggests_known_paths_and_methods() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    for (method, path, status, rule, telling) in [
        (
            "GET",
            "/connectors/file/list",
            404,
            "contract-path-unknown",
            "did you mean GET /connectors/files/list?",
        ),
        ("GET", "/nowhere.ico", 404, "contract-path-unknown", "No operation matches `GET /nowhere.ico`"),
        ("GET", PRESIGN, 405, "contract-method", "is called with GET, and it takes POST"),
        ("PUT", "/users", 405, "contract-method", "is called with PUT, and it takes"),
    ] {
        client.call(method, path, None).expect(status);
        let finding = emulator.findings().pop().unwrap();
        assert_eq!((finding.rule, finding.severity), (rule, Severity::Error), "{path}");
        assert_eq!((finding.pointer.as_str(), finding.spec.as_deref()), ("path", Some("/paths")));
        assert!(finding.message.contains(telling), "{}", finding.message);
    }
}
