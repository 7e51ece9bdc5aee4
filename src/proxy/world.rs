//! A model of the upstream's files, learned from traffic: stored and deleted files of each user. An answer that
//! contradicts it is a difference. Uncertain facts do not count: older files, and overlapping exchanges.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    exchange::{Difference, Verdict},
    files::{Md5Digest, S3Key, UserId},
};

/// Limit on the remembered users and files. Beyond it, the model starts again.
const MAX_KNOWN: usize = 100_000;

/// The model, shared by all exchanges.
#[derive(Clone, Debug, Default)]
pub struct World(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// Counts changes.
    sequence: u64,
    /// By a hash of the API key.
    accounts: HashMap<UserId, Account>,
    users: HashMap<UserId, User>,
    /// The accounts of users.
    owners: HashMap<UserId, UserId>,
    size: usize,
}

#[derive(Debug, Default)]
struct Account {
    /// The API key's own user.
    own: Option<UserId>,
    usernames: HashSet<String>,
}

#[derive(Debug, Default)]
struct User {
    files: HashMap<String, File>,
    /// Whether `files` has all of them.
    is_complete: bool,
    /// Contents that the server said are new.
    new: HashSet<Md5Digest>,
    /// Number of running exchanges that change its files.
    busy: u32,
    /// When the last of them ended.
    changed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum File {
    Stored { md5: Option<Md5Digest>, size: Option<u64> },
    Absent,
}

/// The caller, as far as it is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Caller {
    /// A hash of the API key.
    pub account: Option<UserId>,
    /// The user that the request names.
    pub named: Option<UserId>,
    /// User of the call.
    pub user: Option<UserId>,
}

/// A running exchange. If it ends without a verdict, its changes are unknown.
#[derive(Debug)]
pub struct Mark {
    world: World,
    began: u64,
    /// Possible changes.
    changes: Option<(UserId, Option<String>)>,
}

/// A file of a list.
#[derive(Debug)]
pub struct Listed<'a> {
    /// Its key.
    pub key: &'a str,
    /// Its name.
    pub filename: Option<&'a str>,
    /// Its size.
    pub size: Option<u64>,
}

/// Answer of a presign.
#[derive(Debug)]
pub struct Presigned<'a> {
    /// Requested name.
    pub filename: &'a str,
    /// Requested MD5.
    pub md5: Md5Digest,
    /// The key.
    pub key: &'a str,
    /// Whether the file is there already.
    pub is_existing: bool,
}

impl World {
    /// Returns who calls, by a hash of the API key and the user that the request names.
    #[must_use]
    pub fn caller(&self, account: Option<UserId>, named: Option<UserId>) -> Caller {
        let own = || self.lock().accounts.get(&account?)?.own;
        Caller { account, named, user: named.or_else(own) }
    }

    /// Notes that an exchange begins, which may change a file, or all of a user's.
    #[must_use]
    pub fn begin(&self, changes: Option<(UserId, Option<&S3Key>)>) -> Mark {
        let mut known = self.lock();
        if let Some((user, _)) = changes {
            known.users.entry(user).or_default().busy += 1;
        }
        let changes = changes.map(|(user, key)| (user, key.map(|key| key.as_str().to_owned())));
        Mark { world: self.clone(), began: known.sequence, changes }
    }

    /// Learns from an accepted call; returns whether it named a user of another account.
    #[must_use]
    pub fn accept(&self, caller: &Caller) -> Option<Difference> {
        let (account, named) = (caller.account?, caller.named?);
        let mut known = self.lock();
        let owner = *known.owners.entry(named).or_insert(account);
        (owner != account).then(|| {
            let message = format!("A call for user {named}, who belongs to another API key, was accepted.");
            Difference::new(Verdict::Looser, "foreign-user", "x-alloy-userid", message)
        })
    }

    /// Learns of a user of an account.
    pub fn add_user(&self, account: Option<UserId>, user: UserId, username: Option<&str>, is_new: bool) {
        let Some(account) = account else { return };
        let mut known = self.lock();
        known.grow();
        known.owners.insert(user, account);
        let of_account = known.accounts.entry(account).or_default();
        match username {
            // Our decision: the key's own user is named by its id.
            Some(name) if name == user.to_string() => of_account.own = Some(user),
            Some(name) => drop(of_account.usernames.insert(name.to_owned())),
            None => {}
        }
        if is_new {
            known.users.insert(user, User { is_complete: true, ..User::default() });
        }
    }

    /// Whether an account has a user of this name.
    #[must_use]
    pub fn has_username(&self, account: Option<UserId>, name: &str) -> bool {
        let known = self.lock();
        account
            .and_then(|account| known.accounts.get(&account))
            .is_some_and(|one| one.usernames.contains(name))
    }

