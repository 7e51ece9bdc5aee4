//! The state of the emulator behind one lock, so that a reset is atomic. Every method is one short
//! critical section; none awaits.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use super::{
    AccountError, Accounts, ApiKey, Blob, EtagForm, Md5Digest, Profile, S3Key, User, UserId,
    user_objects::UserObjects,
};

/// Scope of duplicates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dedup {
    /// The same user has a file with the same MD5, whatever its name.
    #[default]
    User,
    /// The same key holds a file with the same MD5.
    Key,
    /// Nothing.
    Off,
}

/// A stored object.
#[derive(Debug)]
pub struct Object {
    /// Key.
    pub key: S3Key,
    /// MD5 of the bytes.
    pub md5: Md5Digest,
    /// Bytes.
    pub blob: Blob,
    /// CRC-64/NVME of the bytes.
    pub crc64nvme: u64,
    /// `Content-Type` of the upload.
    pub content_type: Option<Box<str>>,
    /// End of the upload.
    pub last_modified: Timestamp,
    /// Order of uploads.
    pub(super) order: u64,
}

/// A verified upload.
#[derive(Debug, Default)]
pub struct Stored {
    /// Bytes.
    pub blob: Blob,
    /// MD5 of the bytes.
    pub md5: Md5Digest,
    /// CRC-64/NVME of the bytes.
    pub crc64nvme: u64,
    /// `Content-Type` of the upload.
    pub content_type: Option<Box<str>>,
}

impl Object {
    /// Makes an object under a key.
    pub fn new(key: S3Key, content: Stored, now: Timestamp, order: u64) -> Self {
        let Stored { blob, md5, crc64nvme, content_type } = content;
        Self { key, md5, blob, crc64nvme, content_type, last_modified: now, order }
    }
}

/// Permission to store an upload that has begun. A reset revokes it.
#[derive(Debug)]
pub struct Ticket {
    owner: Option<UserId>,
    epoch: u64,
    owner_epoch: u64,
}

/// Condition on the key when an upload is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// Nothing.
    #[default]
    None,
    /// It holds no object.
    Vacant,
    /// It holds an object with this `ETag`, without its quotes, where `ETag`s have this form.
    Holds(String, EtagForm),
}

/// Reason why an upload was not stored.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CommitError {
    /// A reset came after it began.
    #[error("the emulator was reset while the upload was under way")]
    Superseded,
    /// The key holds an object that the condition excludes.
    #[error("the condition of the upload does not hold")]
    ConditionFailed,
    /// The key holds no object, but the condition needs one.
    #[error("the key holds no object")]
    Missing,
}

impl Condition {
    fn check(&self, object: Option<&Arc<Object>>) -> Result<(), CommitError> {
        match (self, object) {
            (Self::None, _) | (Self::Vacant, None) => Ok(()),
            (Self::Holds(etag, form), Some(object)) if *etag == form.of(object.md5) => Ok(()),
            (Self::Holds(..), None) => Err(CommitError::Missing),
            (Self::Vacant | Self::Holds(..), Some(_)) => Err(CommitError::ConditionFailed),
        }
    }
}

/// Reason why a file cannot be deleted.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DeleteError {
    /// The key is another user's by its prefix, whether or not it exists.
    #[error("the file belongs to another user")]
    Foreign,
    /// The user does not have the file.
    #[error("the user does not have this file")]
    NotFound,
}

/// State at the start, and after each reset.
#[derive(Debug, Default)]
pub struct Initial {
    /// Accepted keys; without any, every key is.
    pub keys: Vec<ApiKey>,
    /// Users, except the keys' own.
    pub users: Vec<User>,
    /// Users of the first account that names them.
    pub unclaimed: Vec<(UserId, Profile)>,
    /// Files.
    pub files: Vec<Arc<Object>>,
}

/// The state.
#[derive(Debug)]
pub struct State {
    initial: Initial,
    dedup: Dedup,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    accounts: Accounts,
    /// Objects of each user, and those without an owner.
    by_user: HashMap<Option<UserId>, UserObjects>,
    uploads: u64,
    /// Counts resets, of everything and of one user.
    epoch: u64,
    owner_epochs: HashMap<UserId, u64>,
}

