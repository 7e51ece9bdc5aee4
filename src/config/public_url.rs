//! The base URL of presigned URLs, where it is not the one that the client called.

use std::{fmt, str::FromStr};

use hyper::http::uri::Authority;

use super::Problem;
use crate::exchange::{BUCKET, is_host_of_bucket};

/// Scheme, host and port of the emulator as clients reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    scheme: &'static str,
    authority: Authority,
}

impl PublicUrl {
    /// Returns `http` or `https`.
    pub fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// Returns the host, with its port where one was given.
    pub fn authority(&self) -> &str {
        self.authority.as_str()
    }

    /// Returns the host without port.
    pub fn host(&self) -> &str {
        self.authority.host()
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

impl FromStr for PublicUrl {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        const EXPECTED: &str = "expected one such as http://assay.test:7979";
        let invalid = |why: &str| Problem::new(format_args!("invalid URL `{text}`: {why}"));
        let scheme = ["http", "https"].into_iter().find_map(|scheme| {
            let rest = text.strip_prefix(scheme)?.strip_prefix("://")?;
            Some((scheme, rest.strip_suffix('/').unwrap_or(rest)))
        });
        let (scheme, authority) = scheme.ok_or_else(|| invalid(EXPECTED))?;
        if authority.contains(['/', '?', '#']) {
            return Err(invalid(
                "expected scheme, host and port, without a path: the path of a presigned URL is signed",
            ));
        }
        match authority.parse::<Authority>() {
            // Such a host names the bucket, and so does the path of these URLs.
            Ok(authority) if is_host_of_bucket(authority.host().as_bytes(), BUCKET) => {
                Err(invalid("presigned URLs are path style; leave out `alloy-user-files.`"))
            }
            Ok(authority) if !authority.host().is_empty() && !authority.as_str().contains('@') => {
                Ok(Self { scheme, authority })
            }
            _ => Err(invalid(EXPECTED)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_scheme_host_and_port() {
        let url: PublicUrl = "https://assay.test:7979/".parse().unwrap();
        assert_eq!((url.scheme(), url.authority(), url.host()), ("https", "assay.test:7979", "assay.test"));
        assert_eq!(url.to_string(), "https://assay.test:7979");
    }

    #[test]
    fn rejects_other_urls() {
        for text in [
            "",
            "http://",
            "http:///",
            "ftp://a",
            "http://a b",
            "http://u@a",
            "http://a?x",
            "http://alloy-user-files.localhost",
        ] {
            assert!(text.parse::<PublicUrl>().is_err(), "{text}");
        }
    }
}
