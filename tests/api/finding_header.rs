//! `x-assay-finding`: an answer names the rules that its exchange broke.

use std::collections::BTreeSet;

use alloy_assay::{Emulator, Fault, UserId};
use serde_json::json;

use crate::support::{
    Client, Reply, emulator, md5_hex,
    program::{Served, serve},
    start,
};

fn named(reply: &Reply) -> Vec<String> {
    let values = reply.headers.get_all("x-assay-finding").iter();
    values.map(|value| value.to_str().unwrap().to_owned()).collect()
}

/// The rules that the last exchange broke.
fn found(emulator: &Emulator) -> BTreeSet<String> {
    let journal = emulator.exchanges();
    journal.last().unwrap().findings.iter().map(|finding| finding.rule.to_owned()).collect()
}

/// A call without `x-api-version`.
fn unversioned(client: &Client, headers: &[(&str, &str)]) -> Reply {
    let url = format!("{}/connectors/files/list", client.base);
    let key = format!("Bearer {}", client.key);
    client.send("GET", &url, &[&[("authorization", key.as_str())], headers].concat(), b"").expect(400)
}

/// A PUT with the MD5 in hex.
fn put_with_hex(client: &Client, headers: &[(&str, &str)]) -> Reply {
    let (presigned, md5) = (client.presign("a.txt", b"a"), md5_hex(b"a"));
    let headers = [&[("content-md5", md5.as_str()), ("content-type", "text/plain")], headers];
    client.send("PUT", &presigned.url, &headers.concat(), b"a")
}

#[test]
fn answers_name_the_rules_that_their_exchanges_broke() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    for reply in [unversioned(&client, &[]), put_with_hex(&client, &[])] {
        assert_eq!(named(&reply).len(), 1, "{:?}", reply.headers);
    }
    assert_eq!(named(&unversioned(&client, &[])), ["contract-header"]);
    assert_eq!(found(&emulator), BTreeSet::from(["contract-header".to_owned()]));
    let refused = put_with_hex(&client, &[]);
    assert_eq!(BTreeSet::from_iter(named(&refused)), found(&emulator));
    // The header also names rules of the exchange itself that refuse nothing.
    let emulator = start(|builder| builder);
    let client = Client::new(&emulator, "alice-key");
    let reply = unversioned(&client, &[("origin", "http://app.test"), ("x-user-id", "a")]);
    assert_eq!(BTreeSet::from_iter(named(&reply)), found(&emulator));
    assert_eq!(named(&reply).len(), 3);
    assert_eq!(named(&client.call("GET", "/connectors/files/list", None)), [""; 0]);
}

#[test]
fn a_rule_is_named_once_however_often_it_was_broken() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let reply = client.call("POST", "/connectors/files/upload/request", Some(&json!({"filename": 1})));
    assert!(reply.json()["errors"].as_array().unwrap().len() > 1);
    let rules = named(&reply);
    assert_eq!(rules.len(), BTreeSet::from_iter(&rules).len(), "{rules:?}");
    assert!(!rules.is_empty() && rules.len() <= 5);
}

#[test]
fn pages_of_other_origins_cannot_read_it() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let reply = put_with_hex(&client, &[("origin", "http://app.test")]);
    assert_eq!(named(&reply).len(), 1);
    assert_eq!(reply.header("access-control-allow-origin"), "*");
    assert_eq!(reply.header("access-control-expose-headers"), "ETag");
    let reply = unversioned(&client, &[("origin", "http://app.test")]);
    assert_eq!(reply.header("access-control-expose-headers"), "");
}

#[test]
fn answers_of_faults_name_none() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    emulator.inject(Fault::put().error("SlowDown"));
    let reply = put_with_hex(&client, &[]).expect(503);
    assert_eq!((named(&reply), reply.header("x-assay-fault")), (vec![], "1"));
}