impl State {
    /// Makes a state that starts with `initial`.
    pub fn new(initial: Initial, dedup: Dedup) -> Self {
        let inner = Inner::new(&initial, 0);
        Self { initial, dedup, inner: Mutex::new(inner) }
    }

    /// Returns the account of a bearer token; `None` if it is not accepted.
    pub fn authenticate(&self, token: &str) -> Option<UserId> {
        self.lock().accounts.authenticate(token)
    }

    /// Returns the user of a call of `account`.
    ///
    /// # Errors
    ///
    /// [`AccountError`] if the account may not call for the named user.
    pub fn user(&self, account: UserId, named: Option<UserId>) -> Result<UserId, AccountError> {
        self.lock().accounts.user(account, named)
    }

    /// Returns whether [`Self::user`] would find the named user. Changes nothing.
    pub fn may_name(&self, account: UserId, named: UserId) -> bool {
        self.lock().accounts.may_name(account, named)
    }

    /// Returns the account's users, its own first.
    pub fn users(&self, account: UserId) -> Vec<User> {
        self.lock().accounts.list(account).cloned().collect()
    }

    /// Returns one of the account's users.
    pub fn find_user(&self, account: UserId, id: UserId) -> Option<User> {
        self.lock().accounts.find(account, id).cloned()
    }

    /// Returns a user's account; `None` if no call has named the user yet.
    pub fn account_of(&self, id: UserId) -> Option<UserId> {
        self.lock().accounts.account_of(id)
    }

    /// Adds a user to an account.
    ///
    /// # Errors
    ///
    /// [`AccountError`] if the name is taken.
    pub fn create_user(&self, user: User) -> Result<(), AccountError> {
        self.lock().accounts.create(user)
    }

    /// Deletes a user, with the user's files; uploads under way store nothing.
    ///
    /// # Errors
    ///
    /// [`AccountError`] if it is the account's own user, or not of the account.
    pub fn delete_user(&self, account: UserId, id: UserId) -> Result<(), AccountError> {
        let mut inner = self.lock();
        inner.accounts.delete(account, id)?;
        let files = inner.take_files(id);
        drop(inner);
        drop(files);
        Ok(())
    }

    /// Returns the key of the user's file with this content, within the scope of duplicates: `key`
    /// itself if it has it, else the oldest.
    pub fn duplicate(&self, user: UserId, key: &S3Key, md5: Md5Digest) -> Option<S3Key> {
        if self.dedup == Dedup::Off {
            return None;
        }
        let inner = self.lock();
        let objects = inner.by_user.get(&Some(user))?;
        if objects.get(key.as_str()).is_some_and(|object| object.md5 == md5) {
            return Some(key.clone());
        }
        match self.dedup {
            Dedup::User => objects.oldest_of(md5).map(|object| object.key.clone()),
            Dedup::Key | Dedup::Off => None,
        }
    }

    /// Returns the user's files, by key.
    pub fn list(&self, user: UserId) -> Vec<Arc<Object>> {
        let inner = self.lock();
        inner.by_user.get(&Some(user)).map(|objects| objects.all().cloned().collect()).unwrap_or_default()
    }

    /// Deletes the user's file.
    ///
    /// # Errors
    ///
    /// [`DeleteError`] if the key is not the user's, or holds nothing.
    pub fn delete(&self, user: UserId, key: &str) -> Result<(), DeleteError> {
        if !key.strip_prefix(&user.to_string()).is_some_and(|rest| rest.starts_with('_')) {
            return Err(DeleteError::Foreign);
        }
        let removed = self.lock().by_user.get_mut(&Some(user)).and_then(|objects| objects.remove(key));
        removed.map(drop).ok_or(DeleteError::NotFound)
    }

    /// Returns the object under a key.
    pub fn get(&self, key: &S3Key) -> Option<Arc<Object>> {
        self.lock().by_user.get(&key.owner())?.get(key.as_str()).cloned()
    }

    /// Deletes the object under a key, of any user; returns `false` if there is none.
    pub fn remove(&self, key: &S3Key) -> bool {
        let removed =
            self.lock().by_user.get_mut(&key.owner()).and_then(|objects| objects.remove(key.as_str()));
        removed.is_some()
    }

