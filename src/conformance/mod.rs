//! Does a server behave as Alloy's file API and its S3 promise? Asked from outside, over HTTP, with generated cases
//! that shrink to the smallest one that shows what is wrong.
//!
//! [`server()`] sets a suite up and runs it. A look at the server (`target`) tells what it offers; `checks` are the
//! questions, one file a theme, and `model` the one that compares a whole history with what a right server would
//! do. Each case is a [`session`](self) with users of its own, over a `wire` that adds nothing to what a check
//! sends; `runner` draws the cases, makes those that fail smaller, and knows no server. What happened becomes
//! exchanges (`story`) and commands for a shell (`shell`).
//!
//! The room knows the contract and the words of exchanges, and nothing of the emulator: what a right server is, is
//! written here a second time, on purpose. `assay conformance` and tests call it.

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
mod select;
mod server;
mod session;
mod shell;
mod story;
pub mod strategy;
mod suite;
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
