//! Does an upload client do it right? It is handed files to upload, every exchange is watched from the server's side,
//! and what goes wrong in production goes wrong here: verdicts come from what the emulator saw, not from the
//! client's word.
//!
//! [`client()`] sets a suite up and runs it. A client speaks one of two protocols: a process for each file (`once`)
//! or one for all (`persistent`). A `harness` has an emulator of its own, by the library's public face alone;
//! `scenarios` are what it is put through, one file a theme.

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
