//! Who may call the control API. A web page that somebody looks at can send requests to their machine. Browsers mark
//! such requests with `Origin` or `Sec-Fetch-Site`, or they come by a name that the page's owner made point here (DNS
//! rebinding). All of them are refused; tools on this machine send none of it.

use std::net::IpAddr;

use hyper::{
    HeaderMap,
    header::{self, HeaderValue},
};

use super::error::Error;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A call of the API.
    Call,
    /// A file of the inspector.
    Page,
}

/// The names that the control API answers to, beside addresses and localhost.
#[derive(Clone, Debug, Default)]
pub struct Hosts(Vec<String>);

impl Hosts {
    /// These names, without ports.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().map(|name| name.to_ascii_lowercase()).collect())
    }

    /// Checks a request to `host` (without its port) with these headers.
    ///
    /// # Errors
    ///
    /// An [`Error`] with status 403 if the host is unknown or a foreign web page sent the request.
    pub(super) fn admit(&self, target: Target, host: &str, headers: &HeaderMap) -> Result<(), Error> {
        let host = host.to_ascii_lowercase();
        if !self.knows(&host) {
            return Err(Error::ForeignHost(host));
        }
        for origin in headers.get_all(header::ORIGIN) {
            if !is_same(origin.as_bytes(), headers) {
                return Err(Error::ForeignOrigin(excerpt(origin)));
            }
        }
        // A link to the page that somebody clicks on shows the page to them, and tells the other site nothing.
        let is_link = target == Target::Page
            && headers.get("sec-fetch-mode").is_some_and(|mode| mode == "navigate")
            && headers.get("sec-fetch-dest").is_some_and(|destination| destination == "document");
        for site in headers.get_all("sec-fetch-site").iter().filter(|_| !is_link) {
            if site != "same-origin" && site != "none" {
                return Err(Error::ForeignPage("Sec-Fetch-Site", excerpt(site)));
            }
        }
        let destinations: &[&str] = match target {
            Target::Call => &["empty", "document"],
            Target::Page => &["empty", "document", "script", "style", "image"],
        };
        for destination in headers.get_all("sec-fetch-dest") {
            if !destinations.iter().any(|known| destination == known) {
                return Err(Error::ForeignPage("Sec-Fetch-Dest", excerpt(destination)));
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

/// A header's value as it is quoted in a refusal.
fn excerpt(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).chars().take(200).collect()
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
            assert_eq!(hosts.admit(Target::Call, host, &HeaderMap::new()), Ok(()), "{host}");
        }
        for host in ["", "evil.example", "localhost.evil.example", "notlocalhost", "assay.test.evil"] {
            assert!(hosts.admit(Target::Call, host, &HeaderMap::new()).is_err(), "{host}");
        }
    }

    #[test]
    fn only_its_own_page_may_call() {
        let hosts = Hosts::default();
        let admit = |origin| hosts.admit(Target::Call, "127.0.0.1", &headers("127.0.0.1:7979", Some(origin)));
        assert_eq!(admit("http://127.0.0.1:7979"), Ok(()));
        for origin in ["http://127.0.0.1:3000", "http://evil.example", "null", "http://127.0.0.1", ""] {
            assert!(admit(origin).is_err(), "{origin}");
        }
    }

    #[test]
    fn refuses_requests_that_a_browser_marks_as_foreign() {
        let hosts = Hosts::default();
        let admit = |target, marks: &[(&'static str, &str)]| {
            let mut headers = headers("127.0.0.1:7979", None);
            headers.extend(
                marks
                    .iter()
                    .map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap())),
            );
            hosts.admit(target, "127.0.0.1", &headers).is_ok()
        };
        let [site, mode, dest] = ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"];
        for target in [Target::Call, Target::Page] {
            assert!(admit(target, &[(site, "same-origin"), (dest, "empty")]));
            assert!(admit(target, &[(site, "none"), (mode, "navigate"), (dest, "document")]));
            for marks in [
                &[(site, "cross-site")][..],
                &[(site, "same-site")],
                &[(site, "new-value")],
                &[(site, "same-origin"), (site, "cross-site")],
                &[(site, "none"), (dest, "iframe")],
                &[(dest, "video")],
                &[(site, "cross-site"), (mode, "no-cors"), (dest, "document")],
                &[(site, "cross-site"), (mode, "navigate"), (dest, "iframe")],
            ] {
                assert!(!admit(target, marks), "{target:?} {marks:?}");
            }
        }
        let link = [(site, "cross-site"), (mode, "navigate"), (dest, "document")];
        let image = [(site, "same-origin"), (dest, "image")];
        assert!(admit(Target::Page, &link) && admit(Target::Page, &image));
        assert!(!admit(Target::Call, &link) && !admit(Target::Call, &image));
    }
}
