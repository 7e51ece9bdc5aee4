//! Timeout for a client that does not read its answer. hyper polls the content only after writing the last piece, so
//! that the content cannot detect this itself.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

/// Completes when the connection must be closed.
type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

/// When a connection is closed whose client does not take its answer: to be put among a response's extensions.
#[derive(Clone)]
pub struct Patience(Arc<Mutex<Option<Waiting>>>);

impl Patience {
    /// Patience that is at its end with this future.
    pub fn until(waiting: Waiting) -> Self {
        Self(Arc::new(Mutex::new(Some(waiting))))
    }
}

impl fmt::Debug for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Patience")
    }
}

/// A connection's patience with the answer that it sends.
#[derive(Default)]
pub(super) struct Current(Mutex<Option<Patience>>);

impl Current {
    /// Restarts the timeout for the next answer.
    pub(super) fn begin(&self, patience: Option<Patience>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = patience;
    }

    /// Ready once it is at its end.
    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        let current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(patience) = &*current else { return Poll::Pending };
        let mut waiting = patience.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.as_mut().map_or(Poll::Pending, |waiting| waiting.as_mut().poll(cx))
    }
}
