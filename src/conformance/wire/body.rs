//! The body of a request: none, bytes with their length, or bytes in chunks.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// A request's body.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    content: Bytes,
    is_chunked: bool,
    is_sent: bool,
}

impl Body {
    /// Returns no body, and no header of one.
    pub(crate) fn none() -> Self {
        Self { content: Bytes::new(), is_chunked: false, is_sent: true }
    }

    /// Returns bytes with a `Content-Length`, which may be 0.
    pub(crate) fn whole(content: impl Into<Bytes>) -> Self {
        Self { content: content.into(), is_chunked: false, is_sent: false }
    }

    /// Returns bytes with `Transfer-Encoding: chunked`.
    pub(crate) fn chunked(content: impl Into<Bytes>) -> Self {
        Self { is_chunked: true, ..Self::whole(content) }
    }

    pub(crate) fn content(&self) -> &Bytes {
        &self.content
    }

    pub(crate) fn is_chunked(&self) -> bool {
        self.is_chunked
    }

    /// Returns whether there is a body, including an empty one.
    pub(crate) fn is_there(&self) -> bool {
        !self.is_sent
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if std::mem::replace(&mut self.is_sent, true) || self.content.is_empty() {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(Ok(Frame::data(self.content.clone()))))
    }

    fn is_end_stream(&self) -> bool {
        self.is_sent
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_chunked { SizeHint::default() } else { SizeHint::with_exact(self.content.len() as u64) }
    }
}
