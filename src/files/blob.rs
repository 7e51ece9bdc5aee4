//! The bytes of a stored file, in chunks: written once, never changed, shared by everybody who reads them.

use bytes::Bytes;

/// Large enough that few are needed, small enough that a reader can be handed one at a time.
const CHUNK: usize = 1 << 20;

/// A file's bytes.
#[derive(Debug, Default)]
pub struct Blob {
    chunks: Vec<Bytes>,
    size: u64,
}

impl Blob {
    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The bytes in order. Cloning a chunk does not copy it.
    #[must_use]
    pub fn chunks(&self) -> &[Bytes] {
        &self.chunks
    }
}

/// Collects a blob while its bytes arrive. They are copied once, into chunks of just the right size: what
/// comes from the network would keep the whole of its read buffer alive.
#[derive(Debug)]
pub struct BlobWriter {
    chunks: Vec<Bytes>,
    current: Vec<u8>,
    written: u64,
    expected: u64,
}

impl BlobWriter {
    /// A writer for `expected` bytes; another number works too, with more copying.
    #[must_use]
    pub fn new(expected: u64) -> Self {
        Self { chunks: Vec::new(), current: Vec::new(), written: 0, expected }
    }

    /// Takes the next bytes.
    pub fn write(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.current.capacity() == 0 {
                self.current = Vec::with_capacity(self.next_chunk());
            }
            let room = self.current.capacity() - self.current.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.current.extend_from_slice(now);
            self.written += now.len() as u64;
            bytes = later;
            if self.current.len() == self.current.capacity() {
                self.chunks.push(Bytes::from(std::mem::take(&mut self.current)));
            }
        }
    }

    /// The blob of all that was written.
    #[must_use]
    pub fn finish(mut self) -> Blob {
        if !self.current.is_empty() {
            self.chunks.push(Bytes::from(self.current));
        }
        self.chunks.shrink_to_fit();
        Blob { chunks: self.chunks, size: self.written }
    }

    fn next_chunk(&self) -> usize {
        match usize::try_from(self.expected.saturating_sub(self.written)) {
            Ok(0) | Err(_) => CHUNK,
            Ok(missing) => missing.min(CHUNK),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_written_is_an_empty_blob() {
        let blob = BlobWriter::new(0).finish();
        assert_eq!((blob.size(), blob.chunks().len()), (0, 0));
    }

    #[test]
    fn chunks_are_as_large_as_needed() {
        let mut writer = BlobWriter::new(CHUNK as u64 + 10);
        writer.write(&vec![1; CHUNK + 10]);
        let sizes: Vec<usize> = writer.finish().chunks().iter().map(Bytes::len).collect();
        assert_eq!(sizes, [CHUNK, 10]);
    }

    proptest! {
        #[test]
        fn what_was_written_is_what_is_read(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 0..20), expected in 0u64..5000) {
            let mut writer = BlobWriter::new(expected);
            pieces.iter().for_each(|piece| writer.write(piece));
            let blob = writer.finish();
            prop_assert_eq!(blob.chunks().concat(), pieces.concat());
            prop_assert_eq!(blob.size(), pieces.concat().len() as u64);
        }
    }
}
