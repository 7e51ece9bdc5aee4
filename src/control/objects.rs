//! `GET /_assay/objects` and `GET /_assay/objects/{s3Key}`: what is stored, and the bytes of one.

use hyper::{
    StatusCode,
    header::{self, HeaderName, HeaderValue},
};
use percent_encoding::percent_decode_str;
use serde::Serialize;

use super::{error::Error, ok};
use crate::{
    exchange::{Answer, Content},
    files::{Object, S3Key, State},
};

#[derive(Serialize)]
struct Reply<'a> {
    objects: Vec<Item<'a>>,
}

/// The fields of Alloy's list, and what it does not tell.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    s3_key: &'a str,
    user_id: Option<String>,
    filename: &'a str,
    size: u64,
    md5: String,
    content_type: Option<&'a str>,
    last_modified: String,
}

/// Answers with everything that is stored, by key.
pub(super) fn list(state: &State) -> Answer {
    let objects = state.objects();
    ok(&Reply { objects: objects.iter().map(|object| Item::from(&**object)).collect() })
}

/// Answers with the bytes under a key, which came percent-encoded in the path.
pub(super) fn content(state: &State, key: &str) -> Result<Answer, Error> {
    let key = percent_decode_str(key).decode_utf8().map_err(|_| Error::NoSuchObject)?;
    let key = S3Key::new(&key).map_err(|_| Error::NoSuchObject)?;
    let object = state.get(&key).ok_or(Error::NoSuchObject)?;
    let content_type = object.content_type.as_deref().and_then(|text| text.parse().ok());
    Ok(Answer::new(StatusCode::OK, Content::File(object))
        .with(
            header::CONTENT_TYPE,
            content_type.unwrap_or(HeaderValue::from_static("application/octet-stream")),
        )
        // An uploaded page must not run as a page of this origin, which may drive the control side.
        .with(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"))
        .with(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"))
        .with(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox")))
}

impl<'a> From<&'a Object> for Item<'a> {
    fn from(object: &'a Object) -> Self {
        Self {
            s3_key: object.key.as_str(),
            user_id: object.key.owner().map(|owner| owner.to_string()),
            filename: object.key.filename(),
            size: object.blob.size(),
            md5: object.md5.to_base64(),
            content_type: object.content_type.as_deref(),
            last_modified: format!("{:.3}", object.last_modified),
        }
    }
}
