//! AWS Signature Version 4 in the query: parsing, the canonical request, verifying and presigning. The S3
//! handlers verify, the composition root hands [`Signer::presign`] to Alloy's side, and advice reads URLs
//! with [`Query`].
//!
//! Verifying and presigning build their canonical requests with the same code; the vectors of s3-facts
//! section 4.1 and a second implementation (`aws-sigv4`) hold both to the outside world.
//!
//! `X-Amz-Security-Token` is an ordinary parameter here: it is signed with the rest, and nobody asks
//! whether it is good (Q16 and Q17 are left out, since the emulator issues no tokens).

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
pub use verify::verify;

/// The one algorithm that is implemented.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What stands in the canonical request in the place of the payload's hash.
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// The service that credentials are scoped to.
const SERVICE: &str = "s3";

/// What ends a credential's scope.
const TERMINATOR: &str = "aws4_request";

/// The longest time that a URL can be good for, in seconds: a week.
const MAX_EXPIRES: u32 = 604_800; // Q12a
