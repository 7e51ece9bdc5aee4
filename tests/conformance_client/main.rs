//! The suite for clients: the reference clients pass every check, every broken one is caught by the scenario that should
//! catch it, and no client makes the suite hang, or is left running.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "in a test they are assertions")]

mod bad_input;
mod broken;
mod cli;
mod good;
mod readme;
mod reported;

#[path = "../support/mod.rs"]
mod support;

use std::{ffi::OsString, process::Command, sync::RwLock};

use alloy_assay::conformance::{self, CheckResult, Client, Conformance, Status};

/// Held to itself by who judges a client by the clock, and shared by who keeps the machine busy.
static MACHINE: RwLock<()> = RwLock::new(());

/// A suite of few cases with a fixed seed, and short waits.
fn suite(command: &Command, is_persistent: bool) -> Client {
    let mut words: Vec<OsString> =
        ["env", "ALLOY_PAUSE_MS=60", "ALLOY_TIMEOUT=2"].map(OsString::from).to_vec();
    words.push(command.get_program().to_owned());
    words.extend(command.get_args().map(OsString::from));
    if is_persistent {
        words.push("--persistent".into());
    }
    let suite = conformance::client(words).seed(1).cases(8);
    if is_persistent { suite.persistent() } else { suite }
}

fn check<'a>(came_to: &'a Conformance, id: &str) -> &'a CheckResult {
    came_to.checks.iter().find(|check| check.id == id).unwrap()
}

/// Short descriptions of the checks that did not pass.
fn not_passed(came_to: &Conformance) -> Vec<String> {
    let other = came_to.checks.iter().filter(|check| check.status != Status::Passed);
    let reason = |check: &CheckResult| check.reason.clone().unwrap_or_default();
    other
        .map(|check| format!("{:?} {}: {}\n{:?}", check.status, check.id, reason(check), check.output))
        .collect()
}
