//! AWS Signature Version 4 in the query: parsing, the canonical request, verifying and presigning.
//!
//! Verifying and presigning share the code that builds the canonical request. Vectors of AWS's SDK
//! (docs/facts-s3.md#test-vectors) and a second implementation, `aws-sigv4`, check both.
//!
//! `X-Amz-Security-Token` is an ordinary, signed parameter here: the emulator issues no tokens and
//! does not check them (docs/facts-s3.md#session-tokens).

mod canonical;
mod claimed;
mod credentials;
mod date;
pub(super) mod encoding;
mod presign;
mod query;
#[cfg(test)]
mod vectors;
mod verify;

pub use claimed::{end_of, signature_of};
pub use credentials::{Credentials, Signer};
pub use date::AmzDate;
pub use presign::Presign;
pub use query::{AuthParams, Param, Query};
pub use verify::{signature_by, verify};

/// The only algorithm.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Stands for the payload's hash in the canonical request.
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// Service of a credential's scope.
const SERVICE: &str = "s3";

/// Last part of a credential's scope.
const TERMINATOR: &str = "aws4_request";

/// Longest validity of a URL, in seconds: a week.
const MAX_EXPIRES: u32 = 604_800; // docs/facts-s3.md#expires-over-a-week
