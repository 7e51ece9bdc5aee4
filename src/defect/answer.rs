//! Answers of Alloy's side that are changed on their way out.

use hyper::{
    StatusCode,
    header::{self, HeaderValue},
};
use serde_json::{Value, json};

use crate::{
    exchange::{Answer, Content},
    files::Md5Digest,
};

/// The answer with its JSON changed; as it is where it is no success, or no JSON.
pub(super) fn edited(answer: Answer, change: impl FnOnce(&mut Value)) -> Answer {
    let text = answer.content.text().filter(|_| answer.status == StatusCode::OK);
    match text.and_then(|text| serde_json::from_slice::<Value>(text).ok()) {
        Some(mut value) => {
            change(&mut value);
            Answer { content: Content::Whole(value.to_string().into()), ..answer }
        }
        None => answer,
    }
}

/// The answer with what a presign hands out changed.
pub(super) fn presign_edited(answer: Answer, change: impl FnOnce(&mut Value)) -> Answer {
    edited(answer, |value| {
        if let Some(handed_out) = value.get_mut("presignedUrl") {
            change(handed_out);
        }
    })
}

/// The URL that a presign is answered with, and the MD5 that it is for.
pub(super) fn handed_out(answer: &Answer) -> Option<(String, Md5Digest)> {
    let value: Value = serde_json::from_slice(answer.content.text()?).ok()?;
    let field = |name: &str| value.get("presignedUrl")?.get(name)?.as_str();
    Some((field("presignedUrl")?.to_owned(), field("md5")?.parse().ok()?))
}

/// The answer with every file of a list changed.
pub(super) fn files_edited(answer: Answer, change: impl FnMut(&mut Value)) -> Answer {
    edited(answer, |value| {
        let files = value.get_mut("files").and_then(Value::as_array_mut);
        files.into_iter().flatten().for_each(change);
    })
}

/// A text in it changed.
pub(super) fn edit_text(value: &mut Value, name: &str, change: impl FnOnce(&str) -> String) {
    if let Some(field) = value.get_mut(name)
        && let Some(text) = field.as_str()
    {
        *field = json!(change(text));
    }
}

/// A success with this content.
pub(super) fn success(value: &Value) -> Answer {
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    Answer::new(StatusCode::OK, Content::Whole(value.to_string().into())).with(header::CONTENT_TYPE, json)
}
