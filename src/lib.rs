//! alloy-assay: an offline emulator of Alloy's file upload API and of the S3 that its URLs lead to.
//!
//! A client asks Alloy for a presigned URL, then PUTs the file's bytes to S3. [`Emulator`] is both, on one
//! port, in memory, on a clock that tests can move. The program `assay` is this library behind a command
//! line.
//!
//! ```
//! use std::time::Duration;
//!
//! use alloy_assay::{Emulator, Fault};
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! let emulator = Emulator::builder().api_key("alice-key").start().await?;
//! emulator.inject(Fault::put().error("SlowDown").times(2));
//!
//! // Run your client against it, with the API key `alice-key`.
//! println!("{}", emulator.base_url());
//!
//! emulator.clock().advance(Duration::from_secs(3601)); // URLs expire after an hour
//! assert!(emulator.objects().is_empty()); // what was stored
//! emulator.assert_clean(); // what the client did wrong
//! # Ok::<(), alloy_assay::StartError>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `examples/uploader_test.rs` tests a whole uploader. [`conformance`] tests any server that claims to be Alloy's file
//! API, and any upload client. `docs/architecture.md` says how the code is laid out; the modules that are not listed
//! here are the program's own, and change without notice.

#[doc(hidden)]
pub mod alloy;
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod config;
pub mod conformance;
#[doc(hidden)]
pub mod contract;
#[doc(hidden)]
pub mod control;
#[doc(hidden)]
pub mod defect;
mod document;
#[doc(hidden)]
pub mod exchange;
#[doc(hidden)]
pub mod fault;
#[doc(hidden)]
pub mod files;
#[doc(hidden)]
pub mod findings;
#[doc(hidden)]
pub mod http;
mod intercept;
#[doc(hidden)]
pub mod journal;
#[doc(hidden)]
pub mod proxy;
#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod run;
#[doc(hidden)]
pub mod s3;
#[doc(hidden)]
pub mod server;
mod text;

pub use config::{Cors, PublicUrl};
pub use exchange::{Exchange, Expectation, Expected, Finding, Headers, Message, Operation, Severity};
pub use fault::{Fault, Scenario, SetFault};
pub use files::{Dedup, EtagForm, UserId};
pub use report::Run;
pub use server::{Builder, Emulator, EmulatorClock, StartError, StoredObject};
