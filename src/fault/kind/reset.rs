//! `reset`: the connection is reset while the request is sent.

use super::Kind;
use crate::{
    exchange::Operation,
    fault::{
        Effect, Fault,
        field::{Field, Takes, Value},
    },
};

pub(super) static KIND: Kind = Kind {
    name: "reset",
    summary: "a TCP connection that is reset while the body is sent",
    met: "The TCP connection is reset while the body is sent: ECONNRESET or EPIPE, and no answer. The request took no \
          effect.",
    fields: &[
        Field::new(
            "after_bytes",
            Takes::Size { least: 0 },
            "64KiB",
            "how many bytes of the body arrive, its end at the latest [default: 0]",
        )
        .primary()
        .with_default("0"),
    ],
    // Only a request with a body can be reset in the middle of it.
    operations: &[Operation::Put, Operation::Presign, Operation::CreateUser, Operation::Execute],
    example: "put:reset=64KiB",
    wrong: "PUT -> ECONNRESET; the client sends the rest of the stream as a second PUT -> 400",
    right: "PUT -> ECONNRESET; it waits; PUT of the whole file on a new connection -> 200",
    effect: |values| Effect::Reset { after_bytes: values.size("after_bytes").unwrap_or_default() },
    check: super::fine,
};

impl Fault<()> {
    /// Resets the connection after this many bytes of the body.
    #[must_use]
    pub fn reset(self, after_bytes: u64) -> Fault {
        self.causing(&KIND, [("after_bytes", Value::Size(after_bytes))])
    }
}
