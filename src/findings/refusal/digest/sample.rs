//! The part of a body that is read: it may be on disk, and have 5 GiB.

use crate::{
    files::{Blob, Piece},
    findings::refusal::Case,
};

/// Bytes of a body that are read.
const MAX_BYTES: u64 = 16 << 20;

/// A body's beginning, or all of it.
pub(super) struct Sample {
    /// Size of the body.
    pub(super) size: u64,
    /// Bytes that were read.
    pub(super) bytes: Vec<u8>,
}

impl Sample {
    /// Reads the body of a case. Blocks if it is on disk. Unreadable bytes count as missing.
    pub(super) fn at(case: &Case<'_>) -> Self {
        case.refused.body.map_or(Self { size: case.refused.received, bytes: Vec::new() }, Self::of)
    }

    /// Reads a blob, as [`Self::at`] does.
    pub(super) fn of(blob: &Blob) -> Self {
        let size = blob.size();
        let most = usize::try_from(size.min(MAX_BYTES)).unwrap_or_default();
        let mut bytes = Vec::with_capacity(most);
        while bytes.len() < most {
            let piece = match blob.piece(bytes.len() as u64) {
                Piece::Here(piece) => piece,
                Piece::OnDisk(extent) => extent.read().unwrap_or_default(),
            };
            if piece.is_empty() {
                break;
            }
            let left = piece.len().min(most - bytes.len());
            bytes.extend_from_slice(&piece[..left]);
        }
        Self { size, bytes }
    }

    /// Returns the body, if it was read to its end.
    pub(super) fn whole(&self) -> Option<&[u8]> {
        (self.bytes.len() as u64 == self.size).then_some(&self.bytes)
    }
}
