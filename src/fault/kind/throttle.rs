//! `throttle`: a slow connection.

use super::Kind;
use crate::{
    exchange::Operation,
    fault::{
        Effect, Fault,
        field::{Field, Takes, Value},
    },
};

pub(super) static KIND: Kind = Kind {
    name: "throttle",
    summary: "a slow upload or download",
    met: "A slow upload and a slow download: this many bytes a second in each direction, in real time.",
    fields: &[
        Field::new("bytes_per_second", Takes::Size { least: 1 }, "64KiB", "how many bytes pass in a second").required(),
    ],
    operations: &Operation::ALL,
    example: "put:throttle=64KiB",
    wrong: "PUT of 20 MiB at 64 KiB a second; after 60s the client's timeout ends it, each time",
    right: "PUT of 20 MiB at 64 KiB a second; the client waits as long as bytes move; 200",
    effect: |values| Effect::Throttle { bytes_per_second: values.rate("bytes_per_second") },
    check: super::fine,
};

impl Fault<()> {
    /// Slows the connection down; 0 counts as 1, since a connection on which nothing moves is [`Self::hang`].
    #[must_use]
    pub fn throttle(self, bytes_per_second: u64) -> Fault {
        self.causing(&KIND, [("bytes_per_second", Value::Size(bytes_per_second.max(1)))])
    }
}
