//! The one `Host` of a request, which decides which API answers and what URLs begin with.

use std::net::SocketAddr;

use hyper::{HeaderMap, Version, header, http::uri::Authority};

/// The host that a request is for, as it was sent.
#[derive(Clone, Debug)]
pub(super) struct Host(Authority);

impl Host {
    /// Reads `Host`; returns `None` if it is missing, repeated or invalid. HTTP/1.0 may omit it.
    pub(super) fn of(headers: &HeaderMap, version: Version, own: SocketAddr) -> Option<Self> {
        let mut values = headers.get_all(header::HOST).iter();
        let authority = match (values.next(), values.next()) {
            (None, _) if version == Version::HTTP_10 => Authority::try_from(own.to_string()).ok()?,
            (Some(host), None) => Authority::try_from(host.as_bytes()).ok()?,
            _ => return None,
        };
        let has_port = authority.as_str().len() > authority.host().len();
        let is_host = !authority.host().is_empty() && !authority.as_str().contains('@');
        (is_host && (!has_port || authority.port_u16().is_some())).then_some(Self(authority))
    }

    /// Host and port.
    pub(super) fn authority(&self) -> &str {
        self.0.as_str()
    }

    /// Returns the host without its port.
    pub(super) fn name(&self) -> &str {
        self.0.host()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(values: &[&str], version: Version) -> Option<String> {
        let headers: HeaderMap = values.iter().map(|value| (header::HOST, value.parse().unwrap())).collect();
        let own = SocketAddr::from(([127, 0, 0, 1], 7979));
        Host::of(&headers, version, own).map(|host| host.authority().to_owned())
    }

    #[test]
    fn one_host_is_needed() {
        assert_eq!(host(&["[::1]:80"], Version::HTTP_11).as_deref(), Some("[::1]:80"));
        assert_eq!(host(&[], Version::HTTP_10).as_deref(), Some("127.0.0.1:7979"));
        for values in
            [&[][..], &[""], &["a", "b"], &["user@a"], &["a b"], &["a/b"], &["a\"<"], &["a:x"], &["a:99999"]]
        {
            assert_eq!(host(values, Version::HTTP_11), None, "{values:?}");
        }
    }
}
