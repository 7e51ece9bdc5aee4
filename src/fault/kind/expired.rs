//! `expired`: a presigned URL whose time is over.

use super::{Kind, fine};
use crate::{
    exchange::Operation,
    fault::{Effect, Fault},
};

pub(super) static KIND: Kind = Kind {
    name: "expired",
    summary: "an expired presigned URL: 403 `Request has expired`",
    met: "On presign, a URL that is expired already. On put, S3's 403 `Request has expired`, now and for every later \
          attempt with the same URL; a new URL works.",
    fields: &[],
    operations: &[Operation::Presign, Operation::Put],
    example: "put:nth=1:expired",
    wrong: "PUT -> 403; the client sends the same PUT again -> 403, and gives up",
    right: "PUT -> 403 `Request has expired`; it asks for a new URL; PUT to that -> 200",
    effect: |_| Effect::Expired,
    check: fine,
};

impl Fault<()> {
    /// Lets the URL expire.
    #[must_use]
    pub fn expired(self) -> Fault {
        self.causing(&KIND, [])
    }
}
