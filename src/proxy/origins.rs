//! The hosts of the upstream's presigned URLs: finds the target of an upload, and rewrites the URLs to the proxy.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use crate::http::{HttpUrl, Origin};

/// Limit on the remembered paths. Beyond it, the oldest are dropped.
const MAX_PATHS: usize = 1 << 16;

/// Limit on the remembered hosts. Real systems have two or three.
const MAX_ORIGINS: usize = 64;

/// Hosts by the paths of URLs.
#[derive(Debug, Default)]
pub struct Origins(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    known: Vec<Origin>,
    /// The place in `known`, by path.
    by_path: HashMap<String, usize>,
    order: VecDeque<String>,
}

impl Origins {
    /// Remembers an issued URL.
    pub fn add(&self, url: &HttpUrl) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Inner { known, by_path, order } = &mut *inner;
        let place = known.iter().position(|origin| *origin == url.origin).unwrap_or_else(|| {
            if known.len() < MAX_ORIGINS {
                known.push(url.origin.clone());
            }
            known.len() - 1
        });
        let path = url.target.split('?').next().unwrap_or_default().to_owned();
        if known[place] == url.origin && by_path.insert(path.clone(), place).is_none() {
            order.push_back(path);
            if order.len() > MAX_PATHS
                && let Some(oldest) = order.pop_front()
            {
                by_path.remove(&oldest);
            }
        }
    }

    /// Returns the host of the issued URL with this path.
    #[must_use]
    pub fn of_path(&self, path: &str) -> Option<Origin> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.by_path.get(path).map(|place| inner.known[*place].clone())
    }

    /// Returns the host of the issued URLs, if they have only one.
    #[must_use]
    pub fn only(&self) -> Option<Origin> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let [origin] = inner.known.as_slice() { Some(origin.clone()) } else { None }
    }

    /// Returns the host of this name, if URLs were issued for it.
    #[must_use]
    pub fn named(&self, authority: &str) -> Option<Origin> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let host = authority.trim_end_matches(":443");
        inner.known.iter().find(|origin| origin.authority().eq_ignore_ascii_case(host)).cloned()
    }
}

/// Replaces a URL's scheme and host by `base` in the text of an answer, and nothing else; `None` if the text does not
/// have the URL.
#[must_use]
pub fn rewrite(text: &str, origin: &Origin, base: &str) -> Option<String> {
    let plain = origin.to_string();
    // JSON may have its slashes escaped.
    let escaped = plain.replace('/', "\\/");
    [(plain, base.to_owned()), (escaped, base.replace('/', "\\/"))].into_iter().find_map(|(from, to)| {
        let is_whole = |at: &usize| {
            text[..*at].ends_with('"')
                && matches!(text.as_bytes().get(at + from.len()), Some(b'/' | b'\\' | b'?'))
        };
        let at = text.match_indices(&from).map(|(at, _)| at).find(is_whole)?;
        Some(format!("{}{to}{}", &text[..at], &text[at + from.len()..]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> HttpUrl {
        text.parse().unwrap()
    }

    #[test]
    fn an_upload_goes_to_the_host_that_its_path_was_issued_for() {
        let origins = Origins::default();
        origins.add(&url("https://b.s3.us-east-1.amazonaws.com/a?X-Amz-Signature=1"));
        assert_eq!(origins.only().unwrap().authority(), "b.s3.us-east-1.amazonaws.com");
        origins.add(&url("http://127.0.0.1:1/b/a%20b?X-Amz-Signature=2"));
        assert_eq!(origins.of_path("/b/a%20b").unwrap().to_string(), "http://127.0.0.1:1");
        assert_eq!(origins.of_path("/a").unwrap().to_string(), "https://b.s3.us-east-1.amazonaws.com");
        assert_eq!((origins.of_path("/b/a"), origins.only()), (None, None));
        assert!(origins.named("B.s3.us-east-1.amazonaws.com:443").is_some() && origins.named("b").is_none());
    }

    #[test]
    fn nothing_but_scheme_and_host_changes() {
        let origin = url("https://s3.test/").origin;
        for (text, rewritten) in [
            (r#"{ "u" :"https://s3.test/k?a=b\u0026c" }"#, Some(r#"{ "u" :"http://p:1/k?a=b\u0026c" }"#)),
            (r#"{"u":"https:\/\/s3.test\/k"}"#, Some(r#"{"u":"http:\/\/p:1\/k"}"#)),
            (r#"{"u":"https://s3.test.evil/k"}"#, None),
        ] {
            assert_eq!(rewrite(text, &origin, "http://p:1").as_deref(), rewritten);
        }
    }
}
