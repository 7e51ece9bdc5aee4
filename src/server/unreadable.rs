//! The record of a request that hyper could not read: it has no handler, and still a line in the log, a place in the
//! journal and a finding.

use hyper::{
    Method, StatusCode,
    header::{HeaderName, HeaderValue},
    http::request::Parts,
};
use tokio_rustls::rustls::{self, AlertDescription};

use super::{compose::Server, forward::InTheClear, log};
use crate::{
    exchange::{Operation, Violation},
    findings,
    http::{Handshake, Unreadable},
    journal::Draft,
};

impl Server {
    /// Records a request that was answered without a handler.
    pub(super) fn record_unreadable(&self, request: &Unreadable) {
        let mut draft = Draft::of(Operation::Unknown);
        draft.at = self.clock.now();
        draft.status = request.status;
        let unreadable = || {
            let status = request.status.unwrap_or(StatusCode::BAD_REQUEST);
            findings::unreadable(&request.bytes, status)
        };
        let violation = request.handshake.as_ref().map_or_else(unreadable, explain);
        draft.violations = vec![violation];
        read_head(&request.bytes, &mut draft);
        let journal = &self.books.journal;
        log::exchange(&draft, journal);
        journal.record(journal.epoch(), draft);
    }
}

/// What a failed handshake tells.
fn explain(handshake: &Handshake) -> Violation {
    use AlertDescription::{BadCertificate, CertificateExpired, CertificateUnknown, UnknownCA};
    let cause = handshake.error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>());
    let distrusted = match cause {
        Some(rustls::Error::AlertReceived(alert)) => {
            matches!(alert, BadCertificate | CertificateExpired | CertificateUnknown | UnknownCA)
                .then(|| format!("{alert:?}"))
        }
        _ => None,
    };
    findings::handshake(handshake.server_name.as_deref(), distrusted.as_deref(), &handshake.error.to_string())
}

/// The finding of a request for an `https` URL that came to the proxy without TLS.
pub(super) fn in_the_clear(head: &Parts) -> Option<Violation> {
    head.extensions.get::<InTheClear>().map(|_| {
        let message =
            "The client sent the request for an `https` URL to the proxy in the clear, with its API key.";
        Violation::new("https-in-clear", "", message)
    })
}

/// Takes from the head what can be read of it.
fn read_head(bytes: &[u8], draft: &mut Draft) {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let mut words = lines.next().unwrap_or_default().trim_ascii().split(|byte| *byte == b' ');
    let method = words.next().and_then(|method| Method::from_bytes(method).ok());
    // A method may be any token; `-` stands for none.
    draft.method = method.or_else(|| Method::from_bytes(b"-").ok()).unwrap_or_default();
    let is_text = bytes.first().is_some_and(u8::is_ascii_graphic);
    draft.target =
        words.next().filter(|_| is_text).map(String::from_utf8_lossy).unwrap_or_default().into_owned();
    for line in lines.map_while(|line| Some(line.trim_ascii()).filter(|line| !line.is_empty())) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            draft.request.headers.append(name, value);
        }
    }
}
