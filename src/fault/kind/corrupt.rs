//! `corrupt`: storage that keeps other bytes than were sent, and says so only by their `ETag` and checksum.

use bytes::Bytes;
use crc64fast_nvme::Digest as Crc64;
use fast_md5::Md5;

use super::{Kind, fine};
use crate::{
    exchange::Operation,
    fault::{Effect, Fault},
    files::{Blob, BlobWriter, CannotKeep, Keep, Stored},
};

pub(super) static KIND: Kind = Kind {
    name: "corrupt",
    summary: "an upload of which other bytes are stored; its ETag is theirs",
    met: "200 with an `ETag` that is not the MD5 of the sent bytes. S3 stores other bytes, and downloads return them.",
    fields: &[],
    // Only an upload stores bytes.
    operations: &[Operation::Put],
    example: "put:nth=1:corrupt",
    wrong: "PUT -> 200 with the ETag of other bytes; the client reports success",
    right: "PUT -> 200; the ETag is not the file's MD5; the same PUT again -> 200 with the right ETag",
    effect: |_| Effect::Corrupt,
    check: fine,
};

impl Fault<()> {
    /// Stores other bytes than were sent.
    #[must_use]
    pub fn corrupt(self) -> Fault {
        self.causing(&KIND, [])
    }
}

/// Keeps a file with one bit of it changed. An empty one becomes one byte, since it has no bit.
#[derive(Clone, Debug)]
pub struct Corrupt {
    rng: fastrand::Rng,
}

impl Corrupt {
    /// Makes a policy: the same generator changes the same bit.
    #[must_use]
    pub fn new(rng: fastrand::Rng) -> Self {
        Self { rng }
    }
}

impl Keep for Corrupt {
    fn keep(&self, content: Stored) -> Result<Stored, CannotKeep> {
        let mut writer = Writer::like(&content.blob);
        let mut rng = self.rng.clone();
        match content.blob.size() {
            0 => writer.take(vec![rng.u8(..)].into())?,
            size => {
                let (place, bit) = (rng.u64(..size), rng.u8(..8));
                let mut start = 0;
                for piece in content.blob.pieces() {
                    let piece = piece?;
                    let end = start + piece.len() as u64;
                    let index = (start..end).contains(&place).then(|| usize::try_from(place - start).ok());
                    writer.take(match index.flatten() {
                        Some(index) => flipped(&piece, index, bit),
                        None => piece,
                    })?;
                    start = end;
                }
            }
        }
        Ok(writer.finish(content.content_type))
    }

    fn reads(&self) -> bool {
        true
    }
}

/// Flips a bit of the bytes.
fn flipped(bytes: &[u8], index: usize, bit: u8) -> Bytes {
    let mut bytes = bytes.to_vec();
    if let Some(byte) = bytes.get_mut(index) {
        *byte ^= 1 << bit;
    }
    bytes.into()
}

/// A blob with the digests of its content.
struct Writer {
    blob: BlobWriter,
    md5: Md5,
    crc: Crc64,
}

impl Writer {
    fn like(blob: &Blob) -> Self {
        Self { blob: BlobWriter::like(blob), md5: Md5::new(), crc: Crc64::new() }
    }

    fn take(&mut self, bytes: Bytes) -> Result<(), CannotKeep> {
        self.md5.update(&bytes);
        self.crc.write(&bytes);
        self.blob.share(bytes)
    }

    fn finish(self, content_type: Option<Box<str>>) -> Stored {
        let md5: [u8; 16] = self.md5.finalize();
        Stored { blob: self.blob.finish(), md5: md5.into(), crc64nvme: self.crc.sum64(), content_type }
    }
}

#[cfg(test)]
mod tests {
    use md5::Digest;
    use proptest::prelude::*;

    use super::*;

    /// Returns the corrupted upload of these pieces, in memory or on disk by `spill_over`. Chunks
    /// are as large as the pieces.
    fn corrupted(pieces: &[Vec<u8>], spill_over: u64, seed: u64) -> Stored {
        let size = pieces.iter().map(|piece| piece.len() as u64).sum();
        let mut writer = BlobWriter::new(size, spill_over);
        pieces.iter().for_each(|piece| writer.share(piece.clone().into()).unwrap());
        let content =
            Stored { blob: writer.finish(), content_type: Some("text/plain".into()), ..Stored::default() };
        Corrupt::new(fastrand::Rng::with_seed(seed)).keep(content).unwrap()
    }

    fn assert_digests_are_of(stored: &Stored, bytes: &[u8]) {
        let md5: [u8; 16] = md5::Md5::digest(bytes).into();
        let mut crc = Crc64::new();
        crc.write(bytes);
        assert_eq!((stored.md5, stored.crc64nvme), (md5.into(), crc.sum64()));
    }

    #[test]
    fn an_empty_file_becomes_one_byte() {
        for spill_over in [0, u64::MAX] {
            let stored = corrupted(&[], spill_over, 1);
            let bytes = stored.blob.read().unwrap();
            assert_eq!(bytes.len(), 1);
            assert_digests_are_of(&stored, &bytes);
        }
    }

    /// More than is read at once, and a bit in each half.
    #[test]
    fn a_large_file_on_disk_stays_there() {
        const SIZE: usize = (256 << 10) + 3;
        let mut places = Vec::new();
        for seed in 0..8 {
            let stored = corrupted(&[vec![0; SIZE]], 0, seed);
            let bytes = stored.blob.read().unwrap();
            assert!(stored.blob.blocks());
            assert_eq!(bytes.len(), SIZE);
            assert_digests_are_of(&stored, &bytes);
            places.extend(bytes.iter().position(|byte| *byte != 0));
        }
        assert_eq!(places.len(), 8);
        assert!(places.iter().any(|place| *place < SIZE / 2) && places.iter().any(|place| *place > SIZE / 2));
    }

    #[test]
    fn shares_unchanged_pieces() {
        let pieces: Vec<Bytes> = (0..4).map(|piece| vec![piece; 9].into()).collect();
        let mut writer = BlobWriter::new(36, u64::MAX);
        pieces.iter().for_each(|piece| writer.share(piece.clone()).unwrap());
        let content = Stored { blob: writer.finish(), ..Stored::default() };
        let stored = Corrupt::new(fastrand::Rng::with_seed(1)).keep(content).unwrap();
        let kept = stored.blob.pieces().map(Result::unwrap);
        assert_eq!(kept.zip(&pieces).filter(|(kept, sent)| kept.as_ptr() == sent.as_ptr()).count(), 3);
    }

    proptest! {
        #[test]
        fn one_bit_is_another_and_the_digests_are_right(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..300), 1..6),
            is_on_disk: bool,
            seed: u64,
        ) {
            let spill_over = if is_on_disk { 0 } else { u64::MAX };
            let sent = pieces.concat();
            let stored = corrupted(&pieces, spill_over, seed);
            let kept = stored.blob.read().unwrap();
            prop_assert_eq!(kept.len(), sent.len());
            let bits: u32 = kept.iter().zip(&sent).map(|(kept, sent)| (kept ^ sent).count_ones()).sum();
            prop_assert_eq!(bits, 1);
            assert_digests_are_of(&stored, &kept);
            prop_assert_eq!(stored.blob.blocks(), is_on_disk);
            prop_assert_eq!(stored.content_type.as_deref(), Some("text/plain"));
            let again = corrupted(&pieces, spill_over, seed).blob.read().unwrap();
            prop_assert_eq!(again, kept);
        }
    }
}
