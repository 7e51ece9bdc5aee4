//! What a client says of an upload: the one thing that is not taken on trust.

use std::{fmt, time::Duration};

/// What became of an upload, by the client's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is done, under this key.
    Done(String),
    /// It could not be done.
    Failed {
        /// How that was said.
        how: String,
        /// Whether there was any word of why.
        is_told: bool,
    },
    /// Nothing in time.
    Nothing(Duration),
    /// Nothing that counts: what was wrong with how it ended.
    Nonsense(String),
    /// It was ended, since the verdict was certain.
    Ended,
}

impl Outcome {
    /// The key that is claimed.
    pub(super) fn key(&self) -> Option<&str> {
        match self {
            Self::Done(key) => Some(key),
            _ => None,
        }
    }

    /// Whether it is said that it could not be done.
    pub(super) fn has_failed(&self) -> bool {
        matches!(self, Self::Failed { .. })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(key) => write!(f, "the client says that it is done, under `{key}`"),
            Self::Failed { how, .. } => write!(f, "the client failed: {how}"),
            Self::Nothing(after) => {
                write!(f, "the client was not done after {after:?} (see --timeout), and was ended")
            }
            Self::Nonsense(what) => write!(f, "{what}"),
            Self::Ended => f.write_str("the client was ended, since nothing could change the verdict"),
        }
    }
}
