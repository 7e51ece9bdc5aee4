//! Where an answer gets the content from that is too large to be handed on whole: a stored file. The sides
//! answer with one, [`super::ContentBody`] reads it piece by piece while the client takes it.

use std::{fmt, io};

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
