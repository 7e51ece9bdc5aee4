//! Effects of faults. `kind` makes them of a rule's fields.

use std::{num::NonZeroU64, time::Duration};

use hyper::StatusCode;

use super::Failure;

/// Effect of a fault on an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// An error in the form of the API: Alloy's JSON or S3's XML. The request takes no effect.
    Error(Failure),
    /// On `presign`, a URL that is expired already; on `put`, the URL counts as expired from then on.
    Expired,
    /// A slow answer. The request takes effect at once. A client that leaves meanwhile, or only closes its half of
    /// the connection, which looks the same, gets none.
    Delay {
        /// Delay of the answer, on the emulator's clock.
        duration: Duration,
        /// By how much it may be more or less, at random.
        jitter: Duration,
    },
    /// A slow connection, in both directions and in real time.
    Throttle {
        /// Bytes per second.
        bytes_per_second: NonZeroU64,
    },
    /// The TCP connection is reset while the body arrives. The request takes no effect.
    Reset {
        /// Bytes of the body that are read; at most the whole body.
        after_bytes: u64,
    },
    /// The connection is closed without an answer. The request takes no effect.
    Close,
    /// The request takes effect; then the connection is closed without an answer.
    LostResponse,
    /// No answer. The request takes no effect. It ends early with a client that leaves, or that only closes its half
    /// of the connection, which looks the same.
    Hang {
        /// Time before the connection is closed, on the emulator's clock; without it, until the client disconnects.
        duration: Option<Duration>,
    },
    /// An answer that is cut short. The request takes effect.
    Truncate {
        /// Bytes of the content that are sent, always fewer than all; without it, half of them.
        bytes: Option<u64>,
    },
    /// A proxy's HTML page in place of the answer. The request takes no effect.
    Garbage {
        /// Its status.
        status: StatusCode,
    },
    /// The stored bytes differ from those sent, and so does their `ETag`.
    Corrupt,
}

impl Effect {
    /// Returns whether it depends on random numbers.
    pub fn draws(&self) -> bool {
        match self {
            Self::Delay { jitter, .. } => !jitter.is_zero(),
            Self::Corrupt => true,
            _ => false,
        }
    }
}
