//! Policy for whose files are whose. [`State`] is the correct one; defects pass in others.

use std::sync::Arc;

use super::{AccountError, DeleteError, Md5Digest, Object, S3Key, State, UserId};

/// Decides which users an account may name, and which files a user owns.
pub trait Ownership: Send + Sync {
    /// Returns whether [`Self::user`] would find the named user. Changes nothing.
    fn may_name(&self, account: UserId, named: UserId) -> bool;

    /// Returns the user of a call of `account`.
    ///
    /// # Errors
    ///
    /// [`AccountError`] if the account may not call for the named user.
    fn user(&self, account: UserId, named: Option<UserId>) -> Result<UserId, AccountError>;

    /// Returns the key of the user's file with this name.
    fn key(&self, user: UserId, filename: &str) -> S3Key;

    /// Returns the key of the user's file that has this content.
    fn duplicate(&self, user: UserId, key: &S3Key, md5: Md5Digest) -> Option<S3Key>;

    /// Returns the user's files, by key.
    fn list(&self, user: UserId) -> Vec<Arc<Object>>;

    /// Deletes the user's file.
    ///
    /// # Errors
    ///
    /// [`DeleteError`] if the key is not the user's, or holds nothing.
    fn delete(&self, user: UserId, key: &str) -> Result<(), DeleteError>;
}

impl Ownership for State {
    fn may_name(&self, account: UserId, named: UserId) -> bool {
        self.may_name(account, named)
    }

    fn user(&self, account: UserId, named: Option<UserId>) -> Result<UserId, AccountError> {
        self.user(account, named)
    }

    fn key(&self, user: UserId, filename: &str) -> S3Key {
        S3Key::of_file(user, filename)
    }

    fn duplicate(&self, user: UserId, key: &S3Key, md5: Md5Digest) -> Option<S3Key> {
        self.duplicate(user, key, md5)
    }

    fn list(&self, user: UserId) -> Vec<Arc<Object>> {
        self.list(user)
    }

    fn delete(&self, user: UserId, key: &str) -> Result<(), DeleteError> {
        self.delete(user, key)
    }
}
