//! Another `Host` than the URL's. The header is always signed, with its port.

use hyper::{HeaderMap, header::HOST};

use crate::{
    exchange::{BUCKET, Violation, is_host_of_bucket},
    findings::refusal::words::{header, quoted},
};

/// Names of this machine: the same to a socket, not to a signature.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Returns what differs.
pub(super) fn differs(headers: &HeaderMap, issued: &str) -> Option<Violation> {
    let sent = header(headers, HOST.as_str()).unwrap_or_default();
    if sent == issued {
        return None;
    }
    let message = format!(
        "The URL is for the host {}, and the request's `Host` is {}. {} `Host` is signed, with its port.",
        quoted(issued),
        quoted(&sent),
        why(&sent, issued)
    );
    Some(Violation::new("s3-host", HOST.as_str(), message))
}

fn why(sent: &str, issued: &str) -> String {
    let is_bucket = |host: &str| is_host_of_bucket(host.as_bytes(), BUCKET);
    let ((sent_name, sent_port), (issued_name, issued_port)) = (parts(sent), parts(issued));
    if sent.eq_ignore_ascii_case(issued) {
        return "They differ in the case of their letters.".to_owned();
    }
    match (is_bucket(sent), is_bucket(issued)) {
        (true, false) => "The URL was rewritten from path style to virtual-host style.".to_owned(),
        (false, true) => "The URL was rewritten from virtual-host style to path style.".to_owned(),
        _ if sent_name == issued_name => match (sent_port, issued_port) {
            (None, Some(port)) => format!("The port {port} was dropped."),
            (Some(port), None) => format!("The port {} was added.", quoted(port)),
            _ => "The port is another.".to_owned(),
        },
        _ if LOOPBACK.contains(&sent_name) && LOOPBACK.contains(&issued_name) => {
            "Both name this machine, but the signature is only for one name.".to_owned()
        }
        _ => "A proxy, a CDN or the client itself has changed it.".to_owned(),
    }
}

/// Splits name and port.
fn parts(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_differ_in_many_ways() {
        for (sent, issued, telling) in [
            ("localhost", "localhost:7979", "port 7979 was dropped"),
            ("localhost:80", "localhost", "port `80` was added"),
            ("localhost:1", "localhost:2", "port is another"),
            ("127.0.0.1:1", "localhost:2", "Both name this machine"),
            ("[::1]", "127.0.0.1", "Both name this machine"),
            ("LOCALHOST:1", "localhost:1", "case"),
            ("alloy-user-files.localhost:1", "localhost:1", "to virtual-host style"),
            ("s3.amazonaws.com", "alloy-user-files.s3.amazonaws.com", "to path style"),
            ("cdn.example.com", "localhost:1", "A proxy"),
            ("", "localhost:1", "A proxy"),
        ] {
            assert!(why(sent, issued).contains(telling), "{sent}, {issued}: {}", why(sent, issued));
        }
    }
}
