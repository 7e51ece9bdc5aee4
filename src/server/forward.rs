//! The forward proxy: `CONNECT` and absolute-form requests. The hosts of Alloy's production and of its bucket are
//! answered here; others are passed on unread, for clients on this machine and where `--allow-host` permits.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use hyper::{
    Method, StatusCode, Uri,
    header::{self, HeaderValue},
    http::{request::Parts, uri::Authority},
};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use super::compose::Server;
use crate::{
    config::NetworkSettings,
    exchange::{Answer, BUCKET, Content, Glob, PRODUCTION},
    http::{ConnectionHandle, Ending, Tunnel, Via},
};

/// Time limit for connecting to another host, in real time.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Headers that are about the connection to the proxy.
const HOP_BY_HOP: [&str; 5] =
    ["connection", "keep-alive", "proxy-authorization", "proxy-connection", "upgrade"];

/// Which hosts are answered, and which are passed on to.
#[derive(Debug)]
pub(super) struct Forward {
    own: SocketAddr,
    s3_hosts: Vec<String>,
    further: Vec<String>,
    allowed: Vec<Glob>,
}

/// Decision about a host.
enum Route {
    /// It is answered here.
    Own,
    /// It is passed on to this address.
    Elsewhere(String),
    /// It is refused, for this reason.
    Refused(String),
}

impl Forward {
    /// Creates the forward proxy of an emulator at `own` whose bucket is in this region.
    pub(super) fn new(settings: &NetworkSettings, region: &str, own: SocketAddr) -> Self {
        let s3_hosts = ["s3", &format!("s3.{region}"), &format!("s3.dualstack.{region}")]
            .map(|name| format!("{name}.amazonaws.com"));
        Self {
            own,
            s3_hosts: s3_hosts.into(),
            further: settings.intercept_hosts.iter().map(|host| host.0.to_ascii_lowercase()).collect(),
            allowed: settings.allow_hosts.iter().map(|host| Glob::new(host.0.to_ascii_lowercase())).collect(),
        }
    }

    /// Makes these names of a proxy's upstream, and those of any region's S3, ones that are answered here.
    pub(super) fn stand_for(&mut self, upstream: Option<String>) {
        self.further.extend(upstream.map(|host| host.to_ascii_lowercase()));
        self.s3_hosts.push("amazonaws.com".to_owned());
    }

    /// Returns the names that the local authority may sign for, each including its subdomains.
    pub(super) fn names(&self) -> Vec<String> {
        let intercepted = self.s3_hosts.iter().chain(&self.further).cloned();
        std::iter::once(PRODUCTION.to_owned()).chain(intercepted).collect()
    }

    /// Returns all names that the proxy answers itself.
    pub(super) fn hosts(&self) -> Vec<String> {
        let buckets = self.s3_hosts.iter().map(|host| format!("{BUCKET}.{host}"));
        self.names().into_iter().chain(buckets).collect()
    }

    /// Returns whether the proxy answers for a host itself.
    pub(super) fn intercepts(&self, host: &str) -> bool {
        let host = normal(host);
        host == PRODUCTION || self.is_s3(&host) || self.further.contains(&host)
    }

    /// Returns whether a host is S3's, of the bucket or path style.
    pub(super) fn is_s3(&self, host: &str) -> bool {
        let host = normal(host);
        let host = host.strip_prefix(BUCKET).and_then(|rest| rest.strip_prefix('.')).unwrap_or(&host);
        self.s3_hosts.iter().any(|known| known == host)
    }

    /// Returns the base URL of presigned URLs for a client that calls this host.
    pub(super) fn base(&self, host: &str, authority: &str, is_tls: bool) -> String {
        if normal(host) == PRODUCTION {
            // The second name is the one with the region, as production hands it out.
            let s3 = self.s3_hosts.get(1).map_or("s3.amazonaws.com", String::as_str);
            return format!("https://{BUCKET}.{s3}");
        }
        format!("{}://{authority}", if is_tls { "https" } else { "http" })
    }

