//! What a handler answers, before it becomes bytes on a wire.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    vec,
};

use bytes::Bytes;
use hyper::{
    HeaderMap, StatusCode,
    body::{Body, Frame, SizeHint},
    header::{HeaderName, HeaderValue},
};

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
}

/// An answer's content.
#[derive(Debug)]
pub enum Content {
    /// Bytes that are there already; may be none. Their length becomes `Content-Length`.
    Whole(Bytes),
    /// Bytes of unannounced length: `Transfer-Encoding: chunked`, as S3 sends its errors.
    Chunked(Bytes),
    /// A stored file's bytes, in pieces. Their length becomes `Content-Length`; they are never journaled.
    File(Vec<Bytes>),
}

impl Answer {
    /// An answer without headers or content.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self::new(status, Content::Whole(Bytes::new()))
    }

    /// An answer with content and without headers.
    #[must_use]
    pub fn new(status: StatusCode, content: Content) -> Self {
        Self { status, headers: HeaderMap::new(), content }
    }

    /// The answer with one header more, or set anew.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

impl Content {
    /// The content where it is text of our own rather than somebody's file.
    #[must_use]
    pub fn text(&self) -> Option<&Bytes> {
        match self {
            Self::Whole(bytes) | Self::Chunked(bytes) => Some(bytes),
            Self::File(_) => None,
        }
    }

    /// The content as a body that can be sent.
    #[must_use]
    pub fn into_body(self) -> ContentBody {
        let (first, rest, length) = match self {
            Self::Whole(bytes) => {
                let length = bytes.len() as u64;
                (bytes, Vec::new(), Some(length))
            }
            Self::Chunked(bytes) => (bytes, Vec::new(), None),
            Self::File(chunks) => {
                let length = chunks.iter().map(|chunk| chunk.len() as u64).sum();
                (Bytes::new(), chunks, Some(length))
            }
        };
        ContentBody { first, rest: rest.into_iter(), length, sent: 0 }
    }
}

/// An answer's content on its way out.
#[derive(Debug)]
pub struct ContentBody {
    first: Bytes,
    rest: vec::IntoIter<Bytes>,
    length: Option<u64>,
    sent: u64,
}

impl ContentBody {
    /// How many bytes have been handed on so far.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent
    }
}

impl Body for ContentBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = match std::mem::take(&mut self.first) {
            first if first.is_empty() => self.rest.next(),
            first => Some(first),
        };
        self.sent += next.as_ref().map_or(0, |chunk| chunk.len() as u64);
        Poll::Ready(next.map(|chunk| Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_empty() && self.rest.as_slice().is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        match self.length {
            Some(length) => SizeHint::with_exact(length - self.sent),
            None => SizeHint::default(),
        }
    }
}
