//! Signed headers that are missing or have another value, and an unsigned hash of the body. `host`
//! explains `Host`.

use hyper::HeaderMap;

use crate::{
    exchange::Violation,
    files::Md5Digest,
    findings::{
        Entry,
        refusal::{
            Case,
            content_md5::{self, NAME as CONTENT_MD5},
            words::{canonical, header, quoted},
        },
    },
};

const CONTENT_TYPE: &str = "content-type";
const CONTENT_SHA256: &str = "x-amz-content-sha256";

/// Returns what differs from the signed headers.
pub(super) fn differs(
    case: &Case<'_>,
    entry: &Entry,
    of_content: impl Fn(Md5Digest) -> Option<Entry>,
) -> Vec<Violation> {
    let issued = case.issued();
    let signed = issued.get("X-Amz-SignedHeaders").unwrap_or_default();
    let headers = case.refused.request.headers;
    let mut found = Vec::new();
    for name in signed.split(';').filter(|name| *name != "host") {
        let sent = header(headers, name);
        match name {
            CONTENT_MD5 if sent.as_deref() != Some(&entry.issued.md5.to_base64()) => {
                found.push(content_md5::against_signed(sent.as_deref(), entry.issued.md5, &of_content));
            }
            CONTENT_TYPE => found.extend(content_type(sent.as_deref(), &entry.issued.mime_type)),
            CONTENT_MD5 => {}
            name => found.extend(sent.is_none().then(|| not_sent(name))),
        }
    }
    found
}

/// Returns the headers that the request itself lists as signed and does not send.
pub(super) fn missing(case: &Case<'_>) -> Vec<Violation> {
    let signed = case.param("X-Amz-SignedHeaders");
    let names = signed.split(';').filter(|name| !name.is_empty() && *name != "host");
    let missing = names.filter(|name| header(case.refused.request.headers, name).is_none());
    missing.take(3).map(not_sent).collect()
}

fn not_sent(name: &str) -> Violation {
    let rule = match name.to_ascii_lowercase().as_str() {
        CONTENT_MD5 => "s3-content-md5-missing",
        CONTENT_TYPE => "s3-content-type",
        _ => "s3-signed-header",
    };
    let message = format!(
        "The request does not send {}, and the URL was signed with it: `X-Amz-SignedHeaders` names it, so the \
         signature does not match.",
        quoted(name)
    );
    Violation::new(rule, name, message)
}

fn content_type(sent: Option<&str>, expected: &str) -> Option<Violation> {
    let expected = canonical(expected);
    if sent == Some(&expected) {
        return None;
    }
    let essence = |value: &str| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let what = match sent {
        None => "the request sends none".to_owned(),
        Some("") => "the request sends an empty one, as pages do if `file.type` is unknown".to_owned(),
        Some(value) => {
            let why = if value == "application/x-www-form-urlencoded" {
                ", which some clients add by themselves"
            } else if essence(value) == essence(&expected) {
                ": the type is the same, but the text has to be the same too, parameters and case included"
            } else {
                ""
            };
            format!("the request sends {}{why}", quoted(value))
        }
    };
    let message = format!(
        "The URL was signed with the `Content-Type` that was announced, {}, and {what}.",
        quoted(&expected)
    );
    Some(Violation::new("s3-content-type", CONTENT_TYPE, message))
}

/// Explains an unsigned hash of the body.
pub(super) fn payload_hash(headers: &HeaderMap) -> Option<Violation> {
    let sent = header(headers, CONTENT_SHA256).filter(|value| value != "UNSIGNED-PAYLOAD")?;
    let message = format!(
        "The request sends `{CONTENT_SHA256}` with {}. S3 includes it in the signature, but presigned URLs are signed for `UNSIGNED-PAYLOAD`.",
        if sent.len() == 64 { "a hash of the body".to_owned() } else { quoted(&sent) }
    );
    Some(Violation::new("s3-content-sha256", CONTENT_SHA256, message))
}
