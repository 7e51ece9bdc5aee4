//! `expired`: the URL's hour is over.

use super::{Kind, fine, nothing};
use crate::{exchange::Operation, fault::Effect};

/// Only URLs expire: what hands them out and what uses them to upload.
pub(super) static KIND: Kind = Kind {
    name: "expired",
    fields: &[],
    operations: &[Operation::Presign, Operation::Put],
    met: "On presign, a URL that is expired already. On put, S3's 403 `Request has expired`, now and for every later attempt with the same URL; a new URL works.",
    example: "put:nth=1:expired",
    read: |_| Effect::Expired,
    write: nothing,
    check: fine,
};
