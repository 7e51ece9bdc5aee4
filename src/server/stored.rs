//! Stored files as content of answers, for the S3 API and the control API. `files` knows no
//! answers, `exchange` no files.

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