    fn route(&self, target: &Authority, default_port: Option<u16>, peer: IpAddr) -> Route {
        let host = normal(target.host());
        let Some(port) = target.port_u16().or(default_port) else {
            return Route::Refused(format!("CONNECT needs a host and a port, such as {PRODUCTION}:443"));
        };
        if self.intercepts(&host) || self.is_own(&host, port) {
            return Route::Own;
        }
        if !peer.to_canonical().is_loopback() {
            return Route::Refused(format!(
                "`{host}` is not passed on to: the proxy serves clients on its own machine"
            ));
        }
        if self.allowed.iter().any(|allowed| allowed.matches(&host)) {
            return Route::Elsewhere(format!("{}:{port}", target.host()));
        }
        Route::Refused(format!(
            "`{host}` is neither intercepted nor allowed: start with --intercept-host {host} to answer it, or with \
             --allow-host {host} to pass it on"
        ))
    }

    /// Returns whether an address is the emulator's own: a tunnel to it would be a loop.
    fn is_own(&self, host: &str, port: u16) -> bool {
        let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        let is_here = match address {
            Some(address) => {
                let address = address.to_canonical();
                address == self.own.ip().to_canonical() || address.is_loopback() || address.is_unspecified()
            }
            None => host == "localhost" || host.ends_with(".localhost"),
        };
        is_here && port == self.own.port()
    }
}

/// Normalizes a host's name for comparison.
pub(super) fn normal(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

impl Server {
    /// Handles proxy requests: `CONNECT`, and absolute URLs. Never returns if it tunnels the connection; returns an
    /// answer if it refuses. Other requests are for the emulator, and are rewritten to their relative form.
    pub(super) async fn forward(&self, head: &mut Parts, connection: &ConnectionHandle) -> Option<Answer> {
        let is_connect = head.method == Method::CONNECT;
        if !is_connect && head.uri.scheme().is_none() {
            return None;
        }
        let via = head.extensions.get::<Via>()?;
        let is_https = head.uri.scheme_str() == Some("https");
        let Some(target) = head.uri.authority().cloned() else {
            return Some(refused("the request for a proxy names no host"));
        };
        if is_connect && (via.is_tls || via.tunnel.is_some()) {
            return Some(refused(
                "CONNECT inside TLS or a tunnel is not supported: give the proxy as an http:// URL",
            ));
        }
        let default_port = (!is_connect).then_some(if is_https { 443 } else { 80 });
        let answer = match self.forward.route(&target, default_port, via.peer.ip()) {
            Route::Own if is_connect => {
                let agent = head.headers.get(header::USER_AGENT);
                let user_agent = agent.map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned());
                match connection.end(Ending::Intercept(Tunnel { target, user_agent })).await {}
            }
            Route::Own => {
                make_direct(head, &target, is_https);
                return None;
            }
            Route::Refused(reason) => refused(&reason),
            Route::Elsewhere(_) if is_https => refused(
                "a request for an https URL came without TLS: let the client send CONNECT to its proxy",
            ),
            Route::Elsewhere(address) => match connect(&address).await {
                Ok(mut stream) => {
                    let sent =
                        if is_connect { Ok(()) } else { stream.write_all(&direct_head(head, &target)).await };
                    match sent {
                        Ok(()) => {
                            match connection
                                .end(Ending::Tunnel { target: stream, announced: is_connect })
                                .await {}
                        }
                        Err(error) => refused(&format!("cannot write to `{address}`: {error}")),
                    }
                }
                Err(error) => refused(&format!("cannot connect to `{address}`: {error}")),
            },
        };
        Some(answer)
    }
}

/// Makes a request for a proxy one for the host itself. Its URL goes before its `Host` (RFC 9112, section 3.2.2).
fn make_direct(head: &mut Parts, target: &Authority, is_https: bool) {
    if let Ok(host) = HeaderValue::from_str(target.as_str()) {
        head.headers.insert(header::HOST, host);
    }
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    head.uri = path.parse().unwrap_or_else(|_| Uri::from_static("/"));
    if is_https && let Some(via) = head.extensions.get_mut::<Via>() {
        via.is_tls = true;
        head.extensions.insert(InTheClear);
    }
}

