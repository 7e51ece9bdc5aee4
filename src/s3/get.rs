//! `GetObject` and `HeadObject`, without ranges. Alloy's guide has neither, but tests with the credentials can read
//! stored objects.

use std::{sync::Arc, time::SystemTime};

use hyper::{
    HeaderMap, Method,
    header::{self, HeaderValue},
};

use super::{
    RawRequest, Refusal, S3,
    answer::{success, text, with_checksum},
    request::Place,
    sigv4::Query,
};
use crate::{
    exchange::{Answer, Content},
    files::Object,
};

/// Type of an object that was uploaded without one.
const DEFAULT_TYPE: HeaderValue = HeaderValue::from_static("binary/octet-stream");

/// Header or parameter that requests the checksum: docs/facts-s3.md#download
const CHECKSUM_MODE: &str = "x-amz-checksum-mode";

const CSP: HeaderValue = HeaderValue::from_static("sandbox");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// A read whose head is accepted.
pub(super) struct Download {
    object: Arc<Object>,
    is_head: bool,
    /// Whether the answer includes S3's checksum.
    tells_checksum: bool,
    /// Whether a browser will show the object as a page.
    is_page: bool,
}

impl Download {
    /// Finds the object of a request with a valid signature.
    pub(super) fn begin(
        s3: &S3,
        request: &RawRequest<'_>,
        place: &Place,
        query: &Query<'_>,
    ) -> Result<Self, Refusal> {
        // The emulator does not list buckets.
        let key = super::key(place)?.ok_or(Refusal::AccessDenied)?;
        let object = s3.state.get(&key).ok_or(Refusal::NoSuchKey { key })?;
        let mode = request.headers.get(CHECKSUM_MODE).map(|mode| String::from_utf8_lossy(mode.as_bytes()));
        let tells_checksum = mode.or_else(|| query.get(CHECKSUM_MODE)).is_some_and(|mode| mode == "ENABLED");
        let is_head = *request.method == Method::HEAD;
        Ok(Self { object, is_head, tells_checksum, is_page: is_page(request.headers) })
    }

    /// Returns the object's answer: docs/facts-s3.md#download
    pub(super) fn answer(self, s3: &S3) -> Answer {
        let object = self.object;
        let content_type = object.content_type.as_deref().filter(|content_type| !content_type.is_empty());
        let content_type =
            content_type.and_then(|content_type| HeaderValue::from_bytes(content_type.as_bytes()).ok());
        let last_modified = httpdate::fmt_http_date(SystemTime::from(object.last_modified));
        let mut answer = success(s3, object.md5)
            .with(header::CONTENT_TYPE, content_type.unwrap_or(DEFAULT_TYPE))
            .with(header::LAST_MODIFIED, text(&last_modified))
            .with(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        if self.tells_checksum {
            answer = with_checksum(answer, object.crc64nvme);
        }
        if self.is_page {
            answer = answer.with(header::CONTENT_SECURITY_POLICY, CSP);
            answer = answer.with(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
        }
        if self.is_head {
            answer.with(header::CONTENT_LENGTH, object.blob.size().into())
        } else {
            Answer { content: Content::File(object), ..answer }
        }
    }
}

/// Returns whether a browser navigates to the object, as opposed to a script fetching it. Objects share an origin with
/// the control API, which no uploaded page may call: such an answer gets an opaque origin. S3 sends no such headers,
/// and neither do answers to scripts here.
fn is_page(headers: &HeaderMap) -> bool {
    let is =
        |name: &str, what: fn(&[u8]) -> bool| headers.get(name).is_some_and(|value| what(value.as_bytes()));
    is("sec-fetch-dest", |destination| destination != b"empty")
        || is("upgrade-insecure-requests", |_| true)
        || is("accept", |types| memchr::memmem::find(types, b"text/html").is_some())
}
