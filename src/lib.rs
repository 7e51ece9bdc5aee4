//! alloy-assay: an offline emulator of Alloy's file upload API and of the S3 behind it.
#![warn(missing_docs)]

pub mod exchange;
pub mod files;
