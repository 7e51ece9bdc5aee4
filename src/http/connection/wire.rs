//! The bytes of a connection under hyper, paced and cut. It costs nothing while no fault is set.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use super::{
    ConnectionHandle,
    state::{State, Turn},
};
use crate::http::{
    stream::Stream,
    unreadable::{OnUnreadable, Unreadable},
};

/// A connection's bytes, with its line.
pub(in crate::http) struct Wire {
    stream: Stream,
    connection: ConnectionHandle,
    on_unreadable: OnUnreadable,
    /// When a read that has to wait for its turn has it.
    reading: Option<Pin<Box<Sleep>>>,
    /// The same for a write. It does not count as waiting for the client.
    writing: Option<Pin<Box<Sleep>>>,
}

impl Wire {
    /// Creates a wire that passes everything until an effect is requested.
    pub(in crate::http) fn new(
        stream: Stream,
        connection: ConnectionHandle,
        on_unreadable: OnUnreadable,
    ) -> Self {
        Self { stream, connection, on_unreadable, reading: None, writing: None }
    }

    /// Returns the stream when HTTP is over.
    pub(in crate::http) fn into_inner(self) -> Stream {
        self.stream
    }
}

impl Wire {
    /// Reports a request that hyper answers with these bytes on its own.
    fn report_unreadable(&self, answer: &[u8]) {
        if let Some(head) = self.connection.take_unreadable() {
            (self.on_unreadable)(Unreadable::answered(head, answer));
        }
    }

    /// Writes the allowed part of these bytes, which are all that hyper has if they are the rest.
    fn poll_write_bent(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
        are_rest: bool,
    ) -> Poll<io::Result<usize>> {
        let turn = |state: &mut State| state.write_turn(bytes, now);
        let allowed = ready!(poll_turn(&self.connection, &mut self.writing, turn, cx));
        if are_rest && allowed == bytes.len() {
            self.connection.is_sending_the_rest(bytes);
        }
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &bytes[..allowed]))?;
        self.connection.lock().has_written(&bytes[..written]);
        Poll::Ready(Ok(written))
    }
}

/// Returns how many bytes may pass, once any may.
fn poll_turn(
    connection: &ConnectionHandle,
    waiting: &mut Option<Pin<Box<Sleep>>>,
    turn: impl Fn(&mut State) -> Turn,
    cx: &mut Context<'_>,
) -> Poll<usize> {
    loop {
        let turn = turn(&mut connection.lock());
        match turn {
            Turn::Now(bytes) => return Poll::Ready(bytes),
            // The connection's task looks for the ending whenever it has driven hyper.
            Turn::Never => return Poll::Pending,
            Turn::Later(at) => {
                let waiting = waiting.get_or_insert_with(|| Box::pin(sleep_until(at)));
                waiting.as_mut().reset(at);
                ready!(waiting.as_mut().poll(cx));
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how fast bytes pass is real time")]
pub(super) fn now() -> Instant {
    Instant::now()
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.connection.is_bent() {
            let before = buffer.filled().len();
            ready!(Pin::new(&mut this.stream).poll_read(cx, buffer))?;
            let read = &buffer.filled()[before..];
            this.connection.read_head(read);
            this.connection.has_read(read);
            return Poll::Ready(Ok(()));
        }
        let wanted = buffer.remaining();
        let turn = |state: &mut State| state.read_turn(wanted, now);
        let allowed = ready!(poll_turn(&this.connection, &mut this.reading, turn, cx));
        let mut piece = ReadBuf::new(buffer.initialize_unfilled_to(allowed));
        ready!(Pin::new(&mut this.stream).poll_read(cx, &mut piece))?;
        this.connection.has_read(piece.filled());
        let read = piece.filled().len();
        this.connection.read_head(piece.filled());
        buffer.advance(read);
        this.connection.lock().has_read(read);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.report_unreadable(bytes);
        if !self.connection.is_bent() {
            return Pin::new(&mut self.stream).poll_write(cx, bytes);
        }
        self.poll_write_bent(cx, bytes, true)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut filled = slices.iter().filter(|slice| !slice.is_empty());
        self.report_unreadable(filled.clone().next().map_or(&[], |slice| slice));
        if !self.connection.is_bent() {
            return Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        }
        let first = filled.next();
        self.poll_write_bent(cx, first.map_or(&[], |slice| slice), filled.next().is_none())
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.connection.is_ending() {
            return Poll::Pending;
        }
        // hyper flushes whenever it was driven, also while the handler waits, and then it reads nothing.
        if this.connection.is_watched() && this.stream.socket().poll_left(cx).is_ready() {
            this.connection.has_left();
        }
        ready!(Pin::new(&mut this.stream).poll_flush(cx))?;
        this.connection.is_flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.connection.is_ending() {
            return Poll::Pending;
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
