//! The bytes of a stored file: written once, never changed, shared by everybody who reads them. Small ones are
//! kept in memory, in chunks; large ones in a temporary file that has no name, so that it is gone when nobody
//! holds it any more, whichever way the process ends.

use std::{fs::File, io, sync::Arc};

use bytes::Bytes;

mod writer;

pub use writer::BlobWriter;

/// How much of a file on disk is read at a time.
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

/// A part of a blob that begins where it was asked for.
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
    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Whether reading it waits for a disk.
    pub fn blocks(&self) -> bool {
        matches!(self.kept, Kept::Disk(_))
    }

    /// The bytes from `at` on, as many as come at once; none where it ends. What is in memory is not copied.
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

    /// All bytes, copied. Blocks where they are on disk.
    ///
    /// # Errors
    ///
    /// What the system says of a file that cannot be read.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for piece in self.pieces() {
            bytes.extend_from_slice(&piece?);
        }
        Ok(bytes)
    }

    /// All bytes in their order, a piece at a time, each of which blocks where it is on disk. What is in memory is
    /// not copied.
    ///
    /// One that cannot be read is what the system says, and the last.
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

/// The rest of the chunk in which `at` lies.
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
    /// What the system says.
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
    fn what_helps_depends_on_what_is_missing() {
        let told = |code| CannotKeep(io::Error::from_raw_os_error(code)).to_string();
        assert!(told(28).contains("make room in"), "{}", told(28));
        #[cfg(unix)]
        assert!(told(24).contains("`ulimit -n`") && !told(24).contains("TMPDIR"), "{}", told(24));
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
        fn what_was_written_is_what_is_read(
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
