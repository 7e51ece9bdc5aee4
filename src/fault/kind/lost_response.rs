//! `lost-response`: the request takes effect, and the client does not know.

use super::{Kind, fine};
use crate::{
    exchange::Operation,
    fault::{Effect, Fault},
};

pub(super) static KIND: Kind = Kind {
    name: "lost-response",
    summary: "a connection that closes without a response; the request takes effect",
    met: "The connection is closed without an answer, and the request took effect: a file that was uploaded is there.",
    fields: &[],
    operations: &Operation::ALL,
    example: "put:nth=1:lost-response",
    wrong: "PUT -> connection closed; the client uploads under another name, and leaves a duplicate",
    right: "PUT -> connection closed; the same PUT again -> 200: it overwrites the file with itself",
    effect: |_| Effect::LostResponse,
    check: fine,
};

impl Fault<()> {
    /// Closes the connection without a response; the request takes effect.
    #[must_use]
    pub fn lost_response(self) -> Fault {
        self.causing(&KIND, [])
    }
}
