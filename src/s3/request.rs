//! A request's head as it arrived, and the object it names. Signatures are verified over these raw
//! bytes.

use hyper::{HeaderMap, Method, header};

use super::{Refusal, sigv4::encoding};
use crate::{
    exchange::{Operation, is_host_of_bucket},
    files::{S3Key, UserId},
};

/// S3's limit for a request's header section, in bytes: docs/facts-s3.md#header-section-too-large
pub const MAX_HEADER_SECTION: usize = 8192;

/// Raw head of a request.
#[derive(Clone, Copy, Debug)]
pub struct RawRequest<'a> {
    /// The method.
    pub method: &'a Method,
    /// Path as sent, with its escapes.
    pub path: &'a str,
    /// Text behind the `?`, as sent.
    pub query: Option<&'a str>,
    /// The headers.
    pub headers: &'a HeaderMap,
}

/// Bucket and key that a request names, decoded. Both may be empty, and the key may be too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) bucket: String,
    pub(super) key: String,
}

impl RawRequest<'_> {
    /// Returns the operation, judging by the method only.
    pub fn operation(&self) -> Operation {
        match *self.method {
            Method::PUT => Operation::Put,
            Method::GET => Operation::Get,
            Method::HEAD => Operation::Head,
            Method::OPTIONS => Operation::Preflight,
            _ => Operation::Unknown,
        }
    }

    /// Returns a header's first value, if it is text.
    pub(super) fn text(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the bucket and key that the request names: virtual-host style where `Host` begins
    /// with the bucket `own`, path style otherwise.
    pub(super) fn place(&self, own: &str) -> Result<Place, Refusal> {
        let path = encoding::decode_path(self.path)?;
        let path = path.strip_prefix('/').unwrap_or(&path);
        if self.is_virtual_host_of(own) {
            return Ok(Place { bucket: own.to_owned(), key: path.to_owned() });
        }
        // docs/facts-s3.md#slashes-in-path, docs/facts-s3.md#dots-in-path
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        Ok(Place { bucket: bucket.to_owned(), key: key.to_owned() })
    }

    /// Returns whether the request names the bucket `own`, whatever is wrong with its key. A request with
    /// docs/facts-s3.md#invalid-escape names none.
    pub(super) fn names_bucket(&self, own: &str) -> bool {
        match self.place(own) {
            Ok(place) => place.bucket == own,
            // docs/facts-s3.md#non-utf8-path: the part that is not UTF-8 may be the key.
            Err(Refusal::InvalidUri { .. }) => {
                let first_segment = self.path.split('/').nth(1).unwrap_or_default();
                let bucket = encoding::decode_path(first_segment);
                self.is_virtual_host_of(own) || bucket.is_ok_and(|bucket| bucket == own)
            }
            Err(_) => false,
        }
    }

    fn is_virtual_host_of(&self, bucket: &str) -> bool {
        let host = self.headers.get(header::HOST).map_or(&b""[..], |host| host.as_bytes());
        is_host_of_bucket(host, bucket)
    }
}

impl Place {
    /// Returns the key's owner, where the key has the form of a file's.
    pub(super) fn owner(&self) -> Option<UserId> {
        S3Key::new(&self.key).ok()?.owner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(host: &'static str, path: &str) -> (String, String) {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        let request = RawRequest { method: &Method::PUT, path, query: None, headers: &headers };
        let place = request.place("files").unwrap();
        (place.bucket, place.key)
    }

    #[test]
    fn reads_the_bucket_from_path_or_host() {
        let at = |bucket: &str, key: &str| (bucket.to_owned(), key.to_owned());
        assert_eq!(place("localhost:4566", "/files/a/b"), at("files", "a/b"));
        assert_eq!(place("files.localhost:4566", "/files/a"), at("files", "files/a"));
        assert_eq!(place("FILES.s3.amazonaws.com", "/a"), at("files", "a"));
        assert_eq!(place("filesystem.local", "/files/a"), at("files", "a"));
        assert_eq!(place("files", "/other/a"), at("other", "a"));
        assert_eq!(place("localhost", "/files"), at("files", ""));
        assert_eq!(place("localhost", "/"), at("", ""));
    }

    #[test]
    fn the_bucket_is_named_whatever_is_wrong_with_the_key() {
        let names = |host: &'static str, path: &str| {
            let headers = HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]);
            RawRequest { method: &Method::PUT, path, query: None, headers: &headers }.names_bucket("files")
        };
        assert!(names("h", "/files/a") && names("h", "/files/%FF") && names("files.h", "/%FF"));
        assert!(!names("h", "/other/a") && !names("h", "/other/%FF") && !names("h", "/"));
        assert!(!names("h", "/files/%zz") && !names("files.h", "/%zz"));
    }
}
