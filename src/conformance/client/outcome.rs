//! The outcome of an upload as the client reports it. It is verified.

use std::{fmt, time::Duration};

/// The outcome of an upload, as the client reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The file is stored under this key.
    Done(String),
    /// The upload failed.
    Failed {
        /// The client's report.
        how: String,
        /// Whether it gave a reason.
        has_reason: bool,
    },
    /// The client did not end in time.
    Nothing(Duration),
    /// The client broke its protocol: how.
    Nonsense(String),
    /// The client was ended, since the verdict was certain.
    Ended,
}

impl Outcome {
    /// Returns the claimed key.
    pub(super) fn key(&self) -> Option<&str> {
        match self {
            Self::Done(key) => Some(key),
            _ => None,
        }
    }

    /// Returns whether the client reported a failure.
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
