//! Types that all modules share: operations, answers, exchanges, findings, and masking. Depends only on `files`.

mod answer;
mod body_error;
mod bucket;
mod difference;
mod expected;
mod finding;
mod glob;
mod issued;
mod mask;
mod md5_form;
mod operation;
mod quantity;
mod record;
mod rng;
mod rule;
mod s3_code;
mod source;
mod stand_in;
#[cfg(test)]
pub(crate) mod testing;

pub use answer::{Answer, Content, ContentBody, PassedBody};
pub use body_error::BodyError;
pub use bucket::{BUCKET, PRODUCTION, is_host_of_bucket};
pub use difference::{Difference, Verdict};
pub use expected::{CannotExpect, Expectation, Expected};
pub use finding::{Finding, Severity, Violation};
pub use glob::{Glob, PatternTooLong};
pub use issued::{IssuedUrl, UsedUrl};
pub use mask::{Keys, MASK, Masker};
pub use md5_form::Md5Form;
pub use operation::{Api, Operation};
pub use quantity::{BadDuration, BadSize, BoundedDuration, parse_size};
pub use record::{Exchange, Headers, MAX_BODY, Message, Place, header_section_size};
pub use rng::{Fingerprint, Rng};
pub use rule::Rule;
pub use s3_code::S3Code;
pub use source::{Coming, Live, Source, Sourced};
pub use stand_in::{is_masked, stand_in};

pub use crate::text::cut;
