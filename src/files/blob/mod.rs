//! The bytes of a stored file: written once, immutable, shared by all readers. Small files are kept in memory, in
//! chunks; large ones in an unnamed temporary file, which disappears with its last reader, however the process ends.

use std::{fs::File, io, sync::Arc};

use bytes::Bytes;

mod writer;

pub use writer::BlobWriter;

/// Bytes that are read from disk at a time.
const PIECE: u64 = 256 << 10;

/// A file's bytes.
#[derive(Debug, Default)]
pub struct Blob {
    kept: Kept,
    size: u64,
}

#[derive(Debug)]
enum Kept {
    Memory(Vec<Bytes>),
    Disk(Arc<File>),
}

/// A part of a blob, from an offset on.
#[derive(Debug)]
pub enum Piece {
    /// It is there.
    Here(Bytes),
    /// It has to be read, which blocks.
    OnDisk(Extent),
}

/// A place in a file on disk.
#[derive(Debug)]
pub struct Extent {
    file: Arc<File>,
    at: u64,
    length: usize,
}

/// A file is too large for memory, and no temporary file takes it.
#[derive(Debug, thiserror::Error)]
#[error("no temporary file takes an upload: {0}; {way_out}, or keep larger uploads in memory with --spill-over", way_out = way_out(.0))]
pub struct CannotKeep(#[from] io::Error);

fn way_out(error: &io::Error) -> String {
    /// `EMFILE` and `ENFILE`, which Rust has no kind for.
    const TOO_MANY_FILES: [i32; 2] = [24, 23];
    if cfg!(unix) && error.raw_os_error().is_some_and(|code| TOO_MANY_FILES.contains(&code)) {
        "each stored upload of this size is an open file: allow more with `ulimit -n`, delete some or reset"
            .to_owned()
    } else {
        let folder = std::env::temp_dir();
        format!("make room in {}, name another folder in TMPDIR", folder.display())
    }
}

impl Default for Kept {
    fn default() -> Self {
        Self::Memory(Vec::new())
    }
}

impl Blob {
    /// Returns the number of bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns whether reading it waits for a disk.
    pub fn blocks(&self) -> bool {
        matches!(self.kept, Kept::Disk(_))
    }

    /// Returns some bytes from `at` on without copying from memory; empty at the end.
    pub fn piece(&self, at: u64) -> Piece {
        match &self.kept {
            Kept::Memory(chunks) => Piece::Here(from(chunks, at)),
            Kept::Disk(file) => {
                let left = self.size.saturating_sub(at).min(PIECE);
                let length = usize::try_from(left).unwrap_or_default();
                Piece::OnDisk(Extent { file: Arc::clone(file), at, length })
            }
        }
    }

    /// Returns all bytes, copied. Blocks if they are on disk.
    ///
    /// # Errors
    ///
    /// The system's error for an unreadable file.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for piece in self.pieces() {
            bytes.extend_from_slice(&piece?);
        }
        Ok(bytes)
    }

    /// Returns all bytes in order, in pieces. Blocks for each piece on disk; does not copy from memory.
    ///
    /// The system's error, as the last item.
    pub fn pieces(&self) -> impl Iterator<Item = io::Result<Bytes>> {
        let mut at = 0;
        std::iter::from_fn(move || {
            if at >= self.size {
                return None;
            }
            let piece = match self.piece(at) {
                Piece::Here(piece) => Ok(piece),
                Piece::OnDisk(extent) => extent.read(),
            };
            at = piece.as_ref().map_or(self.size, |piece| at + piece.len() as u64);
            Some(piece)
        })
    }
}

/// In memory, whatever their number.
impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Self { size: bytes.len() as u64, kept: Kept::Memory(vec![bytes.into()]) }
    }
}

/// Returns the rest of the chunk that contains `at`.
fn from(chunks: &[Bytes], at: u64) -> Bytes {
    let mut start = 0;
    for chunk in chunks {
        let end = start + chunk.len() as u64;
        if at < end {
            return chunk.slice(usize::try_from(at - start).unwrap_or_default()..);
        }
        start = end;
    }
    Bytes::new()
}

impl Extent {
    /// Reads it. Blocks.
    ///
    /// # Errors
    ///
    /// The system's error.
    pub fn read(&self) -> io::Result<Bytes> {
        let mut bytes = vec![0; self.length];
        read_exact_at(&self.file, &mut bytes, self.at)?;
        Ok(bytes.into())
    }
}

/// Many may read at once: no cursor is shared.
#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut bytes: &mut [u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, at)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                at += read as u64;
                bytes = &mut bytes[read..];
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_the_fix_for_a_full_disk_and_for_open_files() {
        let reported = |code| CannotKeep(io::Error::from_raw_os_error(code)).to_string();
        assert!(reported(28).contains("make room in"), "{}", reported(28));
        #[cfg(unix)]
        assert!(reported(24).contains("`ulimit -n`") && !reported(24).contains("TMPDIR"), "{}", reported(24));
    }

    #[test]
    fn a_piece_on_disk_is_bounded_and_ends_with_the_blob() {
        let mut writer = BlobWriter::new(PIECE + 1, 0);
        writer.write(&vec![7; usize::try_from(PIECE).unwrap() + 1]).unwrap();
        let blob = writer.finish();
        for (at, length) in
            [(0, PIECE), (1, PIECE), (2, PIECE - 1), (PIECE, 1), (PIECE + 1, 0), (PIECE + 9, 0)]
        {
            let Piece::OnDisk(extent) = blob.piece(at) else { panic!("it is on disk") };
            assert_eq!(extent.read().unwrap().len() as u64, length, "{at}");
        }
    }

    proptest! {
        #[test]
        fn reads_back_written_bytes(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 0..20),
            expected in 0u64..5000,
            spill_over in 0u64..5000,
        ) {
            let mut writer = BlobWriter::new(expected, spill_over);
            for piece in &pieces {
                writer.write(piece).unwrap();
            }
            let blob = writer.finish();
            prop_assert_eq!(blob.read().unwrap(), pieces.concat());
            prop_assert_eq!(blob.size(), pieces.concat().len() as u64);
        }
    }
}
