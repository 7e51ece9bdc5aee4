//! Answers, parsed: the files of a list, the code of an error, and paths that name a key.

use hyper::{StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::{
    conformance::{target::text_at, wire::Reply},
    text::cut,
};

/// A file of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) key: String,
    pub(crate) filename: String,
    pub(crate) size: u64,
    pub(crate) last_modified: String,
}

/// Returns the files of a list's answer; `None` if it is not a list.
pub(crate) fn listed(reply: &Reply) -> Option<Vec<Listed>> {
    let body: Value = serde_json::from_slice(&reply.body).ok().filter(|_| reply.status.is_success())?;
    let text = |file: &Value, name: &str| Some(file.get(name)?.as_str()?.to_owned());
    let file = |file: &Value| {
        Some(Listed {
            key: text(file, "s3Key")?,
            filename: text(file, "filename")?,
            size: file.get("size")?.as_u64()?,
            last_modified: text(file, "lastModified")?,
        })
    };
    body.get("files")?.as_array()?.iter().map(file).collect()
}

/// Sums an answer up: its status, and S3's code or Alloy's message.
pub(crate) fn said(reply: &Reply) -> String {
    let status = reply.status.as_u16();
    match s3_code(reply).or_else(|| text_at(reply, "/message")) {
        Some(mut message) => {
            cut(&mut message, 120);
            format!("{status} ({message})")
        }
        None => status.to_string(),
    }
}

/// Returns the code in S3's XML.
pub(crate) fn s3_code(reply: &Reply) -> Option<String> {
    let body = std::str::from_utf8(&reply.body).ok()?;
    let code = body.split_once("<Error>")?.1.split_once("<Code>")?.1.split_once("</Code>")?.0;
    Some(code.to_owned())
}

/// Returns whether a status blames the request.
pub(crate) fn is_refusal(status: StatusCode) -> bool {
    status.is_client_error()
}

/// Returns the path of a file's own calls.
pub(crate) fn path_of(key: &str) -> String {
    format!("/connectors/files/{}", encoded(key))
}

/// Encodes a key as one segment of a path.
pub(super) fn encoded(key: &str) -> String {
    const PLAIN: &percent_encoding::AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(key, PLAIN).to_string()
}

/// Returns the first value of a header as text.
pub(crate) fn header_of<'a>(reply: &'a Reply, name: &header::HeaderName) -> Option<&'a str> {
    reply.headers.get(name)?.to_str().ok()
}
