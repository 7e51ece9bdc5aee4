//! The suite for upload clients. It has a client upload files, watches every exchange from the server's side, and
//! injects the faults of production. Verdicts come from what the emulator recorded, not from what the client says.
//!
//! [`client()`] sets a suite up and runs it. A client speaks one of two protocols: a process for each file (`once`) or
//! one for all (`persistent`). A `harness` has an emulator of its own; `scenarios` are the checks, one file a theme.

mod command;
mod harness;
mod interrupt;
mod once;
mod outcome;
mod output;
mod persistent;
mod scenarios;
mod suite;
mod test_case;

pub use command::BadCommand;
pub use interrupt::Interrupt;
pub use suite::{Client, ForClient, client, client_checks};
