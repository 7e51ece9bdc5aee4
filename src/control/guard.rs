//! Protects the control API from web pages. A page in the user's browser can send requests to their machine. Browsers
//! mark such requests with `Origin` or `Sec-Fetch-Site`, or the page's owner makes a host name point here (DNS
//! rebinding). All of these are refused; tools on this machine do not send them.

use std::net::IpAddr;

use hyper::{
    HeaderMap,
    header::{self, HeaderValue},
};

use super::error::Error;

/// Purpose of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A call of the API.
    Call,
    /// A file of the inspector.
    Page,
}

/// Host names of the control API, besides addresses and localhost.
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
        // A link to the page opens it in a tab, and returns nothing to the linking site.
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

/// Formats a header's value for a refusal.
fn excerpt(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).chars().take(200).collect()
}

/// Returns whether an origin is this server itself, as `Host` names it.
fn is_same(origin: &[u8], headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST) else { return false };
    let authority = origin.strip_prefix(b"http://").or_else(|| origin.strip_prefix(b"https://"));
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host.as_bytes()))
}
