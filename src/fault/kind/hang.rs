//! `hang`: nobody answers, and nobody hangs up.

use super::{Kind, fine, primary};
use crate::{
    exchange::Operation,
    fault::{
        Effect,
        field::{Takes, Value},
    },
};

/// Any answer can fail to come. One that does not take any time is `close`.
pub(super) static KIND: Kind = Kind {
    name: "hang",
    fields: &[primary(
        "duration",
        Takes::Duration { zero: false },
        "30s",
        "how long the connection is held, on the emulator's clock, before it is closed; without it, until the client \
         leaves",
    )],
    operations: &Operation::ALL,
    met: "No answer, on a connection that stays open: only a timeout of the client's own ends it. The request took \
          no effect. A client that closes its half of the connection has left.",
    example: "put:nth=1:hang",
    read: |values| Effect::Hang { duration: values.duration("duration") },
    write: |effect| {
        let Effect::Hang { duration: Some(duration) } = effect else { return Vec::new() };
        vec![("duration", Value::Duration(*duration))]
    },
    check: fine,
};
