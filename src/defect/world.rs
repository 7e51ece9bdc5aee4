//! What defects look at and change: the emulator's state, and the URLs that were handed out.

use std::sync::Arc;

use jiff::Timestamp;

use super::issued::IssuedUrls;
use crate::files::{Blob, BlobWriter, CannotKeep, Condition, Object, S3Key, State, Stored, UserId};

/// The world that is wrong.
pub(super) struct World {
    pub(super) state: Arc<State>,
    pub(super) issued: IssuedUrls,
}

impl World {
    /// The files of users that `is_theirs` picks by their ids, by key.
    pub(super) fn files_of(&self, is_theirs: impl Fn(UserId) -> bool) -> Vec<Arc<Object>> {
        let mut files = self.state.objects();
        files.retain(|file| file.key.owner().is_some_and(&is_theirs));
        files
    }

    /// Whether two users are different ones of one account.
    pub(super) fn are_colleagues(&self, one: UserId, other: UserId) -> bool {
        let account = self.state.account_of(one);
        one != other && account.is_some() && account == self.state.account_of(other)
    }

    /// Whether two users are of two accounts.
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

/// A blob with the same bytes, or the first of them. They are shared where they are in memory.
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
    use crate::defect::testing::{account, user, world};

    #[test]
    fn colleagues_are_of_one_account_and_strangers_of_two() {
        let world = world();
        account(&world, "ab");
        account(&world, "cd");
        let (a, b, c, nobody) = (user('a'), user('b'), user('c'), user('e'));
        assert!(world.are_colleagues(a, b) && !world.are_colleagues(a, a) && !world.are_colleagues(a, c));
        assert!(world.are_strangers(b, c) && !world.are_strangers(a, b) && !world.are_strangers(a, nobody));
        assert!(!world.are_colleagues(a, nobody) && !world.are_colleagues(nobody, nobody));
    }

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
