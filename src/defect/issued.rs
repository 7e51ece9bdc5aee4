//! The URLs that were handed out: what a defect has to know to take one again that somebody changed in one way, and in
//! no other.

use super::recent::Recent;
use crate::{files::Md5Digest, s3::RawRequest};

const SIGNATURE: &str = "X-Amz-Signature=";
const EXPIRES: &str = "X-Amz-Expires=";

/// A URL that was handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct IssuedUrl {
    /// Its query.
    pub(super) query: String,
    /// The signature in it, and for how many seconds it is good.
    pub(super) signature: String,
    pub(super) expires: String,
    /// What it was asked for.
    pub(super) md5: Md5Digest,
}

/// The last URLs that were handed out, by all that a defect leaves as it is: those of one file and one second are
/// alike but for their signatures.
pub(super) struct IssuedUrls(Recent<String, Vec<IssuedUrl>>);

/// A query taken apart.
struct Taken<'a> {
    signature: &'a str,
    expires: &'a str,
    /// Path and query without the two.
    rest: String,
}

impl IssuedUrls {
    /// None yet.
    pub(super) fn new() -> Self {
        Self(Recent::new())
    }

    /// Takes down a URL.
    pub(super) fn add(&self, url: &str, md5: Md5Digest) {
        let behind_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
        let Some(target) = behind_scheme.find('/').map(|at| &behind_scheme[at..]) else { return };
        let Some((path, query)) = target.split_once('?') else { return };
        let Some(Taken { signature, expires, rest }) = take_apart(path, query) else { return };
        let (query, signature, expires) = (query.to_owned(), signature.to_owned(), expires.to_owned());
        let url = IssuedUrl { query, signature, expires, md5 };
        let mut alike = self.0.get(&rest).unwrap_or_default();
        if !alike.contains(&url) {
            alike.push(url);
            self.0.put(rest, alike);
        }
    }

    /// The URL that a request was made of, where nothing was changed but what it is good for, which was not.
    pub(super) fn by_signature(&self, request: &RawRequest<'_>) -> Option<IssuedUrl> {
        self.find(request, |taken, url| taken.signature == url.signature)
    }

    /// The URL for content with this MD5 that a request was made of, where nothing was changed but the signature.
    pub(super) fn by_content(&self, request: &RawRequest<'_>, md5: Md5Digest) -> Option<IssuedUrl> {
        self.find(request, |taken, url| taken.expires == url.expires && url.md5 == md5)
    }

    fn find(
        &self,
        request: &RawRequest<'_>,
        is_it: impl Fn(&Taken<'_>, &IssuedUrl) -> bool,
    ) -> Option<IssuedUrl> {
        let taken = take_apart(request.path, request.query?)?;
        self.0.get(&taken.rest)?.into_iter().find(|url| is_it(&taken, url))
    }
}

fn take_apart<'a>(path: &str, query: &'a str) -> Option<Taken<'a>> {
    let (mut signature, mut expires, mut rest) = (None, None, path.to_owned());
    for piece in query.split('&') {
        match (piece.strip_prefix(SIGNATURE), piece.strip_prefix(EXPIRES)) {
            (Some(value), _) => signature = Some(value),
            (_, Some(value)) => expires = Some(value),
            _ => {
                rest.push('&');
                rest.push_str(piece);
            }
        }
    }
    Some(Taken { signature: signature?, expires: expires?, rest })
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
        assert_eq!(by_content(&QUERY.replace("s1", "x"), other).unwrap().signature, "s2");
        assert_eq!(by_content(&QUERY.replace("3600", "9"), one), None);
    }
}
