//! `/_assay/objects` and `/_assay/objects/{s3Key}`: the stored objects, and their bytes.

use std::sync::Arc;

use hyper::{
    StatusCode,
    header::{self, HeaderName, HeaderValue},
};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::json;

use super::{
    error::Error,
    large::{self, LargeAnswers},
    ok,
    query::Parameters,
};
use crate::{
    exchange::{Answer, Content},
    files::{Object, S3Key, State},
};

/// The fields of Alloy's list, and further ones.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    s3_key: String,
    user_id: Option<String>,
    filename: String,
    size: u64,
    md5: String,
    content_type: Option<String>,
    last_modified: String,
}

/// Answers with everything that is stored, by key.
pub(super) async fn list(
    state: &State,
    large: &LargeAnswers,
    parameters: Parameters<'_>,
) -> Result<Answer, Error> {
    let user = parameters.only_user()?;
    let place = large.streamed().await?;
    let objects = state.objects().into_iter();
    let objects = objects.filter(move |object| user.is_none() || object.key.owner() == user);
    let items = objects.map(|object| Item::from(&*object));
    Ok(large::answer(place, "application/json", large::json("{\"objects\":[", items, "]}\n")))
}

/// Deletes an object of any user.
pub(super) fn delete(state: &State, key: &str) -> Result<Answer, Error> {
    let object = find(state, key)?;
    if state.remove(&object.key) { Ok(ok(&json!({"status": "ok"}))) } else { Err(Error::NoSuchObject) }
}

/// Answers with the bytes under a key, which came percent-encoded in the path.
pub(super) fn content(state: &State, key: &str) -> Result<Answer, Error> {
    let object = find(state, key)?;
    let content_type = object.content_type.as_deref().and_then(|text| text.parse().ok());
    Ok(Answer::new(StatusCode::OK, Content::File(object))
        .with(
            header::CONTENT_TYPE,
            content_type.unwrap_or(HeaderValue::from_static("application/octet-stream")),
        )
        // An uploaded page must not run with this origin, which can call the control API.
        .with(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"))
        .with(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"))
        .with(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox")))
}

fn find(state: &State, key: &str) -> Result<Arc<Object>, Error> {
    let key = percent_decode_str(key).decode_utf8().map_err(|_| Error::NoSuchObject)?;
    let key = S3Key::new(&key).map_err(|_| Error::NoSuchObject)?;
    state.get(&key).ok_or(Error::NoSuchObject)
}

impl From<&Object> for Item {
    fn from(object: &Object) -> Self {
        Self {
            s3_key: object.key.as_str().to_owned(),
            user_id: object.key.owner().map(|owner| owner.to_string()),
            filename: object.key.filename().to_owned(),
            size: object.blob.size(),
            md5: object.md5.to_base64(),
            content_type: object.content_type.as_deref().map(str::to_owned),
            last_modified: format!("{:.3}", object.last_modified),
        }
    }
}
