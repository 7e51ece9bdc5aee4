//! A signature that does not match: how the request differs from the issued URL, or, where no URL
//! is known, what its own list of signed headers shows.

mod header;
mod host;
mod path;
mod query;

use hyper::Method;

use super::{
    Case, SIGNATURE, url,
    words::{count, quoted},
};
use crate::{
    exchange::Violation,
    files::Md5Digest,
    findings::Entry,
    s3::{Mismatch, RawRequest},
};

/// Length of a signature.
const LENGTH: usize = 64;

/// Number of common characters that rules out a coincidence.
const ALIKE: usize = 8;

/// Returns all differences, one violation a cause.
pub(super) fn explain(
    case: &Case<'_>,
    mismatch: &Mismatch,
    of_content: impl Fn(Md5Digest) -> Option<Entry>,
) -> Vec<Violation> {
    let request = &case.refused.request;
    let Some(entry) = case.entry.filter(|_| is_of_issued(case)) else {
        return unknown(case, mismatch);
    };
    let mut found = Vec::new();
    found.extend(method(request.method));
    let (issued_host, issued_path) = address(case.url);
    found.extend(host::differs(request.headers, issued_host));
    if let Some(altered) = url::altered(case) {
        found.push(altered);
    } else {
        found.extend(path::differs(request, issued_path));
        found.extend(query::differs(&case.sent, &case.issued()));
        found.extend(signature(case));
    }
    // A browser that opens the URL sends none of the upload's headers: that is not a second
    // mistake.
    if has_body(request.method) {
        found.extend(header::differs(case, entry, of_content));
    }
    found.extend(header::payload_hash(request.headers));
    if found.is_empty() {
        found.push(nothing_found(mismatch));
    }
    found
}

/// Returns whether the request uses the issued URL, and not another signer's for the same key.
fn is_of_issued(case: &Case<'_>) -> bool {
    let issued = case.issued();
    let (issued_signature, sent) = (issued.get(SIGNATURE).unwrap_or_default(), case.param(SIGNATURE));
    let sent = sent.trim().to_ascii_lowercase();
    let common = sent.bytes().zip(issued_signature.bytes()).take_while(|(one, other)| one == other).count();
    // If only the signature differs, it was changed.
    common >= ALIKE
        || (!sent.is_empty() && common == sent.len())
        || query::differs(&case.sent, &issued).is_empty()
}

/// Splits a URL into host and path.
fn address(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split_once('?').map_or(rest, |(address, _)| address);
    rest.split_at(rest.find('/').unwrap_or(rest.len()))
}

/// Returns whether clients send a body with this method.
fn has_body(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::DELETE | Method::OPTIONS)
}

/// Explains another method than the signed one.
fn method(method: &Method) -> Option<Violation> {
    if *method == Method::PUT {
        return None;
    }
    let why = match *method {
        Method::GET => {
            " It is a URL for an upload: opening it in a browser, or downloading from it, sends GET."
        }
        Method::HEAD => " It is a URL for an upload, and cannot be tried with HEAD.",
        Method::POST => " Forms, and many libraries by default, send POST.",
        _ => "",
    };
    let message = format!(
        "The request is a {}, and the URL was signed for PUT. The method is part of what is signed.{why}",
        quoted(method.as_str())
    );
    Some(Violation::new("s3-method", "method", message))
}

/// Explains the signature itself, of which only the length is ever shown.
fn signature(case: &Case<'_>) -> Option<Violation> {
    let issued = case.issued();
    let (issued, sent) = (issued.get(SIGNATURE).unwrap_or_default(), case.param(SIGNATURE));
    if issued == sent {
        return None;
    }
    if let Some(lost) = issued.strip_prefix(&*sent) {
        return Some(cut(lost.len()));
    }
    let what = if issued.eq_ignore_ascii_case(&sent) {
        "is in another case: it has to be in lower case".to_owned()
    } else if sent.contains(&*issued) {
        format!("has {} more, before or behind it", count(sent.len() - issued.len(), "character"))
    } else if sent.len() < LENGTH {
        format!("has {} instead of {LENGTH}", count(sent.len(), "character"))
    } else {
        "is another: some of its characters were changed, or it was made with another secret".to_owned()
    };
    let message = format!("`X-Amz-Signature` differs from that of the issued URL. It {what}.");
    Some(Violation::new("s3-signature-changed", SIGNATURE, message))
}

fn cut(lost: usize) -> Violation {
    let what = match lost {
        1 => "the last character is missing".to_owned(),
        lost => format!("the last {lost} characters are missing"),
    };
    let message = format!(
        "`X-Amz-Signature` was cut off: it has {} instead of {LENGTH}, {what}.",
        count(LENGTH.saturating_sub(lost), "character")
    );
    Violation::new("s3-signature-cut", SIGNATURE, message)
}

/// Explains a URL that the emulator did not issue.
fn unknown(case: &Case<'_>, mismatch: &Mismatch) -> Vec<Violation> {
    let request = &case.refused.request;
    if let Some(altered) = url::altered(case) {
        return vec![altered];
    }
    let sent = case.param(SIGNATURE);
    if sent.len() < LENGTH {
        return vec![cut(LENGTH - sent.len())];
    }
    let mut found: Vec<_> = method(request.method).filter(|_| is_for_upload(case)).into_iter().collect();
    if has_body(request.method) {
        found.extend(header::missing(case));
    }
    found.extend(header::payload_hash(request.headers));
    if found.is_empty() {
        found.push(not_issued(request, mismatch));
    }
    found
}

/// Returns whether an unknown URL is for an upload, judging by its `x-id` and its signed headers.
fn is_for_upload(case: &Case<'_>) -> bool {
    let signed = case.param("X-Amz-SignedHeaders");
    let is_uploads = |name: &str| matches!(name, "content-md5" | "content-type" | "content-length");
    case.sent.get("x-id").is_some_and(|id| id == "PutObject") || signed.split(';').any(is_uploads)
}

fn not_issued(request: &RawRequest<'_>, mismatch: &Mismatch) -> Violation {
    let plus = if request.path.contains('+') {
        " S3 reads the `+` in the path as a space; a plus is `%2B`."
    } else {
        ""
    };
    let message = format!(
        "The signature does not match, and the emulator did not issue the URL, or no longer remembers it: what was changed is unknown.{plus} {}",
        checked(mismatch)
    );
    Violation::new("s3-signature", SIGNATURE, message)
}

fn nothing_found(mismatch: &Mismatch) -> Violation {
    let message = format!(
        "The signature does not match, though nothing was found that differs from the URL that was issued. {}",
        checked(mismatch)
    );
    Violation::new("s3-signature", SIGNATURE, message)
}

/// Returns the part of S3's canonical request that is short enough to show: all but the query.
fn checked(mismatch: &Mismatch) -> String {
    let canonical = String::from_utf8_lossy(&mismatch.canonical_request);
    let mut lines = canonical.lines();
    let (method, path) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let headers: Vec<String> =
        lines.skip(1).take_while(|line| !line.is_empty()).take(4).map(quoted).collect();
    format!(
        "S3 expected a signature of {} {} with the headers {}.",
        method.chars().take(20).collect::<String>(),
        quoted(path),
        headers.join(", ")
    )
}
