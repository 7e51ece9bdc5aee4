//! `POST /connectors/files/upload/request`: a URL to upload one file to, or word that the file is there.

use std::ops::Range;

use hyper::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{Alloy, Answer, Error, Md5Digest, S3Key, UserId, Violation, json};

/// What a client says of the file that it wants to upload.
#[derive(Debug, PartialEq, Eq)]
pub struct PresignRequest {
    /// Its name, not empty.
    pub filename: String,
    /// What it says that the file is.
    pub mime_type: String,
    /// The MD5 of its bytes.
    pub md5: Md5Digest,
}

/// A URL for the file, or of the one that has its bytes already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presigned {
    /// Where to PUT the bytes.
    pub url: String,
    /// Where in it its signature stands.
    pub signature: Range<usize>,
    /// The key that the URL is for.
    pub key: S3Key,
    /// The MD5 that a PUT must send.
    pub md5: Md5Digest,
    /// Whether the user has these bytes already, under that key.
    pub is_existing: bool,
    /// When the URL was signed.
    pub signed_at: Timestamp,
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
    /// Reads the request's body. A document of a user's may promise less than Alloy's does, so what is
    /// needed is looked for once more.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] with everything that is missing or wrong.
    pub fn parse(body: Option<Value>) -> Result<Self, Error> {
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
            Err(error) if is_there("md5") => {
                violations.push(Violation::new(
                    "md5-format",
                    "/md5",
                    format!("`md5` cannot be read: {error}."),
                ));
            }
            _ => {}
        }
        Err(Error::Invalid(violations))
    }
}

impl Alloy {
    /// A URL for the file, signed at `at`. Where the user has these bytes already, `type` is `existing` and
    /// the key is the one they are stored under; the answer still carries a URL, of that key, so that
    /// clients that take the answer apart keep working.
    #[must_use]
    pub fn presign(&self, user: UserId, base: &str, request: &PresignRequest, at: Timestamp) -> Presigned {
        let asked = self.ownership.key(user, &request.filename);
        let existing = self.ownership.duplicate(user, &asked, request.md5);
        let is_existing = existing.is_some();
        let key = existing.unwrap_or(asked);
        let (url, signature) = self.sign.put_url(at, base, &key, request.md5, &request.mime_type);
        Presigned { url, signature, key, md5: request.md5, is_existing, signed_at: at }
    }
}

impl Presigned {
    /// The URL's signature.
    #[must_use]
    pub fn signature(&self) -> &str {
        self.url.get(self.signature.clone()).unwrap_or_default()
    }

    /// The answer that hands it out.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let r#type = if self.is_existing { "existing" } else { "new" };
        let md5 = self.md5.to_base64();
        let reply = PresignedUrl { md5, presigned_url: &self.url, r#type, s3_key: self.key.as_str() };
        json(StatusCode::OK, &Reply { presigned_url: reply })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
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
