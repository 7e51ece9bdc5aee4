//! Whole sessions of correct clients, in parallel.

use std::{thread, time::Duration};

use serde_json::json;

use super::assert_nothing;
use crate::support::{Client, emulator};

#[test]
fn correct_clients_raise_no_findings() {
    let emulator = emulator();
    thread::scope(|scope| {
        for key in ["alice-key", "bob-key", "carol-key"] {
            let client = Client::new(&emulator, key);
            scope.spawn(move || session(&client));
        }
    });
    emulator.clock().advance(Duration::from_secs(7200));
    assert_nothing(&emulator);
}

fn session(client: &Client) {
    for n in 0..10 {
        let (name, bytes) = (format!("file {n}.txt"), format!("content {n}"));
        let key = client.upload(&name, bytes.as_bytes());
        assert_eq!(client.presign(&name, bytes.as_bytes()).r#type, "existing");
        let body = json!({"credentialId": "c", "requestBody": {"file": key}});
        client.call("POST", "/2025-09/connectors/drive/actions/upload/execute", Some(&body)).expect(200);
        assert!(client.list().contains(&key));
        if n % 2 == 0 {
            client.delete(&key).expect(200);
        }
    }
}
