//! The state that defects read and change: the emulator's, and the issued presigned URLs.

use std::sync::Arc;

use jiff::Timestamp;

use super::issued::IssuedUrls;
use crate::files::{Blob, BlobWriter, CannotKeep, Condition, Object, S3Key, State, Stored, UserId};

/// The emulator's state, with the issued presigned URLs.
pub(super) struct World {
    pub(super) state: Arc<State>,
    pub(super) issued: IssuedUrls,
}

impl World {
    /// Returns the file under a key.
    pub(super) fn file_at(&self, key: &str) -> Option<Arc<Object>> {
        self.state.get(&S3Key::new(key).ok()?)
    }

    /// Returns the files of the users that `is_theirs` selects, by key.
    pub(super) fn files_of(&self, is_theirs: impl Fn(UserId) -> bool) -> Vec<Arc<Object>> {
        let mut files = self.state.objects();
        files.retain(|file| file.key.owner().is_some_and(&is_theirs));
        files
    }

    /// Returns whether two users are different users of one account.
    pub(super) fn are_colleagues(&self, one: UserId, other: UserId) -> bool {
        let account = self.state.account_of(one);
        one != other && account.is_some() && account == self.state.account_of(other)
    }

    /// Returns whether two users belong to different accounts.
    pub(super) fn are_strangers(&self, one: UserId, other: UserId) -> bool {
        match (self.state.account_of(one), self.state.account_of(other)) {
            (Some(one), Some(other)) => one != other,
            _ => false,
        }
    }

    /// Stores a file as an upload does.
    pub(super) fn store(&self, key: &S3Key, content: Stored, at: Timestamp) {
        let ticket = self.state.begin_upload(key);
        // Nothing is stored where a reset came in between.
        let _ = self.state.commit_upload(&ticket, key.clone(), content, &Condition::None, at);
    }
}

/// Copies the first `size` bytes of a blob. Bytes in memory are shared.
pub(super) fn copy(blob: &Blob, size: u64) -> Result<Blob, CannotKeep> {
    let mut writer = BlobWriter::like(blob);
    let mut left = size;
    for piece in blob.pieces() {
        let mut piece = piece?;
        piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        left = left.saturating_sub(piece.len() as u64);
        if !piece.is_empty() {
            writer.share(piece)?;
        }
    }
    Ok(writer.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_the_first_bytes_wherever_they_are() {
        for spill_over in [0, u64::MAX] {
            let mut writer = BlobWriter::new(6, spill_over);
            ["ab", "cd", "ef"].into_iter().for_each(|piece| writer.share(piece.into()).unwrap());
            let blob = writer.finish();
            for size in 0..=7 {
                let copied = copy(&blob, size).unwrap();
                let expected = &b"abcdef"[..usize::try_from(size).unwrap().min(6)];
                assert_eq!((copied.read().unwrap().as_slice(), copied.size()), (expected, size.min(6)));
            }
        }
    }
}