#[test]
fn excused_findings_are_not_named() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let create = || client.call("POST", "/users", Some(&json!({"username": "ann", "fullName": "Ann"})));
    emulator.inject(Fault::create_user().truncate_to(1).times(1));
    let url = format!("{}/users", client.base);
    let key = format!("Bearer {}", client.key);
    let body = json!({"username": "ann", "fullName": "Ann"}).to_string();
    let request = ureq::http::Request::builder().method("POST").uri(url);
    let request = request.header("authorization", key).header("x-api-version", "2025-09");
    let request = request.header("content-type", "application/json").body(body).unwrap();
    let mut cut = client.agent.run(request).unwrap();
    assert!(cut.body_mut().read_to_vec().is_err());
    let again = create();
    assert_eq!((again.status, named(&again)), (400, vec![]), "{}", again.text());
    assert_eq!(found(&emulator), BTreeSet::new());
    let third = create();
    assert_eq!(named(&third), ["username-taken"]);
}

#[test]
fn answers_are_as_of_alloy_and_s3_where_it_is_off() {
    let (with, without) = (emulator(), start(|builder| builder.no_finding_header().seed(7)));
    let names = |reply: &Reply| -> BTreeSet<String> {
        reply.headers.keys().map(|name| name.as_str().to_owned()).collect()
    };
    for ask in [|client: &Client| unversioned(client, &[]), |client: &Client| put_with_hex(client, &[])] {
        let [with, without] = [&with, &without].map(|emulator| ask(&Client::new(emulator, "alice-key")));
        assert_eq!(named(&without), [""; 0]);
        let mut expected = names(&with);
        assert!(expected.remove("x-assay-finding"));
        assert_eq!(names(&without), expected);
    }
    let served = Served::start(&mut serve(&["--no-finding-header"]));
    let answer = served.get("/connectors/files/list", "authorization: Bearer alice-key\r\n");
    assert_eq!((answer.status, answer.header("x-assay-finding")), (400, ""));
}

#[test]
fn lists_and_reports_can_be_of_one_user() {
    let emulator = emulator();
    let (alice, bob) = (Client::new(&emulator, "alice-key"), Client::new(&emulator, "bob-key"));
    let [of_alice, of_bob] = ["alice-key", "bob-key"].map(|key| UserId::of_key(key).to_string());
    let get = |path: String| alice.control("GET", &path, None).expect(200);
    for user in [&of_alice, &of_bob] {
        let rule = json!({"on": "get", "user": user, "effect": {"kind": "close"}});
        alice.control("POST", "faults", Some(&rule)).expect(201);
        let label = json!({"user": user, "label": format!("test of {user}")});
        alice.control("POST", "labels", Some(&label)).expect(200);
    }
    alice.control("POST", "faults", Some(&json!("list:times=1:delay=1ms"))).expect(201);
    bob.upload("b.txt", b"b");
    unversioned(&bob, &[]);

    let faults = |query: &str| get(format!("faults{query}")).json()["faults"].as_array().unwrap().len();
    assert_eq!((faults(""), faults(&format!("?user={of_alice}"))), (3, 1));
    alice.control("DELETE", &format!("faults?user={of_alice}"), None).expect(200);
    assert_eq!((faults(""), faults(&format!("?user={of_alice}"))), (2, 0));
    alice.control("DELETE", "faults?user=alice", None).expect(400);
    assert_eq!(get(format!("labels?user={of_alice}")).json()["labels"].as_object().unwrap().len(), 1);

    for (user, exchanges, findings) in [(&of_alice, 0, 0), (&of_bob, 3, 1)] {
        let report = get(format!("report.json?user={user}")).json();
        assert_eq!(report["exchanges"], exchanges);
        assert_eq!(report["findings"].as_array().unwrap().len(), findings);
        let page = get(format!("report.html?user={user}")).text();
        assert_eq!(page.contains(&of_bob), user == &of_bob);
        let failures = format!("failures=\"{findings}\"");
        assert!(get(format!("report.xml?user={user}")).text().contains(&failures));
        assert_eq!(get(format!("report.md?user={user}")).text().contains("contract-header"), findings > 0);
    }
    // Findings from before a user's reset are only in the full report.
    alice.control("POST", &format!("reset?user={of_bob}"), None).expect(200);
    let findings = |path: String| get(path).json()["findings"].as_array().unwrap().len();
    assert_eq!(findings(format!("report.json?user={of_bob}")), 0);
    assert_eq!(findings("report.json".to_owned()), 1);
}
