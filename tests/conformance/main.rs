//! The suite for servers: the healthy emulator passes every check, a toy server's bugs are found, and no server makes
//! the suite hang or panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "in a test they are assertions")]

mod cli;
mod defects;
mod fake;
mod healthy;
mod readme;
mod replay;
mod reports;
mod toy;
mod unfit;

#[path = "../support/mod.rs"]
mod support;

use alloy_assay::{
    Builder, Emulator,
    conformance::{self, CheckResult, Conformance, Server, Status},
};

/// An emulator that accepts two API keys.
fn two_accounts() -> Builder {
    Emulator::builder().api_key("alice-key").api_key("bob-key")
}

fn start(builder: Builder) -> Emulator {
    tokio::runtime::Runtime::new().unwrap().block_on(builder.start()).unwrap()
}

/// A suite of few cases with a fixed seed, for the two accounts.
fn suite(url: &str) -> Server {
    conformance::server(url).seed(1).cases(20).api_key("alice-key").other_api_key("bob-key")
}

/// The ids of the checks with this status.
fn ids(came_to: &Conformance, status: Status) -> Vec<&'static str> {
    came_to.checks.iter().filter(|check| check.status == status).map(|check| check.id).collect()
}

fn check<'a>(came_to: &'a Conformance, id: &str) -> &'a CheckResult {
    came_to.checks.iter().find(|check| check.id == id).unwrap()
}

/// Short descriptions of the checks that did not pass.
fn not_passed(came_to: &Conformance) -> Vec<String> {
    let other =
        came_to.checks.iter().filter(|check| check.status != Status::Passed || check.reason.is_some());
    let reason = |check: &CheckResult| check.reason.clone().unwrap_or_default();
    other.map(|check| format!("{:?} {}: {}", check.status, check.id, reason(check))).collect()
}
