//! Rules that begin and end on the emulator's clock.

use std::time::Duration;

use alloy_assay::Fault;

use super::support::{Client, emulator};

#[test]
fn an_outage_begins_and_ends_with_the_clock() {
    let emulator = emulator();
    emulator.clock().freeze();
    let [begin, length] = [10, 30].map(Duration::from_secs);
    emulator.inject(Fault::any().from(begin).lasting(length).error(503));
    let client = Client::new(&emulator, "alice-key");
    let list = || client.call("GET", "/connectors/files/list", None).status;
    assert_eq!(list(), 200);
    emulator.clock().advance(begin);
    assert_eq!(list(), 503);
    emulator.clock().advance(Duration::from_millis(29_999));
    assert_eq!(list(), 503);
    emulator.clock().advance(Duration::from_millis(1));
    assert_eq!(list(), 200);
}

#[test]
fn an_ended_rule_stays_ended_when_the_clock_goes_back() {
    let emulator = emulator();
    emulator.clock().freeze();
    emulator.inject("list:for=1m:error=503".parse().unwrap());
    emulator.clock().advance(Duration::from_secs(60));
    emulator.clock().set(emulator.clock().now() - jiff::SignedDuration::from_hours(1));
    let client = Client::new(&emulator, "alice-key");
    client.call("GET", "/connectors/files/list", None).expect(200);
}
