//! Accounts and users: each API key is an account with its own user, and may have more. Decisions:
//! docs/facts-alloy.md#accounts

use std::collections::{HashMap, hash_map::Entry};

use super::UserId;

/// Accepted API key, with its own user.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Bearer token.
    pub key: String,
    /// Its own user.
    pub user: UserId,
}

/// Hides the key.
impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ApiKey({})", self.user)
    }
}

/// User of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The user's id.
    pub id: UserId,
    /// Account, by the id of its own user.
    pub account: UserId,
    /// Names.
    pub profile: Profile,
}

/// Names of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Username, unique in the account; by default the id.
    pub username: String,
    /// Full name.
    pub full_name: Option<String>,
}

impl Profile {
    /// Returns the default names of a user.
    fn of(id: UserId) -> Self {
        Self { username: id.to_string(), full_name: None }
    }
}

/// Reason why a call about a user fails.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AccountError {
    /// The user belongs to another account, was deleted, or is unknown where keys are configured.
    #[error("user {0} does not belong to this API key's account")]
    ForeignUser(UserId),
    /// The account has this username already.
    #[error("the account has a user of this name already")]
    UsernameTaken,
    /// The user is the API key's own.
    #[error("the API key's own user cannot be deleted")]
    OwnUser,
}

/// Accounts and their users. An account has the id of its own user.
pub struct Accounts {
    /// Accepted keys. Without any, every token is accepted.
    keys: HashMap<String, UserId>,
    /// Every user that ever existed, `None` once deleted, so that no id is used again.
    users: HashMap<UserId, Option<User>>,
    /// Users of the first account that names them.
    unclaimed: HashMap<UserId, Profile>,
    /// Users of each account, its own first, in the order of creation.
    of_account: HashMap<UserId, Vec<UserId>>,
    /// Users of an account by name: more than one only for default names.
    names: HashMap<(UserId, String), usize>,
}

/// Hides the keys.
impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Accounts").field("users", &self.users).finish_non_exhaustive()
    }
}

impl Accounts {
    /// Makes the accounts of `keys`, with more users, and with users for the first account that
    /// names them. Without keys, every token that is not empty is an account.
    pub fn new(keys: &[ApiKey], users: &[User], unclaimed: &[(UserId, Profile)]) -> Self {
        let keys = keys.iter().map(|key| (key.key.clone(), key.user)).collect();
        let unclaimed = unclaimed.iter().cloned().collect();
        let mut accounts = Self {
            keys,
            users: HashMap::new(),
            unclaimed,
            of_account: HashMap::new(),
            names: HashMap::new(),
        };
        let own: Vec<UserId> = accounts.keys.values().copied().collect();
        own.into_iter().for_each(|account| accounts.open(account));
        for user in users {
            accounts.open(user.account);
            accounts.add(user.clone());
        }
        accounts
    }

    /// Returns the account of a bearer token; `None` if it is not accepted.
    pub fn authenticate(&self, token: &str) -> Option<UserId> {
        match self.keys.get(token) {
            Some(account) => Some(*account),
            None if self.keys.is_empty() && !token.is_empty() => Some(UserId::of_key(token)),
            None => None,
        }
    }

    /// Returns the user of a call of `account`: its own, or the named one. Without configured keys, an unknown id
    /// belongs to the first account that names it.
    ///
    /// # Errors
    ///
    /// [`AccountError::ForeignUser`] where the named user is not the account's.
    pub fn user(&mut self, account: UserId, named: Option<UserId>) -> Result<UserId, AccountError> {
        self.open(account);
        let id = named.unwrap_or(account);
        if !self.users.contains_key(&id) && self.keys.is_empty() {
            let profile = self.unclaimed.remove(&id).unwrap_or_else(|| Profile::of(id));
            self.add(User { id, account, profile });
        }
        self.find(account, id).map(|user| user.id).ok_or(AccountError::ForeignUser(id))
    }

    /// Returns whether [`Self::user`] would find the named user. Changes nothing.
    pub fn may_name(&self, account: UserId, named: UserId) -> bool {
        match self.users.get(&named) {
            Some(user) => user.as_ref().is_some_and(|user| user.account == account),
            None => named == account || self.keys.is_empty(),
        }
    }

    /// Returns a user's account.
    pub fn account_of(&self, id: UserId) -> Option<UserId> {
        self.users.get(&id)?.as_ref().map(|user| user.account)
    }

    /// Returns one of the account's users.
    pub fn find(&self, account: UserId, id: UserId) -> Option<&User> {
        self.users.get(&id)?.as_ref().filter(|user| user.account == account)
    }

    /// Returns the account's users, its own first.
    pub fn list(&self, account: UserId) -> impl Iterator<Item = &User> {
        let ids = self.of_account.get(&account).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(move |id| self.find(account, *id))
    }

    /// Adds a user.
    ///
    /// # Errors
    ///
    /// [`AccountError`] if the name or the id is taken.
    pub fn create(&mut self, user: User) -> Result<(), AccountError> {
        self.open(user.account);
        if self.names.contains_key(&(user.account, user.profile.username.clone())) {
            return Err(AccountError::UsernameTaken);
        }
        if self.users.contains_key(&user.id) {
            return Err(AccountError::ForeignUser(user.id));
        }
        self.add(user);
        Ok(())
    }

