//! Findings: a client's mistakes with their causes, and correct traffic without findings.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "in a test they are assertions, and a client that hangs is given up in real time"
)]

mod advice;
mod coverage;
mod explained;
mod mistakes;
mod refusals;
mod rules;
mod wild;

#[path = "../support/mod.rs"]
mod support;
