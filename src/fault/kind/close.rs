//! `close`: the connection ends without a response.

use super::{Kind, fine};
use crate::{
    exchange::Operation,
    fault::{Effect, Fault},
};

pub(super) static KIND: Kind = Kind {
    name: "close",
    summary: "a connection that closes without a response; the request takes no effect",
    met: "The connection is closed in order, without an answer. The request took no effect.",
    fields: &[],
    operations: &Operation::ALL,
    example: "any:probability=0.05:close",
    wrong: "PUT -> connection closed; the client reports an unknown error",
    right: "PUT -> connection closed; it waits; the same PUT on a new connection -> 200",
    effect: |_| Effect::Close,
    check: fine,
};

impl Fault<()> {
    /// Closes the connection without a response; the request takes no effect.
    #[must_use]
    pub fn close(self) -> Fault {
        self.causing(&KIND, [])
    }
}
