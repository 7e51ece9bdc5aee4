//! What a handler can do to the connection that its request came on, beyond an answer: slow it down, break its
//! answer off, or end it. The server makes one line a connection and hands it over with each request.

mod ending;

use std::{
    convert::Infallible,
    fmt,
    num::NonZeroU64,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

pub use ending::Ending;

/// A handle of one connection. What is set on it holds for the exchange that is under way.
#[derive(Clone, Default)]
pub struct Line(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    pace: Option<NonZeroU64>,
    cut: Option<u64>,
    ending: Option<Ending>,
}

impl Line {
    /// From now on until this exchange is over, what is read and what is written each pass at no more than this
    /// rate of real time.
    pub fn pace(&self, bytes_per_second: NonZeroU64) {
        self.lock().pace = Some(bytes_per_second);
    }

    /// Of the answer's content only so many bytes are sent, after a head that promises all of it; then the connection
    /// is closed. To be said before the answer is given. An answer that is shorter goes out as it is.
    pub fn cut(&self, bytes: u64) {
        self.lock().cut = Some(bytes);
    }

    /// Ends the connection in place of an answer. To be awaited by the handler itself, whose future is dropped
    /// here, before anything of the ending reaches the client.
    pub async fn end(&self, ending: Ending) -> Infallible {
        self.lock().ending = Some(ending);
        std::future::pending().await
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
