//! Clients that react correctly to faults: they get no findings, and neither do answers of faults.

use std::time::Duration;

use alloy_assay::{Emulator, Fault};
use serde_json::json;

use super::assert_nothing;
use crate::support::{Client, emulator, eventually, raw::Connection, request::Request};

/// Asks for a user, on a connection that is left once nothing comes any more.
fn create(emulator: &Emulator, name: &str) {
    let body = json!({"username": name}).to_string();
    let request = Request::alloy("POST", "/users").and("content-type", "application/json");
    let mut connection = Connection::open(emulator);
    connection.stream().set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    connection.write(&request.body(body.as_bytes()).bytes());
    connection.read_all();
}

#[test]
fn a_user_may_be_created_again_after_a_lost_answer() {
    for effect in ["lost-response", "truncate=5", "delay=1h", "delay=600ms"] {
        let emulator = emulator();
        emulator.inject(format!("create-user:nth=1:{effect}").parse().unwrap());
        create(&emulator, "jane");
        let client = Client::new(&emulator, "alice-key");
        let users = || client.call("GET", "/users", None).text();
        eventually("the user", || users().contains("jane"));
        if effect == "delay=600ms" {
            eventually("the end", || emulator.exchanges().iter().any(|exchange| exchange.fault.is_some()));
        }
        let again = |name| client.call("POST", "/users", Some(&json!({"username": name}))).status;
        assert_eq!(again("jane"), 400, "{effect}");
        assert_nothing(&emulator);
        // By now the client knows.
        assert_eq!(again("jane"), 400);
        let found: Vec<_> = emulator.findings().into_iter().map(|finding| finding.rule).collect();
        assert_eq!(found, ["username-taken"], "{effect}");
    }
}

#[test]
fn a_page_with_a_200_stores_and_deletes_nothing() {
    let emulator = emulator();
    emulator.inject(Fault::put().nth(1).garbage(200));
    emulator.inject(Fault::delete().nth(1).garbage(200));
    let client = Client::new(&emulator, "alice-key");
    let lost = client.presign("a b.txt", b"1");
    client.put(&lost, b"1").expect(200);
    let key = client.upload("a_b.txt", b"2");
    assert_nothing(&emulator);
    let path = format!("/connectors/files/{key}");
    client.call("DELETE", &path, None).expect(200);
    client.call("DELETE", &path, None).expect(200);
    assert_nothing(&emulator);
}
