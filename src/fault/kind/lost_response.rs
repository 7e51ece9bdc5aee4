//! `lost-response`: it worked, and the client does not know.

use super::{Kind, fine, nothing};
use crate::{exchange::Operation, fault::Effect};

/// Any answer can be lost.
pub(super) static KIND: Kind = Kind {
    name: "lost-response",
    fields: &[],
    operations: &Operation::ALL,
    met: "The connection is closed without an answer, and the request took effect: a file that was uploaded is there.",
    example: "put:nth=1:lost-response",
    read: |_| Effect::LostResponse,
    write: nothing,
    check: fine,
};
