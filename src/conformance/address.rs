//! The address of a server under test.

use std::net::IpAddr;

use hyper::Uri;

/// An API's base: `http://host:port`, and a path that is before all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// `host:port`, as it is connected to and as `Host` says.
    pub(super) authority: String,
    /// Without a slash at its end.
    pub(super) base_path: String,
}

/// A URL taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) authority: String,
    /// Path and query, raw.
    pub(super) target: String,
}

/// Why a URL cannot be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadLink {
    /// It is `https`, which is not offered.
    Https,
    /// It is none.
    NotOne,
}

impl Link {
    /// Reads a URL. The target stays as it is: nothing is decoded or put in order.
    pub(super) fn parse(url: &str) -> Result<Self, BadLink> {
        let Some(rest) = strip_scheme(url, "http://") else {
            let is_https = strip_scheme(url, "https://").is_some();
            return Err(if is_https { BadLink::Https } else { BadLink::NotOne });
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let target = target.split('#').next().unwrap_or_default();
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        let uri: Uri = format!("http://{authority}{target}").parse().map_err(|_| BadLink::NotOne)?;
        let named = uri.authority().ok_or(BadLink::NotOne)?;
        if named.host().is_empty() || authority.contains('@') {
            return Err(BadLink::NotOne);
        }
        let authority = match named.port_u16() {
            Some(_) => authority.to_owned(),
            None => format!("{}:80", named.host()),
        };
        Ok(Self { authority, target })
    }

    /// Whether it stays on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        is_loopback(&self.authority)
    }
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self, BadLink> {
        let Link { authority, target } = Link::parse(url)?;
        if target.contains('?') {
            return Err(BadLink::NotOne);
        }
        Ok(Self { authority, base_path: target.trim_end_matches('/').to_owned() })
    }

    pub(super) fn is_loopback(&self) -> bool {
        is_loopback(&self.authority)
    }
}

fn strip_scheme<'a>(url: &'a str, scheme: &str) -> Option<&'a str> {
    url.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme)).map(|_| &url[scheme.len()..])
}

fn is_loopback(authority: &str) -> bool {
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let name = host.to_ascii_lowercase();
    match host.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart_and_its_target_stays_as_it_is() {
        let link = Link::parse("http://127.0.0.1:7979/b/a%20b%2Fc?X=%2b&y").unwrap();
        assert_eq!(link.authority, "127.0.0.1:7979");
        assert_eq!(link.target, "/b/a%20b%2Fc?X=%2b&y");
        assert_eq!(Link::parse("HTTP://h").unwrap(), Link { authority: "h:80".into(), target: "/".into() });
        assert_eq!(Link::parse("https://h/"), Err(BadLink::Https));
        for none in ["", "h:80", "http://", "http:///x", "http://a b/", "http://me@h/", "ftp://h/"] {
            assert_eq!(Link::parse(none), Err(BadLink::NotOne), "{none}");
        }
    }

    #[test]
    fn an_api_may_have_a_base_path() {
        let address = Address::parse("http://localhost:80/api/").unwrap();
        assert_eq!((address.authority.as_str(), address.base_path.as_str()), ("localhost:80", "/api"));
        assert_eq!(Address::parse("http://h").unwrap().base_path, "");
        assert_eq!(Address::parse("http://h/?a"), Err(BadLink::NotOne));
    }

    #[test]
    fn this_machine_is_known_by_its_names() {
        for url in ["http://127.0.0.1:1", "http://localhost", "http://[::1]:80/x", "http://assay.localhost"] {
            assert!(Link::parse(url).unwrap().is_loopback(), "{url}");
        }
        for url in ["http://10.0.0.1", "http://example.com", "http://localhost.example.com"] {
            assert!(!Link::parse(url).unwrap().is_loopback(), "{url}");
        }
    }
}
