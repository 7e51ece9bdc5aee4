//! `reset`: the line is cut while the request is sent.

use super::{Kind, fine, primary};
use crate::{
    exchange::Operation,
    fault::{
        Effect,
        field::{Takes, Value},
    },
};

/// Only a request with a body can be cut in the middle of it.
pub(super) static KIND: Kind = Kind {
    name: "reset",
    fields: &[primary(
        "after_bytes",
        Takes::Size { least: 0 },
        "64KiB",
        "how many bytes of the body come through, its end at the latest; without it, none",
    )],
    operations: &[Operation::Put, Operation::Presign, Operation::CreateUser, Operation::Execute],
    met: "The TCP connection is reset while the body is sent: ECONNRESET or EPIPE, and no answer. The request took no \
          effect.",
    example: "put:reset=64KiB",
    read: |values| Effect::Reset { after_bytes: values.size("after_bytes").unwrap_or_default() },
    write: |effect| {
        let Effect::Reset { after_bytes } = effect else { return Vec::new() };
        if *after_bytes == 0 { Vec::new() } else { vec![("after_bytes", Value::Size(*after_bytes))] }
    },
    check: fine,
};
