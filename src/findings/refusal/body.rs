//! A body whose length is missing, wrong or too large. `digest` explains a complete body.

use hyper::header::{CONTENT_LENGTH, TRANSFER_ENCODING};

use super::{
    Case,
    content_md5::NAME as CONTENT_MD5,
    digest,
    words::{count, header, inline},
};
use crate::{exchange::Violation, files::Md5Digest};

/// Explains a PUT without `Content-Length`.
pub(super) fn no_length(_case: &Case<'_>) -> Violation {
    let message = "The request has no `Content-Length` header. S3 needs it for every PUT, also of an empty file \
                   (`Content-Length: 0`).";
    Violation::new("s3-content-length", CONTENT_LENGTH.as_str(), message)
}

/// Explains a PUT with `Transfer-Encoding`.
pub(super) fn transfer_encoding(case: &Case<'_>) -> Violation {
    let value = header(case.refused.request.headers, TRANSFER_ENCODING.as_str()).unwrap_or_default();
    let is_empty = case.entry.is_some_and(|entry| entry.issued.md5 == Md5Digest::OF_NOTHING);
    let why = if is_empty {
        "The file is empty: libraries treat a stream without bytes as one of unknown length. Send \
         `Content-Length: 0` (Go: `http.NoBody`)."
    } else {
        "HTTP libraries do this with a stream of unknown length."
    };
    let message = format!(
        "The request sends its body with `Transfer-Encoding: {}` instead of a `Content-Length`, which S3 does not \
         accept. {why}",
        inline(&value)
    );
    Violation::new("s3-transfer-encoding", TRANSFER_ENCODING.as_str(), message)
}

/// Explains a body that stopped while the connection stayed open.
pub(super) fn timeout(case: &Case<'_>) -> Violation {
    let end = "Then nothing arrived until S3's time limit, and the connection stayed open.";
    short(case, "s3-body-timeout", CONTENT_LENGTH.as_str(), end)
}

/// Explains a body that ended with the client's side of the connection.
pub(super) fn incomplete(case: &Case<'_>) -> Violation {
    short(case, "s3-body-incomplete", "body", "Then the client closed its side of the connection.")
}

/// Explains a body with fewer bytes than `Content-Length`, by what is missing where that shows.
fn short(case: &Case<'_>, rule: &'static str, pointer: &'static str, end: &str) -> Violation {
    let headers = case.refused.request.headers;
    let announced = header(headers, CONTENT_LENGTH.as_str()).unwrap_or_default();
    let received = case.refused.received;
    if received == 0 {
        let message = format!(
            "`Content-Length` announces {} bytes, but none arrived: a stream that was read before, for the hash or for an earlier attempt, has no bytes left. {end}",
            inline(&announced)
        );
        return Violation::new("s3-body-empty", "body", message);
    }
    let arrived = format!("`Content-Length` announces {} bytes, but {received} arrived.", inline(&announced));
    let same = announced.parse().ok().and_then(|announced| digest::same_length(case, announced));
    let same = same.map_or(String::new(), |what| format!(" The announced number is {what}."));
    let md5 = header(headers, CONTENT_MD5).and_then(|md5| Md5Digest::from_base64(&md5).ok());
    match md5.and_then(|md5| digest::of_partial(case, md5)) {
        Some((Some(rule), what)) => Violation::new(rule, "body", format!("{what} {arrived} {end}")),
        Some((None, what)) => Violation::new(rule, pointer, format!("{what} {arrived}{same} {end}")),
        None => Violation::new(rule, pointer, format!("{arrived}{same} {end}")),
    }
}

/// Explains a body that is larger than one PUT may be.
pub(super) fn too_large(proposed: u64, max: u64) -> Violation {
    let message =
        format!("`Content-Length` announces {}, and one PUT takes at most {max}.", count(proposed, "byte"));
    Violation::new("s3-body-too-large", CONTENT_LENGTH.as_str(), message)
}
