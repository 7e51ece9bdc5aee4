//! `GetObject` and `HeadObject`, without ranges. The guide has neither, but whoever holds the credentials
//! may look at what was stored. `begin` of [`super::S3`] finds the object, `finish` hands it out.

use std::{sync::Arc, time::SystemTime};

use hyper::{
    Method,
    header::{self, HeaderValue},
};

use super::{
    Refusal, S3,
    answer::{success, text},
    request::Place,
};
use crate::{
    exchange::{Answer, Content},
    files::Object,
};

/// What an object is where nobody said.
const DEFAULT_TYPE: HeaderValue = HeaderValue::from_static("binary/octet-stream");

/// The object that a request with a good signature asks for.
pub(super) fn find(s3: &S3, place: &Place) -> Result<Arc<Object>, Refusal> {
    // Listing is not offered: U.
    let key = super::key(place)?.ok_or(Refusal::AccessDenied)?;
    s3.state.get(&key).ok_or(Refusal::NoSuchKey { key })
}

/// The answer that hands it out: s3-facts section 2.
pub(super) fn answer(s3: &S3, method: &Method, object: Arc<Object>) -> Answer {
    let content_type = object.content_type.as_deref().filter(|content_type| !content_type.is_empty());
    let content_type =
        content_type.and_then(|content_type| HeaderValue::from_bytes(content_type.as_bytes()).ok());
    let last_modified = httpdate::fmt_http_date(SystemTime::from(object.last_modified));
    let answer = success(&s3.chance, &object.md5.to_hex())
        .with(header::CONTENT_TYPE, content_type.unwrap_or(DEFAULT_TYPE))
        .with(header::LAST_MODIFIED, text(&last_modified))
        .with(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    match *method {
        Method::HEAD => answer.with(header::CONTENT_LENGTH, object.blob.size().into()),
        _ => Answer { content: Content::File(object), ..answer },
    }
}
