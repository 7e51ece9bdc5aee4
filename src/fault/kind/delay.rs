//! `delay`: a response that comes late.

use std::time::Duration;

use super::Kind;
use crate::{
    exchange::Operation,
    fault::{
        Effect, Fault,
        field::{Field, Takes, Value},
        mistake::Mistake,
    },
};

pub(super) static KIND: Kind = Kind {
    name: "delay",
    summary: "a late answer; the request takes effect at once",
    met: "A slow answer. The request took effect at once; it is the answer that waits. A client that leaves \
          meanwhile, or closes its half of the connection, gets none.",
    fields: &[
        Field::new(
            "duration",
            Takes::Duration { zero: false },
            "200ms",
            "how long the response waits, on the emulator's clock",
        )
        .required(),
        Field::new(
            "jitter",
            Takes::Duration { zero: true },
            "50ms",
            "most by which it is longer or shorter, at random [default: 0s]",
        )
        .with_default("0s"),
    ],
    operations: &Operation::ALL,
    example: "any:probability=0.05:delay=200ms,jitter=50ms",
    wrong: "POST /users is slow; the client sends it again meanwhile -> 409, and reports that",
    right: "POST /users is slow; the client waits; 200",
    effect: |values| Effect::Delay {
        duration: values.duration("duration").unwrap_or_default(),
        jitter: values.duration("jitter").unwrap_or_default(),
    },
    check: |values, _| match (values.duration("duration"), values.duration("jitter")) {
        // A response cannot come before its request.
        (Some(duration), Some(jitter)) if jitter > duration => {
            let what = format!("`jitter` is `{}`, more than `duration`", Value::Duration(jitter));
            Some(Mistake::new("/jitter", what, format!("write at most `{}`", Value::Duration(duration))))
        }
        _ => None,
    },
};

impl Fault<()> {
    /// Delays the response, on the emulator's clock.
    #[must_use]
    pub fn delay(self, duration: Duration) -> Fault {
        self.causing(&KIND, [("duration", Value::Duration(duration))])
    }
}

impl Fault {
    /// Sets by how much a delay may be longer or shorter.
    #[must_use]
    pub fn jitter(self, by: Duration) -> Self {
        self.with_field("jitter", Value::Duration(by))
    }
}
