//! Where an answer gets the content from that cannot be handed on whole: a stored file is too large, and what
//! happens meanwhile has not happened yet. [`super::ContentBody`] reads it piece by piece while the client takes
//! it.

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

/// What is sent as it happens. It comes as it is asked for: what the client does not take is not asked for.
pub trait Live: fmt::Debug + Send {
    /// The next piece with what comes behind it, once it is there; `None` at the end.
    fn next(self: Box<Self>) -> Coming;

    /// Ends where nobody is to wait any longer for a client that does not take what there is: what it is
    /// connected by is closed then.
    fn given_up(&self) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// A piece that is on its way.
pub type Coming = Pin<Box<dyn Future<Output = Option<(Bytes, Box<dyn Live>)>> + Send>>;
