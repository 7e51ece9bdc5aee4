//! URLs that are called, taken apart without being changed.

use std::{fmt, net::IpAddr, str::FromStr};

use hyper::Uri;

/// Scheme, host and port of a URL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    is_tls: bool,
    authority: String,
    host: String,
    port: u16,
}

/// A URL of `http` or `https`, taken apart. Nothing of it is decoded or put in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpUrl {
    /// Scheme, host and port.
    pub origin: Origin,
    /// Path and query, raw; `/` by default.
    pub target: String,
}

/// A text that is not an `http` or `https` URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an http:// or https:// URL, such as http://127.0.0.1:7979")]
pub struct InvalidUrl;

impl Origin {
    /// Returns whether its scheme is `https`.
    pub fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// Returns host and port as in the URL, for `Host`.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Returns the host, without the brackets of an IPv6 address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port, or the scheme's.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns whether it stays on this machine.
    pub fn is_loopback(&self) -> bool {
        let name = self.host.to_ascii_lowercase();
        match self.host.parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => name == "localhost" || name.ends_with(".localhost"),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.is_tls { "https" } else { "http" }, self.authority)
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.target)
    }
}

impl FromStr for HttpUrl {
    type Err = InvalidUrl;

    fn from_str(url: &str) -> Result<Self, InvalidUrl> {
        let http = strip_scheme(url, "http://").map(|rest| (false, rest));
        let of_tls = || strip_scheme(url, "https://").map(|rest| (true, rest));
        let (is_tls, rest) = http.or_else(of_tls).ok_or(InvalidUrl)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let target = target.split('#').next().unwrap_or_default();
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        let uri: Uri = format!("http://{authority}{target}").parse().map_err(|_| InvalidUrl)?;
        let named = uri.authority().ok_or(InvalidUrl)?;
        let host = named.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() || authority.contains('@') {
            return Err(InvalidUrl);
        }
        let port = named.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        Ok(Self { origin: Origin { is_tls, authority: authority.to_owned(), host, port }, target })
    }
}

fn strip_scheme<'a>(url: &'a str, scheme: &str) -> Option<&'a str> {
    url.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme)).map(|_| &url[scheme.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> HttpUrl {
        url.parse().unwrap()
    }

    #[test]
    fn takes_a_url_apart_and_leaves_its_target_as_it_is() {
        let url = parse("http://127.0.0.1:7979/b/a%20b%2Fc?X=%2b&y#z");
        assert_eq!((url.origin.authority(), url.target.as_str()), ("127.0.0.1:7979", "/b/a%20b%2Fc?X=%2b&y"));
        assert_eq!(parse("HTTP://h").to_string(), "http://h/");
        let url = parse("https://[::1]?a");
        assert_eq!((url.origin.host(), url.origin.port(), url.origin.is_tls()), ("::1", 443, true));
        assert_eq!(url.to_string(), "https://[::1]/?a");
        for none in ["", "h:80", "http://", "https:///x", "http://a b/", "http://me@h/", "ftp://h/"] {
            assert_eq!(none.parse::<HttpUrl>(), Err(InvalidUrl), "{none}");
        }
    }

    #[test]
    fn knows_this_machine_by_its_names() {
        for url in ["http://127.0.0.1:1", "https://localhost", "http://[::1]:80/x", "http://assay.localhost"]
        {
            assert!(parse(url).origin.is_loopback(), "{url}");
        }
        for url in ["http://10.0.0.1", "https://example.com", "http://localhost.example.com"] {
            assert!(!parse(url).origin.is_loopback(), "{url}");
        }
    }
}
