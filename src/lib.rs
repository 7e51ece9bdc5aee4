//! alloy-assay: an offline emulator of Alloy's file upload API and of the S3 that its URLs lead to.
//!
//! A client asks Alloy for a presigned URL, then PUTs the file's bytes to S3. [`Emulator`] is both, on one
//! port, in memory, on a clock that tests can move. The program `assay` is this library behind a command
//! line.
//!
//! # The rooms
//!
//! A request comes in through [`http`], which owns sockets and bounds and knows no operation. [`server`]
//! decides who answers and sees to it that every exchange is checked and recorded: [`alloy`] answers as
//! Alloy, between two looks of the [`contract`]; [`s3`] answers as Amazon S3; [`control`] answers tests
//! under `/_assay/`. What goes wrong on purpose is in [`fault`], and in [`defect`] the ways in which the emulator
//! itself can be wrong. The two sides meet in [`files`], the domain: digests, keys, users, one state, one clock. What
//! is over is in the [`journal`]; [`findings`] says what it means for the client, and [`report`] tells it to people and
//! tools. [`run`] runs a command against an emulator of its own; [`conformance`] asks any server, from outside,
//! whether it keeps what Alloy and S3 promise. [`exchange`] has the words that all of them share, [`config`] what can
//! be set, [`cli`] the commands.
//!
//! Each room says in its first lines what it is for; `tests/house.rs` holds who may know whom.

pub mod alloy;
pub mod cli;
pub mod config;
pub mod conformance;
pub mod contract;
pub mod control;
pub mod defect;
mod document;
pub mod exchange;
pub mod fault;
pub mod files;
pub mod findings;
pub mod http;
pub mod journal;
pub mod report;
pub mod run;
pub mod s3;
pub mod server;
mod text;

pub use fault::Fault;
pub use server::{Builder, Emulator, EmulatorClock, StartError, StoredObject};
