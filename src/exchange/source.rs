//! Content that is streamed: a stored file may be too large for memory, and events happen later. [`super::ContentBody`]
//! reads it in pieces.

use std::{fmt, io, pin::Pin};

use bytes::Bytes;

/// A file's bytes, to be had in pieces.
pub trait Source: fmt::Debug + Send + Sync {
    /// Returns the number of bytes.
    fn size(&self) -> u64;

    /// Returns some bytes from `at` on; empty at the end.
    fn piece(&self, at: u64) -> Sourced;
}

/// A piece of a source.
pub enum Sourced {
    /// It is there.
    Here(Bytes),
    /// It is there once this was called, which blocks.
    Blocking(Box<dyn FnOnce() -> io::Result<Bytes> + Send>),
}

impl fmt::Debug for Sourced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here(bytes) => write!(f, "Here({} bytes)", bytes.len()),
            Self::Blocking(_) => f.write_str("Blocking"),
        }
    }
}

/// Content sent as it happens, read only as the client takes it.
pub trait Live: fmt::Debug + Send {
    /// Returns the next piece with the rest; `None` at the end.
    fn next(self: Box<Self>) -> Coming;

    /// Ends when the client is given up because it does not read. Its connection is closed then.
    fn given_up(&self) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// A piece that is on its way.
pub type Coming = Pin<Box<dyn Future<Output = Option<(Bytes, Box<dyn Live>)>> + Send>>;