    /// Deletes a user.
    ///
    /// # Errors
    ///
    /// [`AccountError`] if it is the account's own, or not of the account.
    pub fn delete(&mut self, account: UserId, id: UserId) -> Result<(), AccountError> {
        if id == account {
            return Err(AccountError::OwnUser);
        }
        let user = self.find(account, id).ok_or(AccountError::ForeignUser(id))?;
        if let Entry::Occupied(mut name) = self.names.entry((account, user.profile.username.clone())) {
            *name.get_mut() -= 1;
            if *name.get() == 0 {
                name.remove();
            }
        }
        self.users.insert(id, None);
        if let Some(ids) = self.of_account.get_mut(&account) {
            ids.retain(|known| *known != id);
        }
        Ok(())
    }

    /// Creates an account's own user, also if another account has claimed its id.
    fn open(&mut self, account: UserId) {
        if !self.of_account.contains_key(&account) {
            let profile = self.unclaimed.remove(&account).unwrap_or_else(|| Profile::of(account));
            self.add(User { id: account, account, profile });
        }
    }

    fn add(&mut self, user: User) {
        self.of_account.entry(user.account).or_default().push(user.id);
        *self.names.entry((user.account, user.profile.username.clone())).or_default() += 1;
        self.users.insert(user.id, Some(user));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: char) -> UserId {
        digit.to_string().repeat(24).parse().unwrap()
    }

    fn user(account: UserId, id: UserId, username: &str) -> User {
        User { id, account, profile: Profile { username: username.to_owned(), full_name: None } }
    }

    #[test]
    fn without_keys_the_first_account_owns_a_user() {
        let mut accounts = Accounts::new(&[], &[], &[]);
        let (alice, bob) = (UserId::of_key("alice"), UserId::of_key("bob"));
        assert!(accounts.may_name(alice, id('a')) && accounts.may_name(bob, id('a')));
        assert_eq!(accounts.user(alice, Some(id('a'))), Ok(id('a')));
        assert!(accounts.may_name(alice, id('a')) && !accounts.may_name(bob, id('a')));
        assert_eq!(accounts.user(bob, Some(id('a'))), Err(AccountError::ForeignUser(id('a'))));
        assert_eq!(accounts.user(bob, Some(alice)), Err(AccountError::ForeignUser(alice)));
        assert_eq!(accounts.user(alice, Some(id('a'))), Ok(id('a')));
    }

    #[test]
    fn an_accounts_own_user_is_its_own_whoever_named_it_before() {
        let mut accounts = Accounts::new(&[], &[], &[]);
        let (alice, bob) = (UserId::of_key("alice"), UserId::of_key("bob"));
        assert_eq!(accounts.user(alice, Some(bob)), Ok(bob));
        assert_eq!(accounts.user(bob, None), Ok(bob));
        let of_alice: Vec<UserId> = accounts.list(alice).map(|user| user.id).collect();
        assert_eq!(of_alice, [alice]);
    }

    #[test]
    fn a_user_that_waits_keeps_its_name_when_it_is_named() {
        let profile = Profile { username: "jane".to_owned(), full_name: None };
        let mut accounts = Accounts::new(&[], &[], &[(id('1'), profile)]);
        assert_eq!(accounts.list(id('a')).count(), 0);
        accounts.user(id('a'), Some(id('1'))).unwrap();
        assert_eq!(accounts.find(id('a'), id('1')).unwrap().profile.username, "jane");
    }

    #[test]
    fn creates_a_user_among_many_as_fast_as_among_few() {
        let mut accounts = Accounts::new(&[], &[], &[]);
        #[expect(clippy::disallowed_methods, reason = "how long it takes is real time")]
        let started = std::time::Instant::now();
        for number in 0..40_000 {
            let new = user(id('a'), UserId::new(1, number), &number.to_string());
            accounts.create(new).unwrap();
        }
        // A search through all users would take minutes.
        assert!(started.elapsed() < std::time::Duration::from_secs(5), "{:?}", started.elapsed());
        let taken = user(id('a'), UserId::new(2, 0), "7");
        assert_eq!(accounts.create(taken), Err(AccountError::UsernameTaken));
    }

    #[test]
    fn a_deleted_user_is_gone_for_everybody_and_its_name_is_free() {
        let mut accounts = Accounts::new(&[], &[], &[]);
        accounts.create(user(id('a'), id('1'), "jane")).unwrap();
        assert_eq!(accounts.delete(id('b'), id('1')), Err(AccountError::ForeignUser(id('1'))));
        assert_eq!(accounts.delete(id('a'), id('a')), Err(AccountError::OwnUser));
        assert_eq!(accounts.delete(id('a'), id('1')), Ok(()));
        assert_eq!(accounts.find(id('a'), id('1')), None);
        assert_eq!(accounts.user(id('b'), Some(id('1'))), Err(AccountError::ForeignUser(id('1'))));
        assert_eq!(accounts.create(user(id('a'), id('2'), "jane")), Ok(()));
    }
}
