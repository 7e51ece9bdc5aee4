//! `POST /connectors/files/upload/request`: issues a URL to upload a file, or says that the content
//! exists.

use hyper::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{Alloy, Answer, Error, Md5Digest, SignUrl, SignedUrl, UserId, Violation, json};
use crate::exchange::{IssuedUrl, Md5Form, cut};

/// Bytes of a client's text that are kept for findings.
const MAX_KEPT: usize = 1024;

/// Characters of a wrong `md5` that are shown.
const MAX_SHOWN: usize = 80;

/// The file that a client wants to upload.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PresignRequest {
    /// Filename, not empty.
    filename: String,
    /// Announced media type.
    mime_type: String,
    /// MD5 of the content.
    md5: Md5Digest,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reply<'a> {
    presigned_url: PresignedUrl<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PresignedUrl<'a> {
    md5: String,
    presigned_url: &'a str,
    r#type: &'static str,
    s3_key: &'a str,
}

impl PresignRequest {
    /// Parses the request's body. A user's own document may require less than Alloy's, so the
    /// required fields are checked here, too.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] with everything that is missing or wrong.
    pub(super) fn parse(body: Option<Value>) -> Result<Self, Error> {
        let body = body.unwrap_or_default();
        let mut violations = Vec::new();
        let mut text = |name: &str| {
            let text = body.get(name).and_then(Value::as_str);
            if text.is_none() {
                let message = format!("`{name}` is required, as a string.");
                violations.push(Violation::new("presign-body", format!("/{name}"), message));
            }
            text.unwrap_or_default().to_owned()
        };
        let (filename, mime_type, md5) = (text("filename"), text("mimeType"), text("md5"));
        let is_there = |name: &str| body.get(name).is_some_and(Value::is_string);
        if filename.is_empty() && is_there("filename") {
            violations.push(Violation::new("filename-empty", "/filename", "`filename` must not be empty."));
        }
        match md5.parse() {
            Ok(md5) if violations.is_empty() => return Ok(Self { filename, mime_type, md5 }),
            Err(_) if is_there("md5") => violations.push(md5_format(&md5)),
            _ => {}
        }
        Err(Error::Invalid(violations))
    }
}

/// Explains the `md5` of a presign, in place of the document's pattern that it does not match.
pub fn explain_md5(violations: &mut Vec<Violation>, body: &[u8]) {
    let is_of_md5 = |violation: &Violation| violation.rule == "contract-body" && violation.pointer == "/md5";
    let Some(at) = violations.iter().position(is_of_md5) else { return };
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(md5) = body.get("md5").and_then(Value::as_str) else { return };
    if md5.parse::<Md5Digest>().is_ok() {
        return;
    }
    violations[at] = Violation { spec: violations[at].spec.take(), ..md5_format(md5) };
    let mut is_first = true;
    violations.retain(|violation| {
        !is_of_md5(violation) && (violation.pointer != "/md5" || std::mem::take(&mut is_first))
    });
}

/// Explains a text that is not an MD5 in either form.
fn md5_format(text: &str) -> Violation {
    let what = match Md5Form::of(text) {
        Md5Form::Empty => "it is empty".to_owned(),
        Md5Form::Dressed(_, what) => what.to_owned(),
        Md5Form::Base64OfHex(_) => {
            "it is the base64 of the hex text; send the hex text itself, or the base64 of the 16 bytes"
                .to_owned()
        }
        Md5Form::Not(what) => what,
        Md5Form::Base64(_) | Md5Form::Hex(_) => "it cannot be read".to_owned(),
    };
    Violation::new("md5-format", "/md5", format!("`md5` is {}: {what}.", quoted(text)))
}

/// Quotes a value, shortened, on one line.
fn quoted(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars().take(MAX_SHOWN) {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    let more = if text.chars().nth(MAX_SHOWN).is_some() { "…" } else { "" };
    format!("`{shown}{more}`")
}

impl Alloy {
    /// Issues a URL for the file. If the user has the content already, `type` is `existing`, and
    /// key and URL are those of that file: docs/facts-alloy.md#duplicates
    pub(super) fn presign(
        &self,
        user: UserId,
        base: &str,
        request: PresignRequest,
        sign: &dyn SignUrl,
    ) -> (Answer, IssuedUrl) {
        let PresignRequest { mut filename, mut mime_type, md5 } = request;
        let requested = self.ownership.key(user, &filename);
        let existing = self.ownership.duplicate(user, &requested, md5);
        let is_existing = existing.is_some();
        let key = existing.unwrap_or(requested);
        // Signatures have whole seconds.
        let at = Timestamp::from_second(self.clock.now().as_second()).unwrap_or_default();
        let SignedUrl { url, signed_at, known_at, expires } = sign.put_url(at, base, &key, md5, &mime_type);
        let presigned_url = PresignedUrl {
            md5: md5.to_base64(),
            presigned_url: &url,
            r#type: if is_existing { "existing" } else { "new" },
            s3_key: key.as_str(),
        };
        let answer = json(StatusCode::OK, &Reply { presigned_url });
        cut(&mut filename, MAX_KEPT);
        cut(&mut mime_type, MAX_KEPT);
        let issued =
            IssuedUrl { url, user, filename, mime_type, md5, key, is_existing, known_at, signed_at, expires };
        (answer, issued)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reports_all_violations_at_once() {
        let body = json!({"filename": "", "mimeType": "text/plain", "md5": "no"});
        let Err(Error::Invalid(violations)) = PresignRequest::parse(Some(body)) else { panic!() };
        let pointers: Vec<&str> = violations.iter().map(|violation| violation.pointer.as_str()).collect();
        assert_eq!(pointers, ["/filename", "/md5"]);
    }

    #[test]
    fn a_body_of_another_shape_is_refused() {
        for body in [None, Some(json!([])), Some(json!({"filename": 1}))] {
            assert!(matches!(PresignRequest::parse(body), Err(Error::Invalid(_))));
        }
    }
}
