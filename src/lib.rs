//! alloy-assay: an offline emulator of Alloy's file upload API and of the S3 behind it.
#![warn(missing_docs)]

pub mod alloy;
pub mod control;
pub mod exchange;
pub mod files;
pub mod http;
pub mod journal;
