//! The bucket's CORS configuration: docs/facts-s3.md#cors. One rule, for uploads from pages of some origins: any request
//! header, since browsers ask for `Content-MD5`, and a readable `ETag`.

use hyper::{
    HeaderMap, Method,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HeaderValue, VARY,
    },
};

use crate::exchange::Glob;

/// `AllowedMethod`.
const METHODS: [Method; 3] = [Method::GET, Method::PUT, Method::HEAD];

/// The headers that do not depend on the request.
const HEADERS: [(hyper::header::HeaderName, &str); 4] = [
    (ACCESS_CONTROL_ALLOW_METHODS, "GET, PUT, HEAD"),
    (ACCESS_CONTROL_EXPOSE_HEADERS, "ETag"),
    (ACCESS_CONTROL_MAX_AGE, "3000"),
    (VARY, "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"),
];

/// The part of a preflight that is not allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Origin of the page.
    Origin,
    /// Method.
    Method,
    /// These headers.
    Headers(Vec<String>),
}

/// The rule, by its `AllowedOrigin`s, which are compared byte by byte. Without any, the bucket has no configuration.
#[derive(Debug)]
pub struct Cors(pub Vec<Glob>);

impl Cors {
    /// Returns whether the bucket has a configuration.
    pub(super) fn is_enabled(&self) -> bool {
        !self.0.is_empty()
    }

    /// Checks that a page of `origin` may send `method`.
    pub(super) fn check(&self, origin: &HeaderValue, method: &str) -> Result<(), Denied> {
        let origin = String::from_utf8_lossy(origin.as_bytes());
        if !self.0.iter().any(|allowed| allowed.matches(&origin)) {
            return Err(Denied::Origin);
        }
        if METHODS.iter().any(|allowed| allowed == method) { Ok(()) } else { Err(Denied::Method) }
    }

    /// Adds the headers that let a page of an allowed `origin` see the answer.
    pub(super) fn put(&self, origin: &HeaderValue, headers: &mut HeaderMap) {
        // S3's answer for `*` with other origins is unknown.
        if self.0.iter().any(Glob::is_any) {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        } else {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        headers.extend(HEADERS.map(|(name, value)| (name, HeaderValue::from_static(value))));
    }
}
