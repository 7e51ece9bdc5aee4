//! Bodies that contain the file: a form, JSON, base64, chunks. The contained part has the announced digest, which
//! proves it.

use std::borrow::Cow;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use hyper::header::CONTENT_TYPE;
use memchr::memmem;
use percent_encoding::percent_decode;
use serde_json::Value;

use super::{Explanation, Wanted};
use crate::findings::refusal::{
    Case,
    words::{header, quoted},
};

/// Longest JSON that is read, in bytes: its values take many times as much memory.
const MAX_JSON: usize = 2 << 20;

/// Finds the announced file inside the body.
pub(super) fn prove(case: &Case<'_>, body: &[u8], wanted: &Wanted) -> Option<Explanation> {
    multipart(case, body, wanted)
        .or_else(|| json(body, wanted))
        .or_else(|| base64(body, wanted))
        .or_else(|| hex(body, wanted))
        .or_else(|| form(body, wanted))
        .or_else(|| chunks(body, wanted))
}

/// Returns the separator of a form's parts, from `Content-Type` or from its first line.
pub(super) fn boundary(case: &Case<'_>, body: &[u8]) -> Option<Vec<u8>> {
    let content_type = header(case.refused.request.headers, CONTENT_TYPE.as_str()).unwrap_or_default();
    let explanation =
        content_type.split_once("boundary=").map(|(_, rest)| rest.split(';').next().unwrap_or(rest));
    let explanation =
        explanation.map(|boundary| [b"--", boundary.trim().trim_matches('"').as_bytes()].concat());
    if let Some(explanation) = explanation.filter(|explanation| body.starts_with(explanation)) {
        return Some(explanation);
    }
    // Two hyphens and the boundary, which has at most 70 characters, then a part's headers.
    let line = body.split(|byte| *byte == b'\n').next()?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let rest = body.get(line.len()..body.len().min(line.len() + 200))?;
    let has_headers = memmem::find(&rest.to_ascii_lowercase(), b"content-disposition:").is_some();
    (line.starts_with(b"--") && (3..=72).contains(&line.len()) && has_headers).then(|| line.to_vec())
}

fn multipart(case: &Case<'_>, body: &[u8], wanted: &Wanted) -> Option<Explanation> {
    let boundary = boundary(case, body)?;
    let mut starts = memmem::find_iter(body, &boundary).map(|at| at + boundary.len()).peekable();
    while let Some(start) = starts.next() {
        let end = starts.peek().map_or(body.len(), |next| next - boundary.len());
        let part = body.get(start..end)?;
        let Some(head) = memmem::find(part, b"\r\n\r\n") else { continue };
        let content = &part[head + 4..];
        let content = content.strip_suffix(b"\r\n").unwrap_or(content);
        let is_encoded = || from_base64(content).is_some_and(|bytes| wanted.is(&bytes));
        if wanted.is(content) || is_encoded() {
            let name = name_of(&String::from_utf8_lossy(&part[..head]));
            let what = format!(
                "The body is a form (multipart/form-data), and the file is its part {}.",
                quoted(&name)
            );
            return Some(Explanation::new("s3-body-multipart", what));
        }
    }
    None
}

/// Returns a part's name from its head.
fn name_of(head: &str) -> String {
    let rest = head.split_once(" name=").map_or("", |(_, rest)| rest);
    rest.trim_start_matches('"').split(['"', ';', '\r']).next().unwrap_or_default().to_owned()
}

fn json(body: &[u8], wanted: &Wanted) -> Option<Explanation> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace())?;
    if body.len() > MAX_JSON || !b"{[\"".contains(first) {
        return None;
    }
    let value: Value = serde_json::from_slice(body).ok()?;
    let how = inside(&value, wanted, &mut String::new())?;
    Some(Explanation::new("s3-body-json", format!("The body is JSON, and the file is inside it, {how}.")))
}

