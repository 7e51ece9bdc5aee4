//! `close`: the connection ends, and nobody says why.

use super::{Kind, fine, nothing};
use crate::{exchange::Operation, fault::Effect};

/// Any connection can end.
pub(super) static KIND: Kind = Kind {
    name: "close",
    fields: &[],
    operations: &Operation::ALL,
    met: "The connection is closed in order, without an answer. The request took no effect.",
    example: "any:probability=0.05:close",
    read: |_| Effect::Close,
    write: nothing,
    check: fine,
};
