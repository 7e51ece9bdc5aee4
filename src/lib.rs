//! alloy-assay: an offline emulator of Alloy's file upload API and of the S3 that its URLs lead to.
//!
//! A client requests a presigned URL from Alloy, then PUTs the file's bytes to S3. [`Emulator`] implements both, on one
//! port, in memory, with a clock that tests can move. The program `assay` is this library behind a command line.
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
//! assert!(emulator.files().is_empty()); // what was stored
//! emulator.assert_clean(); // what the client did wrong
//! # Ok::<(), alloy_assay::StartError>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The same port takes TLS, and is a forward proxy under production's names: see [`Builder::tls`], [`Emulator::ca_pem`],
//! [`Emulator::proxy_url`] and [`Emulator::intercept_env`].
//!
//! `examples/uploader_test.rs` tests a whole uploader. [`conformance`] tests any server of Alloy's file API, and any
//! upload client. `docs/architecture.md` describes the modules.
//!
//! # Features
//!
//! All are on by default. A test suite is well served by `default-features = false, features = ["schemas"]`.
//!
//! - `schemas`: bodies and parameters are checked against the schemas of the OpenAPI document, which may be your own.
//! - `tls`: HTTPS, and what leads a client from production's hosts to the emulator.
//! - `conformance`: the suites for servers and for clients; with `schemas` and `tls`.
//! - `cli`: the program `assay`; with `conformance`.

#![cfg_attr(
    not(feature = "cli"),
    allow(dead_code, unused_imports, reason = "the program uses more of the library than it shows")
)]

mod alloy;
#[cfg(feature = "cli")]
mod cli;
mod config;
#[cfg(feature = "conformance")]
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
#[cfg(feature = "tls")]
mod intercept;
mod journal;
#[cfg(feature = "cli")]
mod proxy;
mod report;
#[cfg(feature = "cli")]
mod run;
mod s3;
mod server;
mod text;

pub use config::{Cors, PublicUrl};
pub use exchange::{Exchange, Expectation, Expected, Finding, Headers, Message, Operation, Severity};
pub use fault::{Fault, Scenario, SetFault};
pub use files::{Dedup, EtagForm, UserId};
pub use report::{Kind as ReportKind, Report, Run};
pub use server::{Builder, Emulator, EmulatorClock, EmulatorFaults, StartError, StoredFile};

/// What `main.rs`, tests, benches and fuzz targets use of the inside. It changes without notice.
#[doc(hidden)]
#[cfg(feature = "cli")]
pub mod internals {
    pub use crate::{
        cli::run,
        config::{AllowedOrigin, File},
        contract::Specs,
        defect::Defect,
        exchange::Rule,
        fault::{Kind as FaultKind, Mistakes, parse, selectors},
        http::allow_many_files,
        journal::Bounds,
        proxy::{Archive, Entry},
        report::{Ended, Place},
        s3::{RawRequest, sigv4},
        server::Server,
    };
}
