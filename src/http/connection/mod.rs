//! Effects of a handler on its connection, besides the answer: pace it, cut its answer, or end it. The server passes
//! one [`Connection`] with each request.

mod answered;
mod cut;
mod ending;
mod pace;
mod state;
#[cfg(test)]
mod tests;
mod wire;

use std::{
    convert::Infallible,
    fmt,
    future::poll_fn,
    num::NonZeroU64,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
};

use self::state::State;
pub(super) use self::{answered::Answered, wire::Wire};
use super::unreadable::MAX_BYTES;
pub use ending::Ending;

/// Receives how many bytes of an answer's content have passed, `None` if not even its status has.
pub type Sent = Box<dyn FnOnce(Option<u64>) + Send>;

/// Handle of a connection. Its methods affect the current exchange.
#[derive(Clone, Default)]
pub struct ConnectionHandle(Arc<Shared>);

/// Shared by the handler, the bytes and the connection's task. All run in that task, so that the
/// atomics need no order.
#[derive(Default)]
struct Shared {
    /// Whether the state is worth a look: as a rule it is not.
    is_bent: AtomicBool,
    /// Whether a request's head has come, and its answer is not out yet.
    in_exchange: AtomicBool,
    /// Whether hyper has all of the answer, and the wire not yet.
    is_answered: AtomicBool,
    state: Mutex<State>,
    /// The last bytes that were read, as they came.
    last_read: Mutex<Vec<u8>>,
}

/// Number of kept bytes from the end of the input.
const LAST_READ: usize = 16 << 10;

impl ConnectionHandle {
    /// Limits reading and writing to this rate, in real time, until the exchange is over.
    pub fn pace(&self, bytes_per_second: NonZeroU64) {
        self.arm().pace(bytes_per_second, wire::now());
    }

    /// Sets what receives the number of passed bytes of the answer's content, before the last of
    /// them pass or when the connection is gone. For paced exchanges.
    pub fn when_sent(&self, sent: Sent) {
        self.arm().when_sent(sent);
    }

    /// Waits until the client disconnects, by a reset or by closing its half; the two look the same until something is
    /// written. Bytes that the client has sent ahead stay unread.
    pub async fn left(&self) {
        poll_fn(|cx| {
            let mut state = self.arm();
            if state.has_left {
                return Poll::Ready(());
            }
            state.watcher = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Sends only this many bytes of the answer's content, after a head that promises all of it,
    /// then closes the connection. Call it before the answer. A shorter answer is not changed.
    pub fn cut(&self, bytes: u64) {
        self.arm().cut(bytes);
    }

    /// Ends the connection in place of an answer, or in the middle of it. The handler or its
    /// answer's content awaits it, and is dropped here before the ending reaches the client.
    pub async fn end(&self, ending: Ending) -> Infallible {
        self.arm().end(ending);
        std::future::pending().await
    }

    /// Returns the last bytes of the input: the end of the request, and bytes after it.
    pub fn last_read(&self) -> Vec<u8> {
        self.0.last_read.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps the end of the input.
    fn has_read(&self, bytes: &[u8]) {
        // The end of the stream is an empty read.
        if bytes.is_empty() {
            return;
        }
        let mut last = self.0.last_read.lock().unwrap_or_else(PoisonError::into_inner);
        last.clear();
        last.extend_from_slice(&bytes[bytes.len().saturating_sub(LAST_READ)..]);
    }

    /// Waits until the last answer is out, so that nothing said now is done to that one. Who sends requests ahead
    /// may be waited for.
    pub(super) async fn begin(&self) {
        if self.0.is_answered.load(Ordering::Relaxed) || self.is_bent() {
            poll_fn(|cx| {
                let mut state = self.arm();
                if !state.is_ending() && !self.0.is_answered.load(Ordering::Relaxed) {
                    return Poll::Ready(());
                }
                state.next = Some(cx.waker().clone());
                Poll::Pending
            })
            .await;
        }
        self.0.in_exchange.store(true, Ordering::Relaxed);
        self.lock().head.clear();
    }

    /// Keeps the beginning of the next request's head, up to a bound.
    fn read_head(&self, bytes: &[u8]) {
        if !self.0.in_exchange.load(Ordering::Relaxed) {
            let head = &mut self.lock().head;
            let room = MAX_BYTES.saturating_sub(head.len());
            head.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }

    /// Returns the head that hyper answers without the handler, once.
    pub(super) fn take_unreadable(&self) -> Option<Vec<u8>> {
        let in_exchange = self.0.in_exchange.swap(true, Ordering::Relaxed);
        (!in_exchange).then(|| std::mem::take(&mut self.lock().head))
    }

    /// Takes the ending, if one was requested.
    pub(super) fn take_ending(&self) -> Option<Ending> {
        if self.is_bent() { self.lock().take_ending() } else { None }
    }

    /// HTTP is over on this connection, and so is every exchange.
    pub(super) fn is_over(&self) {
        if self.is_bent() {
            self.lock().tell(&[]);
        }
    }

    /// hyper has all of the answer.
    fn is_answered(&self) {
        self.0.is_answered.store(true, Ordering::Relaxed);
    }

    /// All that hyper has is written.
    fn is_flushed(&self) {
        if !self.0.is_answered.load(Ordering::Relaxed) {
            return;
        }
        self.0.is_answered.store(false, Ordering::Relaxed);
        self.0.in_exchange.store(false, Ordering::Relaxed);
        if self.is_bent() {
            self.0.is_bent.store(false, Ordering::Relaxed);
            self.lock().clear();
        }
    }

    /// Returns whether a handler waits for the client to leave.
    fn is_watched(&self) -> bool {
        self.is_bent() && self.lock().watcher.is_some()
    }

    /// It has.
    fn has_left(&self) {
        let mut state = self.lock();
        state.has_left = true;
        if let Some(watcher) = state.watcher.take() {
            watcher.wake();
        }
    }

    /// The rest of what hyper has is about to be written.
    fn is_sending_the_rest(&self, bytes: &[u8]) {
        if self.0.is_answered.load(Ordering::Relaxed) {
            self.lock().tell(bytes);
        }
    }

    fn is_ending(&self) -> bool {
        self.is_bent() && self.lock().is_ending()
    }

    fn is_bent(&self) -> bool {
        self.0.is_bent.load(Ordering::Relaxed)
    }

    fn arm(&self) -> MutexGuard<'_, State> {
        self.0.is_bent.store(true, Ordering::Relaxed);
        self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ConnectionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConnectionHandle")
    }
}
