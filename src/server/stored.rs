//! Stored files as the content of answers. `files` knows no answers and `exchange` no files; the two sides that
//! hand files out, S3's and the control side, rely on what stands here.

use crate::{
    exchange::{Source, Sourced},
    files::{Object, Piece},
};

impl Source for Object {
    fn size(&self) -> u64 {
        self.blob.size()
    }

    fn piece(&self, at: u64) -> Sourced {
        match self.blob.piece(at) {
            Piece::Here(bytes) => Sourced::Here(bytes),
            Piece::OnDisk(extent) => Sourced::Blocking(Box::new(move || extent.read())),
        }
    }
}
