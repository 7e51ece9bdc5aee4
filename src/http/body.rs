//! A request's body as the handlers read it: counted, and given up where nothing comes for too long.

use std::{
    error::Error,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::{
    HeaderMap,
    body::{Body, Frame, Incoming, SizeHint},
    header::TRANSFER_ENCODING,
};
use tokio::time::{Instant, Sleep};

use crate::exchange::{BodyError, BoundedDuration};

/// The largest rest of a body that is read for the sake of keeping the connection.
const SETTLE_BYTES: u64 = 64 << 10;

/// Time to wait for the body: a small body comes with its head, or not at all.
const SETTLE_TIME: Duration = Duration::from_millis(250);

/// Position of a body's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Ahead,
    Reached,
    WithTrailers,
}

/// The body of a request.
#[derive(Debug)]
pub struct RequestBody {
    incoming: Incoming,
    received: u64,
    end: End,
    /// Transfer coding that hyper would pass through undecoded.
    coding: Option<String>,
    is_gone: bool,
    idle_timeout: Duration,
    /// Made when a read first has to wait: most bodies arrive with their head.
    idle: Option<Pin<Box<Sleep>>>,
    /// Whether the last read waits, so that it is the client who delays.
    is_waiting: bool,
}

impl RequestBody {
    /// Creates the body of a request with these headers. Reading it fails once nothing has come for
    /// `idle_timeout` of real time.
    pub fn new(incoming: Incoming, headers: &HeaderMap, idle_timeout: Duration) -> Self {
        Self {
            received: 0,
            end: if incoming.is_end_stream() { End::Reached } else { End::Ahead },
            coding: unknown_coding(headers),
            is_gone: false,
            idle_timeout,
            idle: None,
            is_waiting: false,
            incoming,
        }
    }

    /// Returns the number of bytes so far.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Returns whether all of it has been read, and the connection can carry another request. After
    /// trailers it cannot: hyper ends a trailer line only at CRLF, so a bare LF makes it take the
    /// next request for trailers.
    pub fn is_read(&self) -> bool {
        self.end == End::Reached
    }

    /// Returns whether the connection was found to be gone, so that no answer can reach anybody.
    pub fn is_gone(&self) -> bool {
        self.is_gone
    }

    /// Discards the rest of a small body that has arrived: a connection with an unread request
    /// cannot be used again.
    pub async fn settle(&mut self) {
        let left = self.incoming.size_hint().upper();
        if self.end != End::Ahead || left.is_none_or(|left| left > SETTLE_BYTES) {
            return;
        }
        let rest = async { while let Some(Ok(_)) = self.frame().await {} };
        let _ = tokio::time::timeout(SETTLE_TIME, rest).await;
    }

    /// Waits for the next byte, and no longer than the idle timeout from now on.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<BodyError> {
        let timeout = self.idle_timeout;
        let begins = !std::mem::replace(&mut self.is_waiting, true);
        let idle = match &mut self.idle {
            Some(idle) if begins => {
                idle.as_mut().reset(from_now(timeout));
                idle
            }
            idle => idle.get_or_insert_with(|| Box::pin(wait(timeout))),
        };
        idle.as_mut().poll(cx).map(|()| BodyError::Idle(timeout))
    }
}

/// Returns `Transfer-Encoding` unless it is missing or a single `chunked`.
fn unknown_coding(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(TRANSFER_ENCODING).iter();
    let coding = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect::<Vec<_>>().join(", ");
    (!coding.is_empty() && !coding.trim().eq_ignore_ascii_case("chunked")).then_some(coding)
}

#[expect(clippy::disallowed_methods, reason = "how long a client may be silent is real time")]
fn from_now(duration: Duration) -> Instant {
    Instant::now() + BoundedDuration::saturating(duration).get()
}

#[expect(clippy::disallowed_methods, reason = "how long a client may be silent is real time")]
fn wait(duration: Duration) -> Sleep {
    tokio::time::sleep(duration)
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Some(coding) = &self.coding {
            return Poll::Ready(Some(Err(BodyError::Coding(coding.clone()))));
        }
        let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(cx) else {
            return self.poll_idle(cx).map(|idle| Some(Err(idle)));
        };
        self.is_waiting = false;
        match frame {
            None if self.end == End::Ahead => self.end = End::Reached,
            None => {}
            Some(Ok(ref frame)) => {
                self.received += frame.data_ref().map_or(0, |data| data.len() as u64);
                if frame.is_trailers() {
                    self.end = End::WithTrailers;
                } else if self.incoming.is_end_stream() {
                    self.end = End::Reached;
                }
            }
            Some(Err(error)) => {
                self.is_gone = io_kind(&error).is_some_and(is_gone);
                return Poll::Ready(Some(Err(explain(error))));
            }
        }
        Poll::Ready(frame.map(|frame| frame.map_err(explain)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

/// hyper says that a body ended early by an `UnexpectedEof` deep inside.
fn explain(error: hyper::Error) -> BodyError {
    if io_kind(&error) == Some(io::ErrorKind::UnexpectedEof) || error.is_incomplete_message() {
        BodyError::Incomplete
    } else {
        BodyError::Broken(Box::new(error))
    }
}

/// Returns the system's error, if it was one.
fn io_kind(error: &hyper::Error) -> Option<io::ErrorKind> {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            return Some(io.kind());
        }
        cause = inner.source();
    }
    None
}

/// Returns whether the client is gone. One that sent a malformed chunk is there, and gets an answer.
fn is_gone(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, TimedOut};
    matches!(kind, BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | TimedOut)
}
