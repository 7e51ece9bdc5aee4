//! What a body looks like, where nothing can be proven: because what was done cannot be undone, or because the
//! body is too large to look at all of it.

use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE};
use memchr::memmem;

use super::{Told, look::Looked, wrapped::boundary};
use crate::findings::refusal::{
    Case,
    words::{header, quoted},
};

/// What it most likely is.
pub(super) fn read(case: &Case<'_>, looked: &Looked) -> Option<Told> {
    let body = &looked.bytes[..];
    let sent = |name: &hyper::header::HeaderName| {
        header(case.refused.request.headers, name.as_str()).unwrap_or_default()
    };
    let announced = case.entry.map_or("", |entry| &entry.issued.mime_type);
    let filename = case.entry.map_or("", |entry| &entry.issued.filename);
    if boundary(case, body).is_some() && !announced.starts_with("multipart/") {
        let what = "The body looks like a form (multipart/form-data) around the file.";
        return Some(Told::new("s3-body-multipart", what));
    }
    let is_compressed_file = announced.contains("gzip") || filename.ends_with("gz");
    if body.starts_with(b"\x1f\x8b") && !is_compressed_file {
        let encoding = sent(&CONTENT_ENCODING);
        let says = if encoding.is_empty() {
            String::new()
        } else {
            format!(", with `Content-Encoding: {}`", quoted(&encoding).trim_matches('`'))
        };
        let what = format!("The body is compressed with gzip{says}, and the file that was announced is not.");
        return Some(Told::new("s3-body-compressed", what));
    }
    let is_form = sent(&CONTENT_TYPE).starts_with("application/x-www-form-urlencoded");
    if is_form && !body.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
        let what = "The body has no line end in it, and the `Content-Type` that `curl -d` sets: `curl -d @file` \
                    drops all line ends and zero bytes.";
        return Some(Told::new("s3-body-line-ends", what));
    }
    if memmem::find(body, "\u{fffd}".as_bytes()).is_some() {
        let what = "The body has U+FFFD in it (EF BF BD), which stands for bytes that are no text: a file that is \
                    no UTF-8 was read as text.";
        return Some(Told::new("s3-body-text-encoding", what));
    }
    let is_json = sent(&CONTENT_TYPE).starts_with("application/json") || body.starts_with(b"{");
    if is_json && !announced.contains("json") && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
    {
        return Some(Told::new("s3-body-json", "The body is JSON, and the file that was announced is not."));
    }
    None
}
