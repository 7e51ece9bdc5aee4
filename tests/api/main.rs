//! The emulator over HTTP: the Alloy API, the S3 API, the control API, and hostile input.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "in a test they are assertions, and a client that hangs is given up in real time"
)]

mod contract;
mod control;
mod cors;
mod expect;
mod finding_header;
mod hostile;
mod inspector;
mod linearizable;
mod openapi;
mod s3;
mod stream;
mod streaming;
mod tls;
mod unreadable;
mod upload;
mod users;

#[path = "../support/mod.rs"]
mod support;
