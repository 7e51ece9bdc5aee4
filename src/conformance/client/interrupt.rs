//! Ends a suite early.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Ends a suite early, from another thread. All clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Ends the suite within some milliseconds.
    pub fn now(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_now(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
