//! The presigned URLs that were returned. A defect needs them to accept a URL that was changed in one way only.

use super::recent::Recent;
use crate::{files::Md5Digest, s3::RawRequest};

/// A presigned URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct IssuedUrl {
    pub(super) query: String,
    /// The announced MD5.
    pub(super) md5: Md5Digest,
}

/// The last presigned URLs, by the parts that a request must keep.
pub(super) struct IssuedUrls {
    /// By path and query without `X-Amz-Expires`.
    by_signature: Recent<String, IssuedUrl>,
    /// By path and query without `X-Amz-Signature`, and by their MD5: two presigns within a second differ in these.
    by_content: Recent<(String, Md5Digest), IssuedUrl>,
}

impl IssuedUrls {
    pub(super) fn new() -> Self {
        Self { by_signature: Recent::new(), by_content: Recent::new() }
    }

    pub(super) fn add(&self, url: &str, md5: Md5Digest) {
        let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
        let Some((path, query)) = after_scheme.split_once('?') else { return };
        let path = path.find('/').map_or("", |at| &path[at..]);
        let url = IssuedUrl { query: query.to_owned(), md5 };
        self.by_signature.put(without("X-Amz-Expires", path, query), url.clone());
        self.by_content.put((without("X-Amz-Signature", path, query), md5), url);
    }

    /// Finds the URL with the signature of a request: only the expiry may differ.
    pub(super) fn by_signature(&self, request: &RawRequest<'_>) -> Option<IssuedUrl> {
        self.by_signature.get(&without("X-Amz-Expires", request.path, request.query?))
    }

    /// Finds the URL of a request by its MD5 and expiry: only the signature may differ.
    pub(super) fn by_content(&self, request: &RawRequest<'_>, md5: Md5Digest) -> Option<IssuedUrl> {
        self.by_content.get(&(without("X-Amz-Signature", request.path, request.query?), md5))
    }
}

/// Returns a path and query without one parameter.
fn without(name: &str, path: &str, query: &str) -> String {
    let others = query.split('&').filter(|piece| piece.split('=').next() != Some(name));
    others.fold(path.to_owned(), |rest, piece| rest + "&" + piece)
}

#[cfg(test)]
mod tests {
    use hyper::{HeaderMap, Method};

    use super::*;

    const QUERY: &str = "X-Amz-Date=d&X-Amz-Expires=3600&X-Amz-Signature=s1&x-id=PutObject";

    fn of<'a>(headers: &'a HeaderMap, path: &'a str, query: &'a str) -> RawRequest<'a> {
        RawRequest { method: &Method::PUT, path, query: Some(query), headers }
    }

    #[test]
    fn a_url_is_found_again_where_one_thing_was_changed() {
        let urls = IssuedUrls::new();
        let (one, other) = (Md5Digest::from([1; 16]), Md5Digest::from([2; 16]));
        urls.add(&format!("http://localhost:7979/b/k?{QUERY}"), one);
        urls.add(&format!("http://localhost:7979/b/k?{}", QUERY.replace("s1", "s2")), other);
        let headers = HeaderMap::new();
        let signed =
            |path: &str, query: &str| urls.by_signature(&of(&headers, path, query)).map(|url| url.md5);
        assert_eq!(signed("/b/k", QUERY), Some(one));
        assert_eq!(signed("/b/k", &QUERY.replace("3600", "9")), Some(one));
        assert_eq!(signed("/b/k", &QUERY.replace("=d", "=e")), None);
        assert_eq!(signed("/b/l", QUERY), None);
        assert_eq!(signed("/b/k", ""), None);
        let by_content = |query: &str, md5| urls.by_content(&of(&headers, "/b/k", query), md5);
        assert_eq!(by_content(&QUERY.replace("s1", "x"), one).unwrap().query, QUERY);
        assert!(by_content(&QUERY.replace("s1", "x"), other).unwrap().query.contains("s2"));
        assert_eq!(by_content(&QUERY.replace("3600", "9"), one), None);
    }
}