/// Marks a request for an `https` URL that was sent to the proxy without TLS.
#[derive(Clone, Copy, Debug)]
pub(super) struct InTheClear;

/// Formats the head of a forwarded request; its connection serves no other.
fn direct_head(head: &Parts, target: &Authority) -> Vec<u8> {
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut bytes =
        format!("{} {path} HTTP/1.1\r\nhost: {target}\r\nconnection: close\r\n", head.method).into_bytes();
    for (name, value) in &head.headers {
        if name != header::HOST && !HOP_BY_HOP.contains(&name.as_str()) {
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}

async fn connect(address: &str) -> std::io::Result<TcpStream> {
    tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await?
}

/// 502, with a sentence.
fn refused(reason: &str) -> Answer {
    tracing::info!("the forward proxy answers 502: {reason}");
    Answer::new(StatusCode::BAD_GATEWAY, Content::Whole(format!("assay: {reason}\n").into()))
        .with(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{HostName, HostPattern};

    fn forward(allowed: &[&str]) -> Forward {
        let settings = NetworkSettings {
            intercept_hosts: vec![HostName("API.example.com".to_owned())],
            allow_hosts: allowed.iter().map(|host| HostPattern((*host).to_owned())).collect(),
            ..NetworkSettings::default()
        };
        Forward::new(&settings, "us-east-1", "127.0.0.1:7979".parse().unwrap())
    }

    fn route(allowed: &[&str], target: &str, peer: &str) -> String {
        match forward(allowed).route(&target.parse().unwrap(), None, peer.parse().unwrap()) {
            Route::Own => "own".to_owned(),
            Route::Elsewhere(address) => address,
            Route::Refused(reason) => reason,
        }
    }

    #[test]
    fn answers_the_intercepted_hosts_and_its_own_address() {
        for target in [
            "production.runalloy.com:443",
            "Production.RunAlloy.com.:443",
            "alloy-user-files.s3.us-east-1.amazonaws.com:443",
            "alloy-user-files.s3.amazonaws.com:443",
            "s3.dualstack.us-east-1.amazonaws.com:443",
            "api.example.com:80",
            "127.0.0.1:7979",
            "localhost:7979",
            "[::1]:7979",
        ] {
            assert_eq!(route(&[], target, "10.0.0.1"), "own", "{target}");
        }
    }

    #[test]
    fn is_no_open_proxy() {
        let reason = route(&["*"], "example.org:443", "10.0.0.1");
        assert!(reason.contains("clients on its own machine"), "{reason}");
        let reason = route(&[], "example.org:443", "127.0.0.1");
        assert!(reason.contains("--allow-host example.org"), "{reason}");
        assert!(route(&["*"], "example.org", "127.0.0.1").contains("a host and a port"));
        assert_eq!(route(&["*.org"], "example.org:443", "127.0.0.1"), "example.org:443");
        assert_eq!(route(&["*"], "[2001:db8::1]:443", "::ffff:127.0.0.1"), "[2001:db8::1]:443");
        assert!(route(&["*.net"], "example.org:443", "::1").contains("neither intercepted nor allowed"));
        assert!(route(&[], "alloy-user-files.s3.evil.example:443", "::1").contains("neither"));
    }

    #[test]
    fn presigned_urls_begin_as_in_production_for_its_host_alone() {
        let forward = forward(&[]);
        let production = forward.base("production.runalloy.com", "production.runalloy.com", true);
        assert_eq!(production, "https://alloy-user-files.s3.us-east-1.amazonaws.com");
        assert_eq!(forward.base("localhost", "localhost:7979", true), "https://localhost:7979");
        assert_eq!(forward.base("127.0.0.1", "127.0.0.1:7979", false), "http://127.0.0.1:7979");
    }
}
