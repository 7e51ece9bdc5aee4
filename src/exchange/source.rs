//! Content that is not handed on whole: a stored file is too large, and a stream has not happened
//! yet. [`super::ContentBody`] reads it piece by piece as the client takes it.

use std::{fmt, io, pin::Pin};

use bytes::Bytes;

/// A file's bytes, to be had in pieces.
pub trait Source: fmt::Debug + Send + Sync {
    /// How many bytes there are.
    fn size(&self) -> u64;

    /// The bytes from `at` on, as many as come at once; none where they end.
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
