//! What is kept of an upload: a policy that the commit of an upload takes, so that whoever stores reads as if the
//! world were well. `s3` asks it once an upload has come; whoever wants a worse world hands in another.

use std::fmt;

use super::{CannotKeep, Md5Digest, Stored};

/// Decides when an upload is verified, and what is kept of it then.
pub trait Keep: fmt::Debug + Send {
    /// Whether an upload whose MD5 was announced is verified by the MD5 of what came.
    fn verifies(&self, announced: Md5Digest, came: Md5Digest) -> bool {
        announced == came
    }

    /// What is kept where this came.
    ///
    /// # Errors
    ///
    /// [`CannotKeep`] where there is no room for it; nothing is stored then.
    fn keep(&self, content: Stored) -> Result<Stored, CannotKeep>;

    /// Whether it goes through the bytes, so that it takes as long as there are many: such a policy is asked off the
    /// threads that serve connections.
    fn reads(&self) -> bool;
}

/// The policy of a well world: what came is what is kept. Boxed, it allocates nothing.
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
