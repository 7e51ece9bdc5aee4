//! Requests that S3's side refused, asked once more with something changed in them.

use hyper::{HeaderMap, Method, header::HeaderValue};
use jiff::Timestamp;

use super::mutation::Asked;
use crate::s3::{Accepted, RawRequest, Refusal};

/// The header that an upload must have.
pub(super) const CONTENT_MD5: &str = "content-md5";

impl Asked<'_> {
    /// Whether it is an upload.
    pub(super) fn is_put(&self) -> bool {
        *self.request.method == Method::PUT
    }

    /// As of another time.
    pub(super) fn again_at(&self, now: Timestamp) -> Result<Accepted, Refusal> {
        self.s3.begin(self.request, now)
    }

    /// With another method.
    pub(super) fn again_as(&self, method: &Method) -> Result<Accepted, Refusal> {
        self.s3.begin(&RawRequest { method, ..*self.request }, self.now)
    }

    /// With another query.
    pub(super) fn again_with_query(&self, query: &str, now: Timestamp) -> Result<Accepted, Refusal> {
        self.s3.begin(&RawRequest { query: Some(query), ..*self.request }, now)
    }

    /// With other headers.
    pub(super) fn again_with(&self, change: impl FnOnce(&mut HeaderMap)) -> Result<Accepted, Refusal> {
        let mut headers = self.request.headers.clone();
        change(&mut headers);
        self.s3.begin(&RawRequest { headers: &headers, ..*self.request }, self.now)
    }

    /// With this `Content-MD5`, in base64.
    pub(super) fn again_with_md5(&self, md5: &str) -> Result<Accepted, Refusal> {
        self.again_with(|headers| {
            if let Ok(md5) = HeaderValue::from_str(md5) {
                headers.insert(CONTENT_MD5, md5);
            }
        })
    }
}
