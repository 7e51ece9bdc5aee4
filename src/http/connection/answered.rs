//! Content of an answer that notifies its connection when hyper has read all of it: once that is flushed, the exchange
//! is complete.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use hyper::body::{Body, Frame, SizeHint};

use super::ConnectionHandle;

/// The content of an answer on a line.
pub(in crate::http) struct Answered<B> {
    content: B,
    connection: ConnectionHandle,
}

impl<B> Answered<B> {
    /// Wraps content for this connection.
    pub(in crate::http) fn new(content: B, connection: ConnectionHandle) -> Self {
        Self { content, connection }
    }
}

impl<B> Drop for Answered<B> {
    fn drop(&mut self) {
        self.connection.is_answered();
    }
}

impl<B: Body + Unpin> Body for Answered<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.content).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.content.size_hint()
    }
}
