//! Who may call the control side. A web page that somebody looks at can send requests to their machine:
//! those name the page in `Origin`, or come by a name that the page's owner made point here (DNS
//! rebinding). Both are refused; tools on this machine do neither.

use std::net::IpAddr;

use hyper::{HeaderMap, header};

use super::error::Error;

/// The names that the control side answers to, beside addresses and localhost.
#[derive(Clone, Debug, Default)]
pub struct Hosts(Vec<String>);

impl Hosts {
    /// These names, without ports.
    #[must_use]
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().map(|name| name.to_ascii_lowercase()).collect())
    }

    /// Lets a call in that comes to `host` (without its port) with these headers.
    pub(super) fn admit(&self, host: &str, headers: &HeaderMap) -> Result<(), Error> {
        let host = host.to_ascii_lowercase();
        if !self.knows(&host) {
            return Err(Error::ForeignHost(host));
        }
        for origin in headers.get_all(header::ORIGIN) {
            if !is_same(origin.as_bytes(), headers) {
                let origin = String::from_utf8_lossy(origin.as_bytes()).chars().take(200).collect();
                return Err(Error::ForeignOrigin(origin));
            }
        }
        Ok(())
    }

    fn knows(&self, host: &str) -> bool {
        let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        address.parse::<IpAddr>().is_ok()
            || host == "localhost"
            || host.ends_with(".localhost")
            || self.0.iter().any(|name| name == host)
    }
}

/// Whether an origin is this server itself, as `Host` names it.
fn is_same(origin: &[u8], headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST) else { return false };
    let authority = origin.strip_prefix(b"http://").or_else(|| origin.strip_prefix(b"https://"));
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: &str, origin: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]);
        headers.extend(origin.map(|origin| (header::ORIGIN, origin.parse().unwrap())));
        headers
    }

    #[test]
    fn addresses_localhost_and_named_hosts_are_known() {
        let hosts = Hosts::new(["Assay.Test".to_owned()]);
        for host in
            ["127.0.0.1", "[::1]", "10.1.2.3", "localhost", "LOCALHOST", "app.localhost", "assay.test"]
        {
            assert_eq!(hosts.admit(host, &HeaderMap::new()), Ok(()), "{host}");
        }
        for host in ["", "evil.example", "localhost.evil.example", "notlocalhost", "assay.test.evil"] {
            assert!(hosts.admit(host, &HeaderMap::new()).is_err(), "{host}");
        }
    }

    #[test]
    fn only_its_own_page_may_call() {
        let hosts = Hosts::default();
        let admit = |origin| hosts.admit("127.0.0.1", &headers("127.0.0.1:7979", Some(origin)));
        assert_eq!(admit("http://127.0.0.1:7979"), Ok(()));
        for origin in ["http://127.0.0.1:3000", "http://evil.example", "null", "http://127.0.0.1", ""] {
            assert!(admit(origin).is_err(), "{origin}");
        }
    }
}
