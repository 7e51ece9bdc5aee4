//! A blob that is being written: in chunks in memory, or in a file.

use std::{fs::File, io::Write, sync::Arc};

use bytes::Bytes;

use memmap2::MmapMut;

use super::{Blob, CannotKeep, Kept};

/// Large enough that few are needed, small enough that a reader can be handed one at a time.
const CHUNK: usize = 1 << 20;

/// Minimal size of a chunk with its own memory mapping, which is returned to the system with the chunk. Allocators keep
/// memory: glibc held 250 to 290 MB after a reset of 600 MB of files, mimalloc all of it.
const PAGES: usize = 16 << 10;

/// Collects a blob while its bytes arrive.
#[derive(Debug)]
pub struct BlobWriter {
    sink: Sink,
    written: u64,
    expected: u64,
}

#[derive(Debug)]
enum Sink {
    /// Bytes are copied once, into chunks of the right size: slices of network buffers would keep whole buffers alive.
    Memory { chunks: Vec<Bytes>, current: Chunk },
    /// Made when the first bytes come.
    Disk(Option<File>),
}

/// A chunk while it fills.
#[derive(Debug)]
enum Chunk {
    Heap(Vec<u8>),
    Pages { pages: MmapMut, filled: usize },
}

impl BlobWriter {
    /// Creates a writer for `expected` bytes, which stay in memory up to `spill_over`. Any other number of bytes works
    /// too, with more copying.
    pub fn new(expected: u64, spill_over: u64) -> Self {
        let sink = if expected > spill_over {
            Sink::Disk(None)
        } else {
            Sink::Memory { chunks: Vec::new(), current: Chunk::default() }
        };
        Self { sink, written: 0, expected }
    }

    /// Creates a writer for about as many bytes as a blob has, in the same kind of storage.
    pub fn like(blob: &Blob) -> Self {
        Self::new(blob.size(), if blob.blocks() { 0 } else { u64::MAX })
    }

    /// Returns whether [`Self::write`] waits for a disk.
    pub fn blocks(&self) -> bool {
        matches!(self.sink, Sink::Disk(_))
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    ///
    /// [`CannotKeep`] where the disk does not take them.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), CannotKeep> {
        match &mut self.sink {
            Sink::Memory { chunks, current } => {
                let missing = self.expected.saturating_sub(self.written);
                fill(chunks, current, bytes, missing);
            }
            Sink::Disk(file) => {
                let file = match file {
                    Some(file) => file,
                    None => file.insert(tempfile::tempfile()?),
                };
                file.write_all(bytes)?;
            }
        }
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Takes the next bytes, of another blob mostly: in memory they are shared rather than copied, in a chunk of
    /// their own.
    ///
    /// # Errors
    ///
    /// [`CannotKeep`] where the disk does not take them.
    pub fn share(&mut self, bytes: Bytes) -> Result<(), CannotKeep> {
        let Sink::Memory { chunks, current } = &mut self.sink else { return self.write(&bytes) };
        chunks.extend(std::mem::take(current).into_bytes());
        self.written += bytes.len() as u64;
        chunks.push(bytes);
        Ok(())
    }

    /// Returns the blob of all written bytes.
    pub fn finish(self) -> Blob {
        let kept = match self.sink {
            Sink::Memory { mut chunks, current } => {
                chunks.extend(current.into_bytes());
                chunks.shrink_to_fit();
                Kept::Memory(chunks)
            }
            Sink::Disk(file) => file.map_or_else(Kept::default, |file| Kept::Disk(Arc::new(file))),
        };
        Blob { kept, size: self.written }
    }
}

/// Copies bytes into the current chunk, and into further ones where it is full; `missing` are expected.
fn fill(chunks: &mut Vec<Bytes>, current: &mut Chunk, mut bytes: &[u8], mut missing: u64) {
    while !bytes.is_empty() {
        if current.room() == 0 {
            chunks.extend(std::mem::take(current).into_bytes());
            *current = Chunk::new(match usize::try_from(missing) {
                Ok(0) | Err(_) => CHUNK,
                Ok(missing) => missing.min(CHUNK),
            });
        }
        let (now, later) = bytes.split_at(current.room().min(bytes.len()));
        current.extend(now);
        missing = missing.saturating_sub(now.len() as u64);
        bytes = later;
    }
}

impl Default for Chunk {
    fn default() -> Self {
        Self::Heap(Vec::new())
    }
}

impl Chunk {
    /// Allocates memory for this many bytes: on the heap if they are few, or if the system has no pages left.
    fn new(size: usize) -> Self {
        if size >= PAGES
            && let Ok(pages) = MmapMut::map_anon(size)
        {
            return Self::Pages { pages, filled: 0 };
        }
        Self::Heap(Vec::with_capacity(size))
    }

    fn room(&self) -> usize {
        match self {
            Self::Heap(bytes) => bytes.capacity() - bytes.len(),
            Self::Pages { pages, filled } => pages.len() - filled,
        }
    }

    /// Appends bytes within the capacity.
    fn extend(&mut self, bytes: &[u8]) {
        match self {
            Self::Heap(chunk) => chunk.extend_from_slice(bytes),
            Self::Pages { pages, filled } => {
                pages[*filled..*filled + bytes.len()].copy_from_slice(bytes);
                *filled += bytes.len();
            }
        }
    }

    /// Returns the bytes so far, if there are any.
    fn into_bytes(self) -> Option<Bytes> {
        let bytes = match self {
            Self::Heap(bytes) => Bytes::from(bytes),
            Self::Pages { pages, filled } => Bytes::from_owner(pages).slice(..filled),
        };
        (!bytes.is_empty()).then_some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_written_is_an_empty_blob() {
        for expected in [0, 10] {
            let blob = BlobWriter::new(expected, 5).finish();
            assert_eq!((blob.size(), blob.read().unwrap()), (0, Vec::new()));
        }
    }

    #[test]
    fn chunks_are_as_large_as_needed() {
        let mut writer = BlobWriter::new(CHUNK as u64 + 10, u64::MAX);
        writer.write(&vec![1; CHUNK + 10]).unwrap();
        let Kept::Memory(chunks) = writer.finish().kept else { panic!("it is in memory") };
        assert_eq!(chunks.iter().map(Bytes::len).collect::<Vec<_>>(), [CHUNK, 10]);
    }

    #[test]
    fn only_what_is_larger_than_the_bound_goes_to_disk() {
        assert!(!BlobWriter::new(8, 8).blocks());
        assert!(BlobWriter::new(9, 8).blocks());
        assert!(BlobWriter::new(1, 0).blocks());
        assert!(!BlobWriter::new(0, 0).blocks());
    }

    #[test]
    fn shared_pieces_are_not_copied_and_stay_in_order() {
        for spill_over in [0, u64::MAX] {
            let mut writer = BlobWriter::new(9, spill_over);
            let shared = Bytes::from_static(b"456");
            writer.write(b"123").unwrap();
            writer.share(shared.clone()).unwrap();
            writer.write(b"789").unwrap();
            let blob = writer.finish();
            assert_eq!((blob.size(), blob.read().unwrap()), (9, b"123456789".to_vec()));
            if let Kept::Memory(chunks) = &blob.kept {
                assert_eq!(chunks[1].as_ptr(), shared.as_ptr());
            }
            assert_eq!(BlobWriter::like(&blob).blocks(), blob.blocks());
        }
    }
}
