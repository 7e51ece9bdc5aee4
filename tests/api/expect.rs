//! Findings that a test raises on purpose: no failure if they come, one if they do not.

use std::panic::{AssertUnwindSafe, catch_unwind};

use alloy_assay::{Emulator, Expected, Report as _, Severity, UserId};
use serde_json::{Value, json};

use crate::support::{Client, emulator};

const RULE: &str = "contract-body";

/// A presign that breaks [`RULE`].
fn mistake(client: &Client) {
    client.call("POST", "/connectors/files/upload/request", Some(&json!({"filename": 1}))).expect(400);
}

fn expect(client: &Client, body: &Value) -> Value {
    client.control("POST", "expect", Some(body)).expect(201).json()
}

fn get(client: &Client, path: &str) -> Value {
    client.control("GET", path, None).expect(200).json()
}

fn fails(emulator: &Emulator) -> bool {
    emulator.report().fails(Some(Severity::Error))
}

/// Number of findings for a mistake.
fn findings_of_a_mistake() -> u64 {
    let emulator = emulator();
    mistake(&Client::new(&emulator, "alice-key"));
    emulator.findings().len() as u64
}

#[test]
fn expected_findings_fail_nothing_and_are_shown_as_expected() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let set = expect(&client, &json!({"rule": "contract-*"}));
    assert_eq!(set, json!({"rule": "contract-*", "user": null, "times": null, "came": 0}));
    assert!(fails(&emulator), "it did not come yet");
    mistake(&client);
    assert!(!fails(&emulator));
    let came = findings_of_a_mistake();
    assert_eq!(get(&client, "expect")["expectations"][0]["came"], came);
    let report = get(&client, "report.json");
    assert_eq!(report["expectations"][0]["came"], came);
    for findings in [&report["findings"], &get(&client, "findings")["findings"]] {
        let findings = findings.as_array().unwrap();
        assert!(!findings.is_empty() && findings.iter().all(|finding| finding["expected"] == true));
    }
    let text = emulator.report().text(false, Some(Severity::Error));
    assert!(text.contains("expected: ") && !text.contains("error: ") && !text.contains("failed: "), "{text}");
    let xml = client.control("GET", "report.xml", None).expect(200).text();
    assert!(xml.contains("<skipped message=\"expected: ") && xml.contains("failures=\"0\""), "{xml}");
    let markdown = client.control("GET", "report.md", None).expect(200).text();
    assert!(markdown.contains("| expected |"), "{markdown}");
}

#[test]
fn expected_findings_that_do_not_come_are_a_failure() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    expect(&client, &json!({"rule": "s3-url-expired", "times": 2}));
    client.upload("a.txt", b"a");
    assert!(fails(&emulator) && !emulator.report().fails(None));
    let reported = "expected twice, came 0 times";
    let text = emulator.report().text(false, Some(Severity::Error));
    assert!(text.contains("(s3-url-expired, ") && text.contains(reported), "{text}");
    assert!(text.contains("failed: s3-url-expired") && text.contains("1 expected finding missing"), "{text}");
    let xml = client.control("GET", "report.xml", None).expect(200).text();
    assert!(xml.contains(&format!("<failure message=\"{reported}\"")), "{xml}");
    assert!(client.control("GET", "report.md", None).expect(200).text().contains(reported));
    assert_eq!(get(&client, "report.json")["expectations"][0]["came"], 0);
    client.control("DELETE", "expect", None).expect(200);
    assert_eq!(get(&client, "expect"), json!({"expectations": []}));
    assert!(!fails(&emulator));
}

#[test]
fn more_than_expected_are_findings() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    expect(&client, &json!({"rule": "contract-*", "times": findings_of_a_mistake()}));
    mistake(&client);
    assert!(!fails(&emulator));
    mistake(&client);
    assert!(fails(&emulator));
    let findings = emulator.findings();
    let expected = findings.iter().filter(|finding| finding.expected).count();
    assert_eq!(expected * 2, findings.len());
}

