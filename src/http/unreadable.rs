//! Requests that never reach the handler: hyper cannot read them and answers by itself.

use std::sync::Arc;

use hyper::StatusCode;

use super::stream::Handshake;

/// Limit on the kept bytes of such a request.
pub(super) const MAX_BYTES: usize = 16 << 10;

/// The answer to the HTTP/2 preface, which hyper leaves without one.
pub(super) const VERSION_NOT_SUPPORTED: &[u8] =
    b"HTTP/1.1 505 HTTP Version Not Supported\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// A request that could not be read.
#[derive(Debug)]
pub struct Unreadable {
    /// The request, cut to a bound.
    pub bytes: Vec<u8>,
    /// The status of the answer.
    pub status: Option<StatusCode>,
    /// The TLS handshake that failed, where it came no further.
    pub handshake: Option<Handshake>,
}

/// Called for each of them, before the answer goes out.
pub type OnUnreadable = Arc<dyn Fn(Unreadable) + Send + Sync>;

impl From<Handshake> for Unreadable {
    fn from(handshake: Handshake) -> Self {
        Self { bytes: Vec::new(), status: None, handshake: Some(handshake) }
    }
}

impl Unreadable {
    /// Returns a request that is answered with these bytes.
    pub(super) fn answered(bytes: Vec<u8>, answer: &[u8]) -> Self {
        let status = answer.get("HTTP/1.1 ".len()..).and_then(|rest| rest.get(..3));
        let status = status.and_then(|status| StatusCode::from_bytes(status).ok());
        Self { bytes, status, handshake: None }
    }
}
