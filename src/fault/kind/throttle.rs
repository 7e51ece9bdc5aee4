//! `throttle`: a slow line.

use std::num::NonZeroU64;

use super::{Kind, fine, required};
use crate::{
    exchange::Operation,
    fault::{
        Effect,
        field::{Takes, Value},
    },
};

/// Any line can be slow. One on which nothing moves at all is `hang`.
pub(super) static KIND: Kind = Kind {
    name: "throttle",
    fields: &[required(
        "bytes_per_second",
        Takes::Size { least: 1 },
        "64KiB",
        "how many bytes pass in a second",
    )],
    operations: &Operation::ALL,
    met: "A slow upload and a slow download: so many bytes pass in a second of real time, in either direction.",
    example: "put:throttle=64KiB",
    read: |values| {
        let bytes = values.size("bytes_per_second").and_then(NonZeroU64::new);
        Effect::Throttle { bytes_per_second: bytes.unwrap_or(NonZeroU64::MIN) }
    },
    write: |effect| {
        let Effect::Throttle { bytes_per_second } = effect else { return Vec::new() };
        vec![("bytes_per_second", Value::Size(bytes_per_second.get()))]
    },
    check: fine,
};
