//! Tests from outside, over HTTP, whether a server behaves as Alloy's file API and its S3 promise, and whether a client
//! does, with generated cases that are shrunk to the smallest one that fails.
//!
//! [`server()`] and [`client()`] configure a suite and run it. For servers, a `target` knows the server's features;
//! each case is a `session` with its own users, over a `wire` that sends only the bytes of the checks; `checks` has one
//! file a theme, and `model` compares whole histories with a model of a correct server. For clients see `client`.
//! `runner` generates the cases of both, and shrinks failures, independent of the subject. Failures are reported as
//! exchanges (`story`) and shell commands (`shell`).
//!
//! The module uses the contract and exchanges, but no internals of the emulator: it models a correct server a second
//! time, on purpose.

mod alteration;
mod cannot_run;
mod check;
mod checks;
mod client;
mod fresh;
mod known;
mod model;
mod outcome;
mod progress;
mod runner;
mod server;
mod session;
mod shell;
mod story;
pub mod strategy;
pub(crate) mod suite;
mod target;
mod wire;

pub use cannot_run::CannotRun;
pub use check::{Description, Need};
pub use client::{BadCommand, Client, ForClient, Interrupt, client, client_checks};
pub use known::{BadKnownFailing, KnownFailing};
pub use progress::Progress;
pub use runner::PastError;
pub use server::{ForServer, Server, server, server_checks};
pub use suite::Suite;

pub use crate::report::{CheckResult, Conformance, Level, Status, Subject, Summary};
