//! The suite for upload clients. It lets a client upload files, records every exchange, and injects faults. Verdicts
//! depend on the emulator's records, not on the client's claims.
//!
//! [`client()`] configures a suite and runs it. A client speaks one of two protocols: a process for each file (`once`)
//! or one for all (`persistent`). A `harness` has its own emulator; `scenarios` are the checks, one file a theme.

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
