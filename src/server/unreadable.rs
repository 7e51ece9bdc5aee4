//! The record of a request that hyper could not read: it has no handler, and still a line in the log, a place in the
//! journal and a finding.

use hyper::{Method, StatusCode, header::HeaderName, http::request::Parts};
#[cfg(feature = "tls")]
use tokio_rustls::rustls::{self, AlertDescription};

use super::{
    compose::Server,
    forward::{InTheClear, normal},
    host::Host,
};
use crate::{
    exchange::{Exchange, Violation},
    findings,
    http::{Handshake, Unreadable, Via},
};

impl Server {
    /// Records a request that was answered without a handler.
    pub(super) fn record_unreadable(&self, request: &Unreadable) {
        let unreadable = || {
            let status = request.status.unwrap_or(StatusCode::BAD_REQUEST);
            findings::unreadable(&request.bytes, status)
        };
        let mut exchange = Exchange { at: self.clock.now(), ..Exchange::default() };
        exchange.status = request.status.map(|status| status.as_u16());
        exchange.origin = request
            .handshake
            .as_ref()
            .and_then(|handshake| handshake.server_name.as_ref().map(|name| format!("https://{name}")));
        exchange.report([request.handshake.as_ref().map_or_else(unreadable, explain)]);
        read_head(&request.bytes, &mut exchange);
        self.records.record_alone(exchange);
    }
}

/// Explains a failed handshake.
fn explain(handshake: &Handshake) -> Violation {
    let agent = handshake.tunnel.as_ref().and_then(|tunnel| tunnel.user_agent.as_deref());
    let client = agent.map_or("The client".to_owned(), |agent| format!("The client `{agent}`"));
    let host = handshake.server_name.as_deref();
    #[cfg(feature = "tls")]
    if let Some(alert) = distrust(&handshake.error) {
        return findings::distrusted(&client, host, &alert, agent.and_then(crate::intercept::trust));
    }
    findings::handshake(&client, host, &handshake.error)
}

/// Returns the alert by which a client says that it does not trust the certificate.
#[cfg(feature = "tls")]
fn distrust(error: &std::io::Error) -> Option<String> {
    use AlertDescription::{BadCertificate, CertificateExpired, CertificateUnknown, UnknownCA};
    match error.get_ref()?.downcast_ref::<rustls::Error>()? {
        rustls::Error::AlertReceived(alert) => {
            matches!(alert, BadCertificate | CertificateExpired | CertificateUnknown | UnknownCA)
                .then(|| format!("{alert:?}"))
        }
        _ => None,
    }
}

/// Returns the violation of a request for an `https` URL that the proxy got without TLS.
pub(super) fn in_the_clear(head: &Parts) -> Option<Violation> {
    head.extensions.get::<InTheClear>().map(|_| {
        let message =
            "The client sent the request for an `https` URL to the proxy in the clear, with its API key.";
        Violation::new("https-in-clear", "", message)
    })
}

/// Returns the finding for a `Host` that differs from the name of the TLS connection or of its `CONNECT`.
pub(super) fn other_host(head: &Parts, host: Option<&Host>) -> Option<Violation> {
    let (via, host) = (head.extensions.get::<Via>()?, normal(host?.name()));
    let of_tls = via.server_name.as_deref().map(|name| (normal(name), "the TLS hello"));
    let tunnel = via.tunnel.as_ref().map(|tunnel| (normal(tunnel.target.host()), "CONNECT"));
    let (name, place) = of_tls.into_iter().chain(tunnel).find(|(name, _)| *name != host)?;
    let message = format!(
        "`Host` is `{host}`, and {place} named `{name}`: a server of the one may not be of the other."
    );
    Some(Violation::new("host-mismatch", "host", message))
}

/// Records the readable part of the head.
fn read_head(bytes: &[u8], exchange: &mut Exchange) {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let mut words = lines.next().unwrap_or_default().trim_ascii().split(|byte| *byte == b' ');
    let method = words.next().and_then(|method| Method::from_bytes(method).ok());
    // A method may be any token; `-` means none.
    exchange.method = method.map_or("-".to_owned(), |method| method.to_string());
    let is_text = bytes.first().is_some_and(u8::is_ascii_graphic);
    exchange.path =
        words.next().filter(|_| is_text).map(String::from_utf8_lossy).unwrap_or_default().into_owned();
    for line in lines.map_while(|line| Some(line.trim_ascii()).filter(|line| !line.is_empty())) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if let Ok(name) = HeaderName::from_bytes(name) {
            exchange.request.headers.append(name.as_str(), &String::from_utf8_lossy(value));
        }
    }
}
