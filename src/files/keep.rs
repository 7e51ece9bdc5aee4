//! What is kept of an upload: a policy that the commit of an upload takes, so that whoever stores reads as if the
//! world were well. `s3` asks it once an upload is verified; whoever wants a worse world hands in another.

use std::fmt;

use super::{CannotKeep, Stored};

/// Decides what is kept of a verified upload.
pub trait Keep: fmt::Debug + Send {
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