/// Describes where in a value the file is. The parser bounds the depth.
fn inside(value: &Value, wanted: &Wanted, place: &mut String) -> Option<String> {
    let at = |place: &str| if place.is_empty() { String::new() } else { format!(" at {}", quoted(place)) };
    let how = match value {
        Value::String(text) if wanted.is(text.as_bytes()) => Some("as text"),
        Value::String(text) => {
            from_base64(text.as_bytes()).filter(|bytes| wanted.is(bytes)).map(|_| "as base64")
        }
        Value::Array(items) => {
            numbers(items.iter()).filter(|bytes| wanted.is(bytes)).map(|_| "as a list of numbers")
        }
        Value::Object(members) => {
            numbers(members.values()).filter(|bytes| wanted.is(bytes)).map(|_| "as a list of numbers")
        }
        _ => None,
    };
    if let Some(how) = how {
        return Some(format!("{how}{}", at(place)));
    }
    let mut step = |name: &str, value: &Value| {
        let length = place.len();
        place.push('/');
        place.push_str(name);
        let found = inside(value, wanted, place);
        place.truncate(length);
        found
    };
    match value {
        Value::Array(items) => items.iter().enumerate().find_map(|(index, item)| match item {
            Value::String(_) | Value::Array(_) | Value::Object(_) => step(&index.to_string(), item),
            _ => None,
        }),
        Value::Object(members) => members.iter().find_map(|(name, member)| step(name, member)),
        _ => None,
    }
}

/// Reads bytes written as numbers, `{"0": 49}` among them.
fn numbers<'v>(values: impl Iterator<Item = &'v Value>) -> Option<Vec<u8>> {
    values.map(|value| value.as_u64().and_then(|number| u8::try_from(number).ok())).collect()
}

fn base64(body: &[u8], wanted: &Wanted) -> Option<Explanation> {
    let decoded = from_base64(body)?;
    let of_url = if body.starts_with(b"data:") { ", in a `data:` URL" } else { "" };
    if wanted.is(&decoded) {
        return Some(Explanation::new(
            "s3-body-encoded",
            format!("The body is the base64 of the file{of_url}."),
        ));
    }
    let twice = from_base64(&decoded).filter(|twice| wanted.is(twice))?;
    let what = format!("The body is the file encoded as base64 twice, {} bytes of it.", twice.len());
    Some(Explanation::new("s3-body-encoded", what))
}

/// Decodes base64: in lines, in a `data:` URL, in either alphabet, padded or not.
fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    let text = match text.strip_prefix(b"data:") {
        Some(rest) => &rest[memmem::find(&rest[..rest.len().min(200)], b";base64,")? + ";base64,".len()..],
        None => text,
    };
    let text = text.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(text);
    let digits: Cow<'_, [u8]> = if text.iter().any(u8::is_ascii_whitespace) {
        text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
    } else {
        text.into()
    };
    let engines = [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE_NO_PAD];
    engines.into_iter().find_map(|engine| engine.decode(&digits).ok())
}

fn hex(body: &[u8], wanted: &Wanted) -> Option<Explanation> {
    let decoded = hex::decode(body.trim_ascii()).ok()?;
    wanted.is(&decoded).then(|| Explanation::new("s3-body-encoded", "The body is the file as hex digits."))
}

/// Finds `file=…`, or only the file, percent-encoded.
fn form(body: &[u8], wanted: &Wanted) -> Option<Explanation> {
    if body.iter().any(|byte| byte.is_ascii_control() || *byte == b' ') {
        return None;
    }
    let decoded = |text: &[u8]| {
        let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        percent_decode(&spaced).collect::<Vec<u8>>()
    };
    if wanted.is(&decoded(body)) || wanted.is(&percent_decode(body).collect::<Vec<u8>>()) {
        return Some(Explanation::new("s3-body-form", "The body is the file, percent-encoded."));
    }
    let fields = body.split(|byte| *byte == b'&').take(20);
    for field in fields {
        let Some(at) = memchr::memchr(b'=', field) else { continue };
        if wanted.is(&decoded(&field[at + 1..])) {
            let name = String::from_utf8_lossy(&field[..at]).into_owned();
            let what =
                format!("The body is a form, and the file is the value of its field {}.", quoted(&name));
            return Some(Explanation::new("s3-body-form", what));
        }
    }
    None
}

/// Finds chunks within the body: an SDK's `aws-chunked`, or HTTP's own, written by hand.
fn chunks(body: &[u8], wanted: &Wanted) -> Option<Explanation> {
    let mut rest = body;
    let mut content = Vec::new();
    loop {
        let end = memmem::find(&rest[..rest.len().min(200)], b"\r\n")?;
        let size = rest[..end].split(|byte| *byte == b';').next()?;
        let size = usize::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()?;
        if size == 0 {
            break;
        }
        content.extend_from_slice(rest.get(end + 2..)?.get(..size)?);
        rest = rest.get(end + 2 + size..)?.strip_prefix(b"\r\n")?;
    }
    let what = "The body is the file in chunks, each behind a line with its length (`aws-chunked`).";
    wanted.is(&content).then(|| Explanation::new("s3-body-chunked", what))
}
