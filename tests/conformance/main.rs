//! The suite for servers, run against the emulator: the healthy one keeps every check.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "in a test they are assertions")]

use alloy_assay::{
    Emulator,
    conformance::{self, Server},
    report::{Conformance, Status},
};

/// An emulator that two API keys are good for.
fn emulator() -> Emulator {
    let builder = Emulator::builder().api_key("alice-key").api_key("bob-key");
    tokio::runtime::Runtime::new().unwrap().block_on(builder.start()).unwrap()
}

fn suite(emulator: &Emulator) -> Server {
    let suite = conformance::server(emulator.base_url()).seed(1).cases(20);
    suite.api_key("alice-key").other_api_key("bob-key")
}

/// What did not pass, in a few words each.
fn not_passed(came_to: &Conformance) -> Vec<String> {
    let other =
        came_to.checks.iter().filter(|check| check.status != Status::Passed || check.reason.is_some());
    other
        .map(|check| {
            format!("{:?} {}: {}", check.status, check.id, check.reason.as_deref().unwrap_or_default())
        })
        .collect()
}

#[test]
fn the_healthy_emulator_keeps_every_check() {
    let emulator = emulator();
    let came_to = suite(&emulator).run().unwrap();
    assert_eq!(not_passed(&came_to), Vec::<String>::new());
}