    /// Whether a user is known to be one of an account's.
    #[must_use]
    pub fn owns(&self, account: UserId, user: Option<UserId>) -> bool {
        user.is_some_and(|user| self.lock().owners.get(&user) == Some(&account))
    }

    /// Returns whether a user is an API key's own; `None` where that is not known.
    #[must_use]
    pub fn is_own(&self, account: Option<UserId>, user: UserId) -> Option<bool> {
        Some(self.lock().accounts.get(&account?)?.own? == user)
    }

    /// Learns from the answer to a presign, and returns contradictions.
    #[must_use]
    pub fn presign(&self, caller: &Caller, presigned: &Presigned<'_>, mark: &Mark) -> Vec<Difference> {
        let Presigned { filename, md5, key, is_existing } = *presigned;
        let mut found = Vec::new();
        let Some(owner) = S3Key::owner_of(key) else { return found };
        let mut known = self.lock();
        known.grow();
        let mut add = |what: &str, pointer: &str, message: String| {
            found.push(Difference::new(Verdict::Behaviour, what, pointer, message));
        };
        if let Some(user) = caller.user.filter(|user| *user != owner) {
            let message = format!("The presign for user {user} was answered with a key of user {owner}.");
            add("owner", "/presignedUrl/s3Key", message);
            return found;
        }
        let made = S3Key::of_file(owner, filename);
        if !is_existing && made.as_str() != key {
            let message = format!("The key is `{key}`, and by the guide's pattern it is `{made}`.");
            add("key", "/presignedUrl/s3Key", message);
        }
        if let (None, false, Some(account)) = (caller.user, is_existing, caller.account) {
            known.accounts.entry(account).or_default().own = Some(owner);
            known.owners.insert(owner, account);
        }
        let user = known.users.entry(owner).or_default();
        if user.is_calm(mark) {
            let holds = |file: &File| matches!(file, File::Stored { md5: Some(held), .. } if *held == md5);
            let may_hold = |file: &File| matches!(file, File::Stored { md5: None, .. });
            let is_held = user.files.values().any(holds);
            let is_absent = (user.new.contains(&md5) || user.is_complete) && !is_held;
            if is_existing && is_absent && !user.files.values().any(may_hold) {
                let message =
                    "The answer is `existing`, and no file with this MD5 is stored any more, or yet.";
                add("existing-unstored", "/presignedUrl/type", message.to_owned());
            }
            if !is_existing && is_held {
                let message = "The answer is `new`, and a file with this MD5 is stored.";
                add("new-stored", "/presignedUrl/type", message.to_owned());
            }
        }
        if !is_existing {
            user.new.insert(md5);
        }
        found
    }

    /// Learns of an upload that was accepted.
    pub fn store(&self, mark: &Mark, md5: Option<Md5Digest>, size: u64) {
        let Some((user, Some(key))) = &mark.changes else { return };
        let mut known = self.lock();
        known.grow();
        let file = File::Stored { md5, size: Some(size) };
        known.users.entry(*user).or_default().files.insert(key.clone(), file);
    }

    /// Compares a file's `ETag` with its upload.
    #[must_use]
    pub fn compare(&self, key: &S3Key, etag: &str, mark: &Mark) -> Option<Difference> {
        let known = self.lock();
        let user = known.users.get(&key.owner()?)?;
        let File::Stored { md5: Some(md5), .. } = user.files.get(key.as_str())? else { return None };
        let is_other = etag.len() == 34 && etag.trim_matches('"') != md5.to_hex() && user.is_calm(mark);
        let message = format!("`ETag` is `{etag}`, and the last upload's MD5 is `{}`.", md5.to_hex());
        is_other.then(|| Difference::new(Verdict::Behaviour, "content", "etag", message))
    }

