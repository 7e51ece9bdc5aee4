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
//! API, and any upload client. `docs/architecture.md` says how the code is laid out.

mod alloy;
mod cli;
mod config;
pub mod conformance;
mod contract;
mod control;
mod defect;
mod document;
mod exchange;
mod fault;
mod files;
mod findings;
mod http;
mod intercept;
mod journal;
mod proxy;
mod report;
mod run;
mod s3;
mod server;
mod text;

pub use config::{Cors, PublicUrl};
pub use exchange::{Exchange, Expectation, Expected, Finding, Headers, Message, Operation, Severity};
pub use fault::{Fault, Scenario, SetFault};
pub use files::{Dedup, EtagForm, UserId};
pub use report::{Kind as ReportKind, Report, Run};
pub use server::{Builder, Emulator, EmulatorClock, StartError, StoredObject};

/// What `main.rs`, tests, benches and fuzz targets use of the inside. It changes without notice.
#[doc(hidden)]
pub mod internals {
    pub use crate::{
        cli::run,
        config::{AllowedOrigin, File},
        contract::Specs,
        defect::Defect,
        exchange::Rule,
        fault::{Kind as FaultKind, parse, selectors},
        http::allow_many_files,
        journal::Bounds,
        proxy::{Archive, Entry},
        report::{Ended, Place},
        s3::{RawRequest, sigv4},
        server::Server,
    };
}
