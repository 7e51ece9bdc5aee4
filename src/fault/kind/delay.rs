//! `delay`: a slow answer.

use super::{Kind, field, required};
use crate::{
    exchange::Operation,
    fault::{
        Effect,
        field::{Takes, Value, duration as text},
        mistake::Mistake,
    },
};

/// Any answer can be slow. An answer cannot come before its request: the jitter is not more than the duration.
pub(super) static KIND: Kind = Kind {
    name: "delay",
    fields: &[
        required(
            "duration",
            Takes::Duration { zero: false },
            "200ms",
            "how long the answer waits, on the emulator's clock",
        ),
        field(
            "jitter",
            Takes::Duration { zero: true },
            "50ms",
            "by how much it may be more or less, by chance; without it, by nothing",
        ),
    ],
    operations: &Operation::ALL,
    met: "A slow answer. The request took effect at once; it is the answer that waits. A client that leaves \
          meanwhile, or closes its half of the connection, gets none.",
    example: "any:probability=0.05:delay=200ms,jitter=50ms",
    read: |values| Effect::Delay {
        duration: values.duration("duration").unwrap_or_default(),
        jitter: values.duration("jitter").unwrap_or_default(),
    },
    write: |effect| {
        let Effect::Delay { duration, jitter } = effect else { return Vec::new() };
        let jitter = (!jitter.is_zero()).then_some(("jitter", Value::Duration(*jitter)));
        [("duration", Value::Duration(*duration))].into_iter().chain(jitter).collect()
    },
    check: |effect| {
        let Effect::Delay { duration, jitter } = effect else { return None };
        (jitter > duration).then(|| {
            let what = format!("`jitter` is `{}`, more than `duration`", text(*jitter));
            Mistake::new("/jitter", what, format!("write `{}` at the most", text(*duration)))
        })
    },
};