    /// Learns from a list, and returns contradictions.
    #[must_use]
    pub fn list(&self, caller: &Caller, files: &[Listed<'_>], mark: &Mark) -> Vec<Difference> {
        let mut found = Vec::new();
        let mut add = |what: &str, pointer: &str, message: String| {
            found.push(Difference::new(Verdict::Behaviour, what, pointer, message));
        };
        for Listed { key, filename, .. } in files {
            let name = key.get(UserId::LENGTH + 1..).filter(|_| S3Key::owner_of(key).is_some());
            if let (Some(name), Some(filename)) = (name, filename)
                && name != *filename
            {
                let message = format!("`filename` is `{filename}`, and by its key the file is `{name}`.");
                add("filename", "/files/*/filename", message);
            }
        }
        let mut known = self.lock();
        known.grow();
        let Some(id) = caller.user else { return found };
        let is_foreign = |file: &&Listed<'_>| S3Key::owner_of(file.key).is_some_and(|owner| owner != id);
        if let Some(file) = files.iter().find(is_foreign) {
            add(
                "foreign-file",
                "/files/*/s3Key",
                format!("The list of user {id} has the file `{}`.", file.key),
            );
        }
        let user = known.users.entry(id).or_default();
        if !user.is_calm(mark) {
            return found;
        }
        let own: HashMap<&str, &Listed<'_>> = files.iter().map(|file| (file.key, file)).collect();
        for (key, file) in &user.files {
            match (file, own.get(key.as_str())) {
                (File::Stored { .. }, None) => {
                    add("missing-file", "/files", format!("`{key}` was uploaded, and is not on the list."));
                }
                (File::Absent, Some(_)) => {
                    add(
                        "absent-file",
                        "/files",
                        format!("`{key}` is on the list, and was deleted or never stored."),
                    );
                }
                (File::Stored { size: Some(size), .. }, Some(Listed { size: Some(listed), .. }))
                    if size != listed =>
                {
                    let message = format!("`{key}` has {size} bytes, and its `size` is {listed}.");
                    add("size", "/files/*/size", message);
                }
                _ => {}
            }
        }
        let is_unknown = |key: &&&str| user.is_complete && !user.files.contains_key(**key);
        if let Some(key) = own.keys().filter(|key| S3Key::owner_of(key) == Some(id)).find(is_unknown) {
            add("absent-file", "/files", format!("`{key}` is on the list, and was deleted or never stored."));
        }
        user.files.retain(|key, _| own.contains_key(key.as_str()));
        for (key, Listed { size, .. }) in own {
            let file = user.files.entry(key.to_owned()).or_insert(File::Stored { md5: None, size: *size });
            if *file == File::Absent {
                *file = File::Stored { md5: None, size: *size };
            }
        }
        user.is_complete = true;
        found
    }

    /// Learns from the answer to a delete, and returns contradictions.
    #[must_use]
    pub fn delete(&self, caller: &Caller, key: &S3Key, status: u16, mark: &Mark) -> Option<Difference> {
        let mut known = self.lock();
        let owner = key.owner()?;
        let is_foreign = caller.user.is_some_and(|user| user != owner);
        let user = known.users.entry(owner).or_default();
        let file = user.files.get(key.as_str()).copied();
        // Its own exchange is one that changes the user's files.
        let is_calm = user.busy <= 1 && user.changed <= mark.began;
        let is_absent = file == Some(File::Absent) || file.is_none() && user.is_complete;
        let of = |verdict, what: &str, message: &str| {
            Some(Difference::new(verdict, what, "s3Key", format!("`{key}`: {message}")))
        };
        match status {
            200..300 => {
                user.files.insert(key.as_str().to_owned(), File::Absent);
                match () {
                    () if is_foreign => {
                        of(Verdict::Looser, "foreign-file", "the file of another user was deleted.")
                    }
                    () if is_absent && is_calm => {
                        of(Verdict::Looser, "absent-file", "a file that is not stored was deleted.")
                    }
                    () => None,
                }
            }
            404 if is_calm && !is_foreign && matches!(file, Some(File::Stored { .. })) => {
                of(Verdict::Behaviour, "missing-file", "the file was uploaded, and is not found.")
            }
            _ => None,
        }
    }

    /// Forgets a user's files: they are gone.
    pub fn delete_user(&self, user: UserId) {
        let mut known = self.lock();
        let one = known.users.entry(user).or_default();
        (one.files, one.new, one.is_complete) = (HashMap::new(), HashSet::new(), true);
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn grow(&mut self) {
        self.size += 1;
        if self.size > MAX_KNOWN {
            let busy = self.users.drain().filter(|(_, user)| user.busy > 0);
            let busy = busy.map(|(id, user)| (id, User { busy: user.busy, ..User::default() })).collect();
            *self = Self { sequence: self.sequence, users: busy, ..Self::default() };
        }
    }
}

impl User {
    /// Whether its files were the same all through an exchange that does not change them.
    fn is_calm(&self, mark: &Mark) -> bool {
        self.busy == 0 && self.changed <= mark.began
    }
}

impl Mark {
    /// Marks the exchange as complete, with known changes.
    pub fn settle(mut self) {
        self.end(true);
    }

    fn end(&mut self, is_known: bool) {
        let Some((id, key)) = self.changes.take() else { return };
        let mut known = self.world.lock();
        known.sequence += 1;
        let sequence = known.sequence;
        let user = known.users.entry(id).or_default();
        (user.busy, user.changed) = (user.busy.saturating_sub(1), sequence);
        if !is_known {
            (user.is_complete, user.new) = (false, HashSet::new());
            match key {
                Some(key) => drop(user.files.remove(&key)),
                None => user.files.clear(),
            }
        }
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        self.end(false);
    }
}
