//! The program `assay`: its commands, settings, output and exit codes, and the README's code.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "in a test they are assertions, and a client that hangs is given up in real time"
)]

mod architecture;
mod config;
mod docs;
mod intercept;
mod library;
mod links;
mod lists;
mod readme;
mod reports;
mod run;
mod serve;
mod skipped;
mod spec;
mod team;

#[path = "../support/mod.rs"]
mod support;
