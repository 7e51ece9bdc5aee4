//! Patterns that make a naive matcher slow.

use std::time::{Duration, Instant};

use serde_json::json;

use super::support::{Client, emulator};

#[test]
fn hostile_patterns_do_not_slow_down_a_long_name() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let rules: Vec<_> = (1..=20)
        .map(|count| {
            let pieces = if count % 2 == 0 { "*aaaaaaa" } else { "*aa?aaaa" };
            let pattern = format!("{}b*i*", pieces.repeat(count + 10));
            json!({"on": "presign", "filename": &pattern[..], "effect": {"kind": "close"}})
        })
        .collect();
    client.control("POST", "faults", Some(&json!(rules))).expect(201);
    let name = "a".repeat(1 << 20);
    let body = json!({"filename": name, "mimeType": "text/plain", "md5": "0".repeat(32)});
    let started = Instant::now();
    client.call("POST", "/connectors/files/upload/request", Some(&body));
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn a_pattern_over_256_bytes_is_refused_with_the_bound() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let rule = json!({"on": "put", "key": "a".repeat(257), "effect": {"kind": "close"}});
    let reported = client.control("POST", "faults", Some(&rule)).expect(400).json();
    let message = reported["message"].as_str().unwrap();
    assert!(message.contains("257 bytes") && message.contains("1 to 256 bytes"), "{message}");
}