#[test]
fn expectations_of_a_user_excuse_no_other_user() {
    let emulator = emulator();
    let (alice, bob) = (Client::new(&emulator, "alice-key"), Client::new(&emulator, "bob-key"));
    let [of_alice, of_bob] = ["alice-key", "bob-key"].map(|key| UserId::of_key(key).to_string());
    expect(&alice, &json!({"rule": "contract-*", "user": of_alice}));
    mistake(&bob);
    assert_eq!(get(&bob, "expect")["expectations"][0]["came"], 0);
    assert_eq!(get(&bob, &format!("expect?user={of_bob}")), json!({"expectations": []}));
    mistake(&alice);
    let expected = |user: &str| -> Vec<bool> {
        let findings = get(&alice, &format!("findings?user={user}"));
        findings["findings"].as_array().unwrap().iter().map(|one| one["expected"] == true).collect()
    };
    assert!(expected(&of_alice).iter().all(|is| *is) && expected(&of_bob).iter().all(|is| !is));
    alice.control("DELETE", &format!("expect?user={of_bob}"), None).expect(200);
    assert_eq!(emulator.expectations().len(), 1);
    alice.control("DELETE", &format!("expect?user={of_alice}"), None).expect(200);
    assert_eq!(emulator.expectations(), []);
}

#[test]
fn resets_drop_expectations_and_what_came_stays_expected() {
    let emulator = emulator();
    let (alice, bob) = (Client::new(&emulator, "alice-key"), Client::new(&emulator, "bob-key"));
    let [of_alice, of_bob] = ["alice-key", "bob-key"].map(UserId::of_key);
    emulator.expect(Expected::rule("contract-*").user(of_alice));
    emulator.expect(Expected::rule("s3-url-expired").user(of_alice));
    emulator.expect(Expected::rule("contract-*").user(of_bob));
    mistake(&alice);
    mistake(&bob);
    alice.control("POST", &format!("reset?user={of_alice}"), None).expect(200);
    assert_eq!(emulator.expectations().len(), 1);
    assert!(!fails(&emulator), "{:?}", emulator.report());
    assert_eq!(emulator.report().expectations_dropped, 1);
    let text = emulator.report().text(false, Some(Severity::Error));
    assert!(text.contains("A reset of a user dropped 1 expectation"), "{text}");
    mistake(&alice);
    assert!(fails(&emulator));
    alice.control("POST", "reset", None).expect(200);
    assert_eq!(get(&alice, "expect"), json!({"expectations": []}));
    assert!(!fails(&emulator));
}

#[test]
fn refuses_expectations_that_cannot_be_met() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    for (body, pointer, reported) in [
        (json!({"rule": "s3-url-expird"}), "/rule", "did you mean `s3-url-expired`?"),
        (json!({"rule": "x-*"}), "/rule", "no rule matches `x-*`"),
        (json!({"rule": "x".repeat(300)}), "/rule", "too long"),
        (json!({"rule": RULE, "times": 0}), "/times", "from 1"),
        (json!({"rule": RULE, "times": -1}), "", "JSON such as"),
        (json!({"rule": RULE, "user": "alice"}), "/user", "24 hex digits"),
        (json!({"rule": RULE, "often": 1}), "", "often"),
        (json!({}), "", "rule"),
    ] {
        let refused = client.control("POST", "expect", Some(&body)).expect(400).json();
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{body}");
        assert!(refused["message"].as_str().unwrap().contains(reported), "{refused}");
    }
    client.control("PUT", "expect", None).expect(405);
    client.control("GET", "expect?rule=a", None).expect(400);
    for _ in 0..1000 {
        emulator.expect(RULE);
    }
    let refused = client.control("POST", "expect", Some(&json!({"rule": RULE}))).expect(400).text();
    assert!(refused.contains("limit of 1000 expectations reached"), "{refused}");
}

#[test]
fn the_library_expects_as_the_control_api_does() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    emulator.expect(Expected::rule("contract-*").times(findings_of_a_mistake()));
    mistake(&client);
    emulator.assert_clean();
    emulator.expect("s3-url-expired");
    let panic = catch_unwind(AssertUnwindSafe(|| emulator.assert_clean())).unwrap_err();
    let reported = panic.downcast_ref::<String>().unwrap();
    assert!(reported.contains("An expected finding is missing"), "{reported}");
    assert!(catch_unwind(AssertUnwindSafe(|| emulator.expect("s3-url-expird"))).is_err());
    emulator.clear_expectations();
    assert_eq!(emulator.expectations(), []);
}
