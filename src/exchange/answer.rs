//! The answer of a handler, before it becomes bytes.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use hyper::{
    HeaderMap, StatusCode,
    body::{Body, Frame, SizeHint},
    ext::ReasonPhrase,
    header::{self, HeaderName, HeaderValue},
};
use tokio::task::{JoinHandle, spawn_blocking};

use super::{Coming, Live, Source, Sourced};

/// A handler's answer: status, headers and content. `Date` and `Content-Length` are not among its headers:
/// the pipeline and hyper add them.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The content.
    pub content: Content,
    /// Reason phrase, where it is not the usual one.
    pub reason: Option<ReasonPhrase>,
}

/// An answer's content.
#[derive(Debug)]
pub enum Content {
    /// Bytes that are there already; may be none. Their length becomes `Content-Length`.
    Whole(Bytes),
    /// Bytes of unannounced length: `Transfer-Encoding: chunked`, as S3 sends its errors.
    Chunked(Bytes),
    /// A stored file's bytes. Their number becomes `Content-Length`; they are never journaled.
    File(Arc<dyn Source>),
    /// Content sent as it happens, in chunks. Never journaled.
    Live(Box<dyn Live>),
    /// Content of another server's answer, passed on unchanged. Never in the journal.
    Passed(PassedBody),
}

/// The body of another server's answer.
pub struct PassedBody(pub Pin<Box<dyn Body<Data = Bytes, Error = io::Error> + Send>>);

impl std::fmt::Debug for PassedBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PassedBody")
    }
}

impl Answer {
    /// Creates an answer without headers or content.
    pub fn empty(status: StatusCode) -> Self {
        Self::new(status, Content::Whole(Bytes::new()))
    }

    /// Creates an answer with content and without headers.
    pub fn new(status: StatusCode, content: Content) -> Self {
        Self { status, headers: HeaderMap::new(), content, reason: None }
    }

    /// Returns the answer with a header added or replaced.
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Adds `Retry-After`, in whole seconds, rounded up, if there is a wait.
    pub fn retry_after(self, wait: Option<Duration>) -> Self {
        let Some(wait) = wait else { return self };
        let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
        self.with(header::RETRY_AFTER, seconds.into())
    }
}

impl Content {
    /// Returns the content if it is our own text, not a file.
    pub fn text(&self) -> Option<&Bytes> {
        match self {
            Self::Whole(bytes) | Self::Chunked(bytes) => Some(bytes),
            Self::File(_) | Self::Live(_) | Self::Passed(_) => None,
        }
    }

    /// Returns the content as a body that can be sent.
    pub fn into_body(self) -> ContentBody {
        let (rest, length) = match self {
            Self::Whole(bytes) => {
                let length = bytes.len() as u64;
                (Rest::Once(bytes), Some(length))
            }
            Self::Chunked(bytes) => (Rest::Once(bytes), None),
            Self::File(source) => {
                let length = source.size();
                (Rest::File { source, reading: None }, Some(length))
            }
            Self::Live(live) => (Rest::Live(live.next()), None),
            Self::Passed(body) => {
                let length = body.0.size_hint().exact();
                (Rest::Passed(body), length)
            }
        };
        ContentBody { rest, length, sent: 0 }
    }
}

/// The content of an answer while it is sent. Must be polled in a tokio runtime: files are read on other threads.
#[derive(Debug)]
pub struct ContentBody {
    rest: Rest,
    length: Option<u64>,
    sent: u64,
}

/// The part that is still to be sent.
enum Rest {
    Once(Bytes),
    File { source: Arc<dyn Source>, reading: Option<JoinHandle<io::Result<Bytes>>> },
    Live(Coming),
    Passed(PassedBody),
}

impl std::fmt::Debug for Rest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Once(_) => "Once",
            Self::File { .. } => "File",
            Self::Live(_) => "Live",
            Self::Passed(_) => "Passed",
        })
    }
}

impl ContentBody {
    /// Returns the number of bytes returned so far.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Bytes>> {
        let (source, reading) = match &mut self.rest {
            Rest::Once(bytes) => return Poll::Ready(Ok(std::mem::take(bytes))),
            Rest::File { source, reading } => (source, reading),
            Rest::Live(coming) => {
                let come = ready!(coming.as_mut().poll(cx));
                let (piece, rest) = match come {
                    Some((piece, live)) => (piece, Rest::Live(live.next())),
                    None => (Bytes::new(), Rest::Once(Bytes::new())),
                };
                self.rest = rest;
                return Poll::Ready(Ok(piece));
            }
            Rest::Passed(body) => loop {
                let Some(frame) = ready!(body.0.as_mut().poll_frame(cx)).transpose()? else {
                    self.rest = Rest::Once(Bytes::new());
                    return Poll::Ready(Ok(Bytes::new()));
                };
                if let Ok(piece) = frame.into_data()
                    && !piece.is_empty()
                {
                    return Poll::Ready(Ok(piece));
                }
            },
        };
        if reading.is_none() {
            match source.piece(self.sent) {
                Sourced::Here(bytes) => return Poll::Ready(Ok(bytes)),
                Sourced::Blocking(read) => *reading = Some(spawn_blocking(read)),
            }
        }
        let Some(task) = reading else { return Poll::Pending };
        let read = ready!(Pin::new(task).poll(cx));
        *reading = None;
        Poll::Ready(read.map_err(io::Error::other).flatten())
    }
}

impl Body for ContentBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.is_end_stream() {
            return Poll::Ready(None);
        }
        let piece = ready!(self.poll_piece(cx))?;
        self.sent += piece.len() as u64;
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.rest {
            Rest::Once(bytes) => bytes.is_empty(),
            Rest::File { source, .. } => self.sent >= source.size(),
            Rest::Live(_) => false,
            Rest::Passed(body) => body.0.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self.length {
            Some(length) => SizeHint::with_exact(length - self.sent),
            None => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_rounded_up_to_whole_seconds() {
        let reported = |millis| {
            let answer = Answer::empty(StatusCode::OK).retry_after(Some(Duration::from_millis(millis)));
            answer.headers[header::RETRY_AFTER].to_str().unwrap().to_owned()
        };
        assert_eq!([0, 1, 1000, 1001, 90_000].map(reported), ["0", "1", "1", "2", "90"]);
        let longest = Answer::empty(StatusCode::OK).retry_after(Some(Duration::MAX));
        assert_eq!(longest.headers[header::RETRY_AFTER], u64::MAX.to_string());
        assert!(Answer::empty(StatusCode::OK).retry_after(None).headers.is_empty());
    }
}
