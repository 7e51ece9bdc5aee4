//! A body whose length is missing, wrong or too much: B5 to B8, B11. What is wrong with one that came whole,
//! `digest` says.

use hyper::header::{CONTENT_LENGTH, TRANSFER_ENCODING};

use super::{
    Case,
    words::{count, header, quoted},
};
use crate::exchange::Violation;

/// B5.
pub(super) fn no_length(_case: &Case<'_>) -> Violation {
    let message = "The request has no `Content-Length` header. S3 asks for it with every PUT, also of an empty \
                   file (`Content-Length: 0`).";
    Violation::new("s3-content-length", CONTENT_LENGTH.as_str(), message)
}

/// B6.
pub(super) fn transfer_encoding(case: &Case<'_>) -> Violation {
    let value = header(case.refused.request.headers, TRANSFER_ENCODING.as_str()).unwrap_or_default();
    let message = format!(
        "The request sends its body with `Transfer-Encoding: {}` in the place of a `Content-Length`, as HTTP \
         libraries do with a stream whose length they do not know. S3 does not take it.",
        quoted(&value).trim_matches('`')
    );
    Violation::new("s3-transfer-encoding", TRANSFER_ENCODING.as_str(), message)
}

/// B7.
pub(super) fn timeout(case: &Case<'_>) -> Violation {
    let message = format!(
        "{} Then nothing came for as long as S3 waits, and the connection was still open.",
        arrived(case)
    );
    Violation::new("s3-body-timeout", CONTENT_LENGTH.as_str(), message)
}

/// B8.
pub(super) fn incomplete(case: &Case<'_>) -> Violation {
    let message = format!("{} Then the client closed its side of the connection.", arrived(case));
    Violation::new("s3-body-incomplete", "body", message)
}

/// B11.
pub(super) fn too_large(proposed: u64, max: u64) -> Violation {
    let message =
        format!("`Content-Length` announces {}, and one PUT takes at most {max}.", count(proposed, "byte"));
    Violation::new("s3-body-too-large", CONTENT_LENGTH.as_str(), message)
}

fn arrived(case: &Case<'_>) -> String {
    let announced = header(case.refused.request.headers, CONTENT_LENGTH.as_str()).unwrap_or_default();
    format!(
        "`Content-Length` announces {} bytes, and {} came.",
        quoted(&announced).trim_matches('`'),
        case.refused.received
    )
}
