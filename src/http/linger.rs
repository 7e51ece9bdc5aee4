//! A socket that closes without losing its last answer. hyper drops a connection whose request body it did
//! not read; the kernel would then reset it, and the client would lose the answer that is already on its
//! way. So the close is a lingering one: our half is closed, and what still comes is thrown away for a
//! while.

use std::{
    io,
    mem::MaybeUninit,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncWrite, Interest, ReadBuf},
    net::TcpStream,
    time::Sleep,
};

use super::server::{Limits, Stop};

/// Bytes that are discarded at a time.
const DRAIN_PIECE: usize = 16 << 10;

/// Interval of the check for a client that has disconnected after sending ahead: unread bytes hide it.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Time limit once the server ends.
const LAST_DRAIN_TIME: Duration = Duration::from_millis(100);

/// A TCP stream whose shutdown lingers.
pub(super) struct Lingering {
    stream: TcpStream,
    /// Bytes to read again before the stream's.
    unread: Bytes,
    stop: Stop,
    closing: Option<Closing>,
    limits: Limits,
    /// When a write that waits is given up; `None` while none waits.
    stalled: Option<Pin<Box<Sleep>>>,
    /// When it is looked again whether the client has left; `None` while its leaving can be waited for.
    looking: Option<Pin<Box<Sleep>>>,
}

/// A close that is under way.
struct Closing {
    deadline: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// When a silent client is given up; `None` while bytes come.
    idle: Option<Pin<Box<Sleep>>>,
    drained: u64,
}

impl Lingering {
    /// Makes a stream that lingers less after `stop`, and whose writes fail when the client has
    /// read nothing for [`Limits::write_timeout`].
    pub(super) fn new(stream: TcpStream, stop: Stop, limits: Limits) -> Self {
        Self { stream, unread: Bytes::new(), stop, closing: None, limits, stalled: None, looking: None }
    }

    /// Puts bytes back, to be read again first.
    pub(super) fn unread(&mut self, bytes: Bytes) {
        self.unread = bytes;
    }

    /// Waits for the first byte, which stays to be read; `None` where the client has closed its half.
    pub(super) async fn first_byte(&mut self) -> io::Result<Option<u8>> {
        if let Some(byte) = self.unread.first() {
            return Ok(Some(*byte));
        }
        let mut byte = [0];
        let read = self.stream.peek(&mut byte).await?;
        Ok((read > 0).then_some(byte[0]))
    }

    /// Returns the plain socket, and the bytes to read before it.
    pub(super) fn into_tcp(self) -> (TcpStream, Bytes) {
        (self.stream, self.unread)
    }

    /// Discards available bytes, and returns their number; 0 when the client has closed its half or disconnected.
    pub(super) fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<usize> {
        poll_discard(&mut self.stream, cx)
    }

    /// Ready when the client has closed its half or disconnected. Reads nothing. Poll it only while nothing else reads.
    pub(super) fn poll_left(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let mut byte = [0];
            let Ok(1..) = ready!(self.stream.poll_peek(cx, &mut ReadBuf::new(&mut byte))) else {
                return Poll::Ready(());
            };
            // Unread bytes hide the end behind them, and the system does not wake us again while
            // they are there.
            let readiness = pin!(self.stream.ready(Interest::READABLE)).poll(cx);
            if matches!(readiness, Poll::Ready(Ok(ready)) if ready.is_read_closed()) {
                return Poll::Ready(());
            }
            let looking = self.looking.get_or_insert_with(|| Box::pin(wait(LOOK_AGAIN)));
            ready!(looking.as_mut().poll(cx));
            self.looking = None;
        }
    }

    /// Resets the connection. Where the system will not, it is closed at once.
    pub(super) fn reset(self) {
        let _ = self.stream.set_zero_linger();
    }

    /// Returns the result of a write, or its time-out.
    fn patient(&mut self, written: Poll<io::Result<usize>>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(wait(self.limits.write_timeout)));
        stalled.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a client is waited for is real time")]
fn wait(time: Duration) -> Sleep {
    tokio::time::sleep(time)
}

#[expect(clippy::disallowed_methods, reason = "how long a close lingers is real time")]
async fn deadline(mut stop: Stop, time: Duration) {
    if tokio::time::timeout(time, stop.requested()).await.is_ok() {
        tokio::time::sleep(LAST_DRAIN_TIME).await;
    }
}

fn poll_discard(stream: &mut TcpStream, cx: &mut Context<'_>) -> Poll<usize> {
    let mut buffer = [MaybeUninit::uninit(); DRAIN_PIECE];
    let mut read = ReadBuf::uninit(&mut buffer);
    let result = ready!(Pin::new(stream).poll_read(cx, &mut read));
    Poll::Ready(result.map_or(0, |()| read.filled().len()))
}

impl Closing {
    fn new(stop: Stop, limits: Limits) -> Self {
        Self { deadline: Box::pin(deadline(stop, limits.drain_time)), idle: None, drained: 0 }
    }

    /// Ready once the client has closed its half, is silent, or has used up the limits.
    fn poll_drained(&mut self, stream: &mut TcpStream, limits: Limits, cx: &mut Context<'_>) -> Poll<()> {
        while self.drained < limits.drain_bytes && self.deadline.as_mut().poll(cx).is_pending() {
            match poll_discard(stream, cx) {
                Poll::Ready(0) => break,
                Poll::Ready(bytes) => {
                    self.drained += bytes as u64;
                    self.idle = None;
                }
                Poll::Pending => {
                    let idle = self.idle.get_or_insert_with(|| Box::pin(wait(limits.drain_idle)));
                    return idle.as_mut().poll(cx);
                }
            }
        }
        Poll::Ready(())
    }
}

impl AsyncRead for Lingering {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.unread.is_empty() {
            let length = self.unread.len().min(buffer.remaining());
            buffer.put_slice(&self.unread.split_to(length));
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Lingering {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.patient(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.patient(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.closing.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
        }
        let limits = this.limits;
        let closing = this.closing.get_or_insert_with(|| Closing::new(this.stop.clone(), limits));
        ready!(closing.poll_drained(&mut this.stream, limits, cx));
        Poll::Ready(Ok(()))
    }
}
