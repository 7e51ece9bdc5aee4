//! Requests that fail again and again.

use std::{thread, time::Duration};

use alloy_assay::Severity::Warning;

use super::{assert_told, only};
use crate::support::{Client, emulator};

/// Asks for the list without the version, which fails.
fn fail(client: &Client) {
    let url = format!("{}/connectors/files/list", client.base);
    client.send("GET", &url, &[("authorization", &format!("Bearer {}", client.key))], b"").expect(400);
}

fn reported(emulator: &alloy_assay::Emulator) -> usize {
    emulator.findings().iter().filter(|finding| finding.rule == "retry-without-pause").count()
}

#[test]
fn reports_the_third_failure_without_a_pause_once() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    for _ in 0..6 {
        fail(&client);
    }
    assert_told(&only(&emulator, "retry-without-pause"), (Warning, 3, ""), &["400", "third time"]);
}

#[test]
fn who_pauses_succeeds_between_or_is_somebody_else_is_fine() {
    let emulator = emulator();
    let (alice, bob) = (Client::new(&emulator, "alice-key"), Client::new(&emulator, "bob-key"));
    fail(&alice);
    fail(&bob);
    fail(&alice);
    fail(&bob);
    thread::sleep(Duration::from_millis(220));
    fail(&alice);
    fail(&bob);
    assert_eq!(reported(&emulator), 0);
}

#[test]
fn many_files_that_fail_alike_are_no_retries() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    for n in 0..10 {
        let body = serde_json::json!({"filename": format!("{n}.txt"), "mimeType": "text/plain"});
        client.call("POST", "/connectors/files/upload/request", Some(&body)).expect(400);
    }
    assert_eq!(reported(&emulator), 0);
}
