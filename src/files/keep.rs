//! Policy for the stored part of an upload. `s3` applies it to complete uploads; faults and defects pass in others.

use std::fmt;

use super::{CannotKeep, Md5Digest, Stored};

/// Decides whether an upload is verified, and which bytes are stored.
pub trait Keep: fmt::Debug + Send {
    /// Returns whether an upload with the MD5 `came` passes as the announced one.
    fn verifies(&self, announced: Md5Digest, came: Md5Digest) -> bool {
        announced == came
    }

    /// Returns the bytes to store.
    ///
    /// # Errors
    ///
    /// [`CannotKeep`] without space; nothing is stored then.
    fn keep(&self, content: Stored) -> Result<Stored, CannotKeep>;

    /// Returns whether it reads the bytes, and so must run off the threads that serve connections.
    fn reads(&self) -> bool;
}

/// Keeps uploads as they were sent. Boxed, it allocates nothing.
#[derive(Clone, Copy, Debug)]
pub struct AsSent;

impl Keep for AsSent {
    fn keep(&self, content: Stored) -> Result<Stored, CannotKeep> {
        Ok(content)
    }

    fn reads(&self) -> bool {
        false
    }
}
