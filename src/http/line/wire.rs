//! The bytes of a connection under hyper, as its line has them pass. Nothing is asked while nothing was said.

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
    Line,
    state::{State, Turn},
};
use crate::http::{
    stream::Stream,
    unreadable::{OnUnreadable, Unreadable},
};

/// A connection's bytes, with its line.
pub(in crate::http) struct Wire {
    stream: Stream,
    line: Line,
    on_unreadable: OnUnreadable,
    /// When a read that has to wait for its turn has it.
    reading: Option<Pin<Box<Sleep>>>,
    /// As much for a write. It is no wait for the client: `stream` does not hear of it.
    writing: Option<Pin<Box<Sleep>>>,
}

impl Wire {
    /// A wire that passes everything until something is said to its line.
    pub(in crate::http) fn new(stream: Stream, line: Line, on_unreadable: OnUnreadable) -> Self {
        Self { stream, line, on_unreadable, reading: None, writing: None }
    }

    /// What is left when HTTP is over.
    pub(in crate::http) fn into_inner(self) -> Stream {
        self.stream
    }
}

impl Wire {
    /// Reports a request that hyper answers with these bytes on its own.
    fn report_unreadable(&self, answer: &[u8]) {
        if let Some(head) = self.line.take_unreadable() {
            (self.on_unreadable)(Unreadable::answered(head, answer));
        }
    }

    /// Writes what may pass of these bytes, which are all that hyper has where they are the rest.
    fn poll_write_bent(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
        are_rest: bool,
    ) -> Poll<io::Result<usize>> {
        let turn = |state: &mut State| state.write_turn(bytes, now);
        let allowed = ready!(poll_turn(&self.line, &mut self.writing, turn, cx));
        if are_rest && allowed == bytes.len() {
            self.line.is_sending_the_rest(bytes);
        }
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &bytes[..allowed]))?;
        self.line.lock().has_written(&bytes[..written]);
        Poll::Ready(Ok(written))
    }
}

/// How many bytes may pass, once any may.
fn poll_turn(
    line: &Line,
    waiting: &mut Option<Pin<Box<Sleep>>>,
    turn: impl Fn(&mut State) -> Turn,
    cx: &mut Context<'_>,
) -> Poll<usize> {
    loop {
        let turn = turn(&mut line.lock());
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
        if !this.line.is_bent() {
            let before = buffer.filled().len();
            ready!(Pin::new(&mut this.stream).poll_read(cx, buffer))?;
            let read = &buffer.filled()[before..];
            this.line.read_head(read);
            this.line.has_read(read);
            return Poll::Ready(Ok(()));
        }
        let wanted = buffer.remaining();
        let turn = |state: &mut State| state.read_turn(wanted, now);
        let allowed = ready!(poll_turn(&this.line, &mut this.reading, turn, cx));
        let mut piece = ReadBuf::new(buffer.initialize_unfilled_to(allowed));
        ready!(Pin::new(&mut this.stream).poll_read(cx, &mut piece))?;
        this.line.has_read(piece.filled());
        let read = piece.filled().len();
        this.line.read_head(piece.filled());
        buffer.advance(read);
        this.line.lock().has_read(read);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.report_unreadable(bytes);
        if !self.line.is_bent() {
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
        if !self.line.is_bent() {
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
        if this.line.is_ending() {
            return Poll::Pending;
        }
        // hyper flushes whenever it was driven, also while the handler waits, and then it reads nothing.
        if this.line.is_watched() && this.stream.socket().poll_left(cx).is_ready() {
            this.line.has_left();
        }
        ready!(Pin::new(&mut this.stream).poll_flush(cx))?;
        this.line.is_flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.line.is_ending() {
            return Poll::Pending;
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
