//! Defects of S3's side while a file is uploaded: of what is taken with a head, of what becomes of a body, of what is
//! answered and left behind. The conformance checks `upload/…` notice them.

mod bodies;
mod heads;
mod stores;

pub(super) use bodies::DEFECTS as BODIES;
pub(super) use heads::DEFECTS as HEADS;
pub(super) use stores::DEFECTS as STORES;
