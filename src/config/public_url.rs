//! What presigned URLs begin with, where it is not what the client called.

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
    /// `http` or `https`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// The host, with its port where one was given.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.authority.as_str()
    }

    /// The host alone.
    #[must_use]
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
        const EXAMPLE: &str = "write one like http://assay.test:7979";
        let found = ["http", "https"]
            .into_iter()
            .find_map(|scheme| Some((scheme, text.strip_prefix(scheme)?.strip_prefix("://")?)));
        let Some((scheme, rest)) = found else {
            return Err(Problem::new(format!("`{text}` does not begin with http:// or https://"), EXAMPLE));
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#']) {
            return Err(Problem::new(
                format!("`{text}` has a path"),
                "write scheme, host and port alone, since the path of a presigned URL is signed",
            ));
        }
        match authority.parse::<Authority>() {
            // Such a host means the bucket already, and these URLs name it in their path.
            Ok(authority) if is_host_of_bucket(authority.host().as_bytes(), BUCKET) => Err(Problem::new(
                format!("`{text}` is a host of the bucket, and presigned URLs are path style"),
                "write one without `alloy-user-files.`",
            )),
            Ok(authority) if !authority.host().is_empty() && !authority.as_str().contains('@') => {
                Ok(Self { scheme, authority })
            }
            _ => Err(Problem::new(format!("`{text}` has no host"), EXAMPLE)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_host_and_port_are_read() {
        let url: PublicUrl = "https://assay.test:7979/".parse().unwrap();
        assert_eq!((url.scheme(), url.authority(), url.host()), ("https", "assay.test:7979", "assay.test"));
        assert_eq!(url.to_string(), "https://assay.test:7979");
    }

    #[test]
    fn what_is_no_such_url_is_refused() {
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