    /// Returns all objects, by key.
    pub fn objects(&self) -> Vec<Arc<Object>> {
        let mut objects: Vec<_> = self.lock().by_user.values().flat_map(UserObjects::all).cloned().collect();
        objects.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        objects
    }

    /// Returns the permission to store an upload to `key`.
    pub fn begin_upload(&self, key: &S3Key) -> Ticket {
        let inner = self.lock();
        let owner = key.owner();
        Ticket { owner, epoch: inner.epoch, owner_epoch: inner.owner_epoch(owner) }
    }

    /// Stores a verified upload, together with the check of its condition.
    ///
    /// # Errors
    ///
    /// [`CommitError`] if a reset came after the upload began, or the condition does not hold.
    pub fn commit_upload(
        &self,
        ticket: &Ticket,
        key: S3Key,
        content: Stored,
        condition: &Condition,
        now: Timestamp,
    ) -> Result<(), CommitError> {
        let mut inner = self.lock();
        if (inner.epoch, inner.owner_epoch(ticket.owner)) != (ticket.epoch, ticket.owner_epoch) {
            return Err(CommitError::Superseded);
        }
        let objects = inner.by_user.get(&ticket.owner);
        condition.check(objects.and_then(|objects| objects.get(key.as_str())))?;
        inner.uploads += 1;
        let object = Arc::new(Object::new(key, content, now, inner.uploads));
        let replaced = inner.by_user.entry(ticket.owner).or_default().put(object);
        drop(inner);
        drop(replaced);
        Ok(())
    }

    /// Returns the number of resets.
    pub fn epoch(&self) -> u64 {
        self.lock().epoch
    }

    /// Resets everything; uploads under way store nothing.
    pub fn reset(&self) {
        let mut inner = self.lock();
        let fresh = Inner::new(&self.initial, inner.epoch + 1);
        let old = std::mem::replace(&mut *inner, fresh);
        drop(inner);
        drop(old);
    }

    /// Resets one user's files; the user's uploads under way store nothing.
    pub fn reset_user(&self, user: UserId) {
        let mut inner = self.lock();
        let old = inner.take_files(user);
        inner.put_files(self.initial.files.iter().filter(|file| file.key.owner() == Some(user)));
        drop(inner);
        drop(old);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn new(initial: &Initial, epoch: u64) -> Self {
        let mut inner = Self {
            accounts: Accounts::new(&initial.keys, &initial.users, &initial.unclaimed),
            by_user: HashMap::new(),
            uploads: initial.files.len() as u64,
            epoch,
            owner_epochs: HashMap::new(),
        };
        inner.put_files(&initial.files);
        inner
    }

    fn put_files<'a>(&mut self, files: impl IntoIterator<Item = &'a Arc<Object>>) {
        for file in files {
            self.by_user.entry(file.key.owner()).or_default().put(Arc::clone(file));
        }
    }

    /// Removes a user's files; the user's uploads under way store nothing.
    fn take_files(&mut self, user: UserId) -> Option<UserObjects> {
        *self.owner_epochs.entry(user).or_default() += 1;
        self.by_user.remove(&Some(user))
    }

    fn owner_epoch(&self, owner: Option<UserId>) -> u64 {
        owner.and_then(|owner| self.owner_epochs.get(&owner)).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(digit: char) -> UserId {
        digit.to_string().repeat(24).parse().unwrap()
    }

    #[test]
    fn a_reset_takes_back_the_leave_to_store() {
        let state = State::new(Initial::default(), Dedup::User);
        let key = S3Key::of_file(user('a'), "a");
        let commit = |ticket: &Ticket| {
            state.commit_upload(
                ticket,
                key.clone(),
                Stored::default(),
                &Condition::None,
                Timestamp::UNIX_EPOCH,
            )
        };
        let ticket = state.begin_upload(&key);
        state.reset();
        assert_eq!(commit(&ticket), Err(CommitError::Superseded));
        let ticket = state.begin_upload(&key);
        state.reset_user(user('a'));
        assert_eq!(commit(&ticket), Err(CommitError::Superseded));
        let ticket = state.begin_upload(&key);
        state.reset_user(user('b'));
        assert_eq!(commit(&ticket), Ok(()));
    }
}
