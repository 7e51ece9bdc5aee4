//! Does a server behave as Alloy's file API and its S3 promise? Asked from outside, over HTTP, with generated cases
//! that shrink to the smallest one that shows what is wrong.
//!
//! The room knows the contract and the words of exchanges, and nothing of the emulator: what a right server is, is
//! written here a second time, on purpose. `assay conformance` and tests call it.

mod check;
mod server;

pub use check::{Description, Need};
pub use server::{CannotRun, Progress, Server, server, server_checks};
