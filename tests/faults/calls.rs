//! Rules over the control API.

use alloy_assay::Emulator;
use serde_json::{Value, json};

use super::support::{Client, Reply, emulator, raw::Connection};

fn post(emulator: &Emulator, body: &str) -> Reply {
    let client = Client::new(emulator, "alice-key");
    client.send("POST", &format!("{}/_assay/faults", emulator.base_url()), &[], body.as_bytes())
}

#[test]
fn sets_lists_and_removes_a_rule() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let rule = json!({"on": "put", "nth": 1, "effect": {"kind": "error", "code": "SlowDown"}});
    let set = client.control("POST", "faults", Some(&rule)).expect(201).json();
    let mut expected = rule;
    expected["id"] = "1".into();
    expected["hits"] = 0.into();
    assert_eq!(set, expected);
    assert_eq!(client.control("GET", "faults", None).expect(200).json(), json!({"faults": [set]}));
    client.put(&client.presign("a", b"a"), b"a").expect(503);
    assert_eq!(client.control("GET", "faults", None).json()["faults"][0]["hits"], 1);
    client.control("DELETE", "faults/1", None).expect(200);
    client.control("DELETE", "faults/1", None).expect(404);
    assert_eq!(client.control("GET", "faults", None).json(), json!({"faults": []}));
    client.put(&client.presign("a", b"a"), b"a").expect(200);
    assert_eq!(post(&emulator, "put:close").expect(201).json()["id"], "2", "no id is given twice");
}

#[test]
fn rules_come_in_short_form_in_sets_and_as_scenarios() {
    let emulator = emulator();
    assert_eq!(
        post(&emulator, "put:nth=1:error=SlowDown\n").expect(201).json()["effect"]["code"],
        "SlowDown"
    );
    assert_eq!(post(&emulator, "\"list:close\"").expect(201).json()["id"], "2");
    let set = post(&emulator, r#"["put:hang", {"on": "any", "effect": {"kind": "close"}}]"#);
    assert_eq!(set.expect(201).json()["faults"].as_array().unwrap().len(), 2);
    let scenario = post(&emulator, r#"{"scenario": "slow-down"}"#).expect(201).json();
    assert!(scenario["faults"][0]["hits"] == 0, "{scenario}");
    let client = Client::new(&emulator, "alice-key");
    client.control("DELETE", "faults", None).expect(200);
    assert!(emulator.faults().list().is_empty());
}

#[test]
fn a_set_is_atomic_and_its_error_has_a_place() {
    let emulator = emulator();
    for (body, pointers) in [
        (r#"{"on": "list", "effect": {"kind": "reset"}}"#, vec!["/on"]),
        (
            r#"[{"on": "put", "effect": {"kind": "close"}}, {"on": "put", "probability": 1.5, "effect": {"kind": "close"}}]"#,
            vec!["/1/probability"],
        ),
        (
            r#"{"on": "put", "nth": 0, "effect": {"kind": "error", "code": "SlowDwn"}}"#,
            vec!["/nth", "/effect/code"],
        ),
        ("{", vec![""]),
        ("put:nonsense", vec![""]),
    ] {
        let reply = post(&emulator, body).expect(400).json();
        let reported: Vec<&str> = reply["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["pointer"].as_str().unwrap())
            .collect();
        assert_eq!(reported, pointers, "{body}: {reply}");
        let message = reply["message"].as_str().unwrap();
        assert_eq!((message.len() > 20, message.lines().count()), (true, pointers.len()), "{message}");
    }
    assert!(emulator.faults().list().is_empty());
}

#[test]
fn accepts_a_thousand_rules_in_a_call() {
    let emulator = emulator();
    let rule = format!(
        r#"{{"on": "put", "effect": {{"kind": "error", "status": 503, "message": "{}"}}}}"#,
        "é".repeat(400)
    );
    let set = format!("[{}]", vec![rule.as_str(); 1000].join(","));
    assert!(set.len() > 800 << 10);
    assert_eq!(post(&emulator, &set).expect(201).json()["faults"].as_array().unwrap().len(), 1000);
    let more = post(&emulator, "put:close").expect(400);
    assert!(more.text().contains("1000"), "{}", more.text());
    let reported = |path: &str, bytes: usize| {
        let url = format!("{}/_assay/{path}", emulator.base_url());
        let client = Client::new(&emulator, "alice-key");
        client.send("POST", &url, &[], &vec![b' '; bytes]).expect(400).json()["message"].take()
    };
    assert_eq!(reported("faults", (1 << 20) + 1), "The body is larger than 1024 KiB");
    assert_eq!(reported("clock", (64 << 10) + 1), "The body is larger than 64 KiB");
}

#[test]
fn distinguishes_a_stopped_body_from_a_large_one() {
    let emulator = emulator();
    let mut connection = Connection::open(&emulator);
    connection.write(b"POST /_assay/faults HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\nput");
    connection.finish();
    let answer = connection.read_answer();
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("The body did not arrive whole: the body ended"), "{}", answer.text());
}

#[test]
fn a_reset_brings_back_the_faults_of_the_start_and_counts_anew() {
    let emulator = super::support::start(|builder| builder.fault("list:nth=1:error=503".parse().unwrap()));
    let client = Client::new(&emulator, "alice-key");
    let list = || client.call("GET", "/connectors/files/list", None).status;
    post(&emulator, "presign:close").expect(201);
    assert_eq!([list(), list()], [503, 200]);
    client.control("POST", "reset", None).expect(200);
    assert_eq!([list(), list()], [503, 200]);
    assert_eq!(emulator.faults().list().len(), 1);
}

#[test]
fn no_web_page_sets_a_fault() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let url = format!("{}/_assay/faults", emulator.base_url());
    client.send("POST", &url, &[("origin", "http://evil.example")], b"any:close").expect(403);
    client.send("PATCH", &url, &[], b"").expect(405);
    assert_eq!(client.control("GET", "faults", None).json()["faults"], Value::Array(Vec::new()));
}
