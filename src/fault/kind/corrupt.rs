//! `corrupt`: what is stored is not what was sent.

use super::{Kind, fine, nothing};
use crate::{exchange::Operation, fault::Effect};

/// Only an upload stores bytes.
pub(super) static KIND: Kind = Kind {
    name: "corrupt",
    fields: &[],
    operations: &[Operation::Put],
    met: "A 200 whose `ETag` is not the MD5 of the bytes that were sent, since other bytes are stored: downloads and listings have those.",
    example: "put:nth=1:corrupt",
    read: |_| Effect::Corrupt,
    write: nothing,
    check: fine,
};
