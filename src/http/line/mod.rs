//! What a handler can do to the connection that its request came on, beyond an answer: slow it down, break its
//! answer off, or end it. The server makes one line a connection and hands it over with each request.

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

/// Is told how many bytes of an answer's content have passed, `None` where not even its status has.
pub type Sent = Box<dyn FnOnce(Option<u64>) + Send>;

/// A handle of one connection. What is said to it holds for the exchange that is under way.
#[derive(Clone, Default)]
pub struct Line(Arc<Shared>);

/// What the handler, the bytes and the connection's task have in common. All three run in that task, so that the
/// marks need no order.
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

/// How many of the last bytes that were read are kept.
const LAST_READ: usize = 16 << 10;

impl Line {
    /// From now on until this exchange is over, what is read and what is written each pass at no more than this
    /// rate of real time.
    pub fn pace(&self, bytes_per_second: NonZeroU64) {
        self.bend().pace(bytes_per_second, wire::now());
    }

    /// Has `sent` told how many bytes of the answer's content have passed, `None` where not even its status has. It
    /// is told before the last of them pass, or once the connection is gone: a client that has all of its answer
    /// comes after that. To be said of a paced exchange.
    pub fn when_sent(&self, sent: Sent) {
        self.bend().when_sent(sent);
    }

    /// Waits until the client leaves, by a reset or by closing its half: that cannot be told from closing all before
    /// something is written. What the client has sent ahead is left where it is.
    pub async fn left(&self) {
        poll_fn(|cx| {
            let mut state = self.bend();
            if state.has_left {
                return Poll::Ready(());
            }
            state.watcher = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Of the answer's content only so many bytes are sent, after a head that promises all of it; then the connection
    /// is closed. To be said before the answer is given. An answer that is shorter goes out as it is.
    pub fn cut(&self, bytes: u64) {
        self.bend().cut(bytes);
    }

    /// Ends the connection in place of an answer, or in the middle of it. To be awaited by the handler itself, or by
    /// its answer's content: they are dropped here, before anything of the ending reaches the client.
    pub async fn end(&self, ending: Ending) -> Infallible {
        self.bend().end(ending);
        std::future::pending().await
    }

    /// The last bytes that were read from the connection: the end of the request, and what came behind it.
    pub fn last_read(&self) -> Vec<u8> {
        self.0.last_read.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps the end of what was read.
    fn has_read(&self, bytes: &[u8]) {
        // The end of the stream is no bytes.
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
                let mut state = self.bend();
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

    /// Keeps what has come of the next request's head, up to a bound.
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

    /// How the connection is to end, where somebody said so.
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

    /// Whether somebody waits for the client to leave.
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

    fn bend(&self) -> MutexGuard<'_, State> {
        self.0.is_bent.store(true, Ordering::Relaxed);
        self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line")
    }
}
