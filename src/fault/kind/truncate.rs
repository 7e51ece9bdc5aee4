//! `truncate`: the answer ends too early.

use super::{Kind, WITH_CONTENT, fine, primary};
use crate::fault::{
    Effect,
    field::{Takes, Value},
};

/// The answer to a `HEAD` has no content of which anything could be missing.
pub(super) static KIND: Kind = Kind {
    name: "truncate",
    fields: &[primary(
        "bytes",
        Takes::Size { least: 0 },
        "10",
        "how many bytes of the content are sent, always less than all; without it, half of them",
    )],
    operations: &WITH_CONTENT,
    met: "An answer that is cut short: `Content-Length` promises more than comes before the connection is closed. \
          The request took effect.",
    example: "list:nth=1:truncate=10",
    read: |values| Effect::Truncate { bytes: values.size("bytes") },
    write: |effect| {
        let Effect::Truncate { bytes: Some(bytes) } = effect else { return Vec::new() };
        vec![("bytes", Value::Size(*bytes))]
    },
    check: fine,
};
