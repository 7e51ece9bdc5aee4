//! Answers, read: what a list has, what an error says, and the paths that go with them.

use hyper::{StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::{
    conformance::{target::text_at, wire::Reply},
    exchange::cut,
};

/// A file of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::conformance) struct Listed {
    pub(in crate::conformance) key: String,
    pub(in crate::conformance) filename: String,
    pub(in crate::conformance) size: u64,
    pub(in crate::conformance) last_modified: String,
}

/// The files of a list's answer; `None` where it is none.
pub(in crate::conformance) fn listed(reply: &Reply) -> Option<Vec<Listed>> {
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

/// What an answer says, in a few words: its status, and S3's code or Alloy's message.
pub(in crate::conformance) fn said(reply: &Reply) -> String {
    let status = reply.status.as_u16();
    match s3_code(reply).or_else(|| text_at(reply, "/message")) {
        Some(mut message) => {
            cut(&mut message, 120);
            format!("{status} ({message})")
        }
        None => status.to_string(),
    }
}

/// The code in S3's XML.
pub(in crate::conformance) fn s3_code(reply: &Reply) -> Option<String> {
    let body = std::str::from_utf8(&reply.body).ok()?;
    let code = body.split_once("<Error>")?.1.split_once("<Code>")?.1.split_once("</Code>")?.0;
    Some(code.to_owned())
}

/// Whether a status says that the request was at fault.
pub(in crate::conformance) fn is_refusal(status: StatusCode) -> bool {
    status.is_client_error()
}

/// The path of a file's own calls.
pub(in crate::conformance) fn path_of(key: &str) -> String {
    format!("/connectors/files/{}", encoded(key))
}

/// A key as one segment of a path.
pub(super) fn encoded(key: &str) -> String {
    const PLAIN: &percent_encoding::AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(key, PLAIN).to_string()
}

/// The first value of a header, as text.
pub(in crate::conformance) fn header_of<'a>(reply: &'a Reply, name: &header::HeaderName) -> Option<&'a str> {
    reply.headers.get(name)?.to_str().ok()
}
