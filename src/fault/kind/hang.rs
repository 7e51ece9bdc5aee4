//! `hang`: no response, on a connection that stays open.

use std::time::Duration;

use super::{Kind, fine};
use crate::{
    exchange::Operation,
    fault::{
        Effect, Fault,
        field::{Field, Takes, Value},
    },
};

pub(super) static KIND: Kind = Kind {
    name: "hang",
    summary: "no response on a connection that stays open",
    met: "No answer, on a connection that stays open: only a timeout of the client's own ends it. The request took \
          no effect. A client that closes its half of the connection has left.",
    fields: &[
        Field::new(
            "duration",
            Takes::Duration { zero: false },
            "30s",
            "how long, on the emulator's clock, before it is closed [default: until the client leaves]",
        )
        .primary(),
    ],
    operations: &Operation::ALL,
    example: "put:nth=1:hang",
    wrong: "PUT, and no response; the client waits for ever",
    right: "PUT, and no response for a minute; the client closes; the same PUT again -> 200",
    effect: |values| Effect::Hang { duration: values.duration("duration") },
    check: fine,
};

impl Fault<()> {
    /// Sends no response until the client leaves.
    #[must_use]
    pub fn hang(self) -> Fault {
        self.causing(&KIND, [])
    }

    /// Sends no response for so long, on the emulator's clock; then closes the connection.
    #[must_use]
    pub fn hang_for(self, duration: Duration) -> Fault {
        self.causing(&KIND, [("duration", Value::Duration(duration))])
    }
}
