//! Who may call, and for whom: API keys are accounts, every account has a user of its own and may have
//! more. Where Alloy's documents are silent, these are the project's decisions.

use std::collections::{HashMap, hash_map::Entry};

use super::UserId;

/// An API key that is good, with the user it is by itself.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// The bearer token.
    pub key: String,
    /// The key's own user.
    pub user: UserId,
}

/// A key never shows in a debug output.
impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ApiKey({})", self.user)
    }
}

/// A user of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The user's id.
    pub id: UserId,
    /// The account it belongs to, named by its own user.
    pub account: UserId,
    /// What it is called.
    pub profile: Profile,
}

/// What a user is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// A name that no other user of the account has; the id where nobody gave one.
    pub username: String,
    /// The user's name in full.
    pub full_name: Option<String>,
}

impl Profile {
    /// What a user is called to whom nobody gave a name.
    fn of(id: UserId) -> Self {
        Self { username: id.to_string(), full_name: None }
    }
}

/// Why something cannot be done with a user.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AccountError {
    /// The user is another account's, was deleted, or is nobody's where keys are configured.
    #[error("user {0} does not belong to this API key's account")]
    ForeignUser(UserId),
    /// Another user of the account has this name.
    #[error("the account has a user of this name already")]
    UsernameTaken,
    /// The user is what the API key is by itself.
    #[error("the API key's own user cannot be deleted")]
    OwnUser,
}

/// The accounts and their users. An account is named by its own user.
pub struct Accounts {
    /// The good keys; where there are none, every token is one.
    keys: HashMap<String, UserId>,
    /// Every user that there ever was, `None` once deleted: nobody else gets its id.
    users: HashMap<UserId, Option<User>>,
    /// Users that will belong to the first account that names them.
    unclaimed: HashMap<UserId, Profile>,
    /// The ids of each account's users, in the order in which they came. Its own user is the first.
    of_account: HashMap<UserId, Vec<UserId>>,
    /// How many users of an account have a name: more than one only where nobody asked for a name.
    names: HashMap<(UserId, String), usize>,
}

/// Keys never show in a debug output.
impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Accounts").field("users", &self.users).finish_non_exhaustive()
    }
}

impl Accounts {
    /// The accounts of `keys`, with further users, and with users that wait for an account to name them; with
    /// no keys, every token that is not empty is an account.
    #[must_use]
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

    /// The account that a bearer token stands for; `None` where it is not good.
    #[must_use]
    pub fn authenticate(&self, token: &str) -> Option<UserId> {
        match self.keys.get(token) {
            Some(account) => Some(*account),
            None if self.keys.is_empty() && !token.is_empty() => Some(UserId::of_key(token)),
            None => None,
        }
    }

    /// The user for whom a call of `account` is made: the account's own, or the one that is named. Without
    /// configured keys, an id that nobody has yet belongs to the first account that names it.
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

    /// Whether [`Self::user`] would find the named user, which stays unclaimed where it is.
    #[must_use]
    pub fn may_name(&self, account: UserId, named: UserId) -> bool {
        match self.users.get(&named) {
            Some(user) => user.as_ref().is_some_and(|user| user.account == account),
            None => named == account || self.keys.is_empty(),
        }
    }

    /// The account that a user belongs to.
    #[must_use]
    pub fn account_of(&self, id: UserId) -> Option<UserId> {
        self.users.get(&id)?.as_ref().map(|user| user.account)
    }

    /// One of the account's users.
    #[must_use]
    pub fn find(&self, account: UserId, id: UserId) -> Option<&User> {
        self.users.get(&id)?.as_ref().filter(|user| user.account == account)
    }

    /// The account's users, its own first, the others as they came.
    pub fn list(&self, account: UserId) -> impl Iterator<Item = &User> {
        let ids = self.of_account.get(&account).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(move |id| self.find(account, *id))
    }

    /// Gives the account a user more.
    ///
    /// # Errors
    ///
    /// [`AccountError`] where the name or the id is taken.
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

    /// Takes a user from the account.
    ///
    /// # Errors
    ///
    /// [`AccountError`] where it is the account's own, or none of its users.
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

    /// Sees to it that an account has its own user. That one is the account's whoever named it before.
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
    fn without_keys_every_token_is_an_account_of_its_own() {
        let mut accounts = Accounts::new(&[], &[], &[]);
        let alice = accounts.authenticate("alice").unwrap();
        assert_eq!(alice, UserId::of_key("alice"));
        assert_eq!(accounts.user(alice, None), Ok(alice));
        assert_eq!(accounts.authenticate(""), None);
    }

    #[test]
    fn without_keys_a_user_belongs_to_the_first_account_that_names_it() {
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
    fn with_keys_only_these_are_good() {
        let keys = [ApiKey { key: "alice".into(), user: id('a') }];
        let mut accounts = Accounts::new(&keys, &[user(id('a'), id('c'), "carol")], &[]);
        assert_eq!(accounts.authenticate("alice"), Some(id('a')));
        assert_eq!(accounts.authenticate("bob"), None);
        assert_eq!(accounts.user(id('a'), Some(id('b'))), Err(AccountError::ForeignUser(id('b'))));
        assert_eq!(accounts.user(id('a'), Some(id('c'))), Ok(id('c')));
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
    fn a_username_is_one_users_of_its_account() {
        let mut accounts = Accounts::new(&[], &[], &[]);
        assert_eq!(accounts.create(user(id('a'), id('1'), "jane")), Ok(()));
        assert_eq!(accounts.create(user(id('a'), id('2'), "jane")), Err(AccountError::UsernameTaken));
        assert_eq!(accounts.create(user(id('b'), id('3'), "jane")), Ok(()));
        let names: Vec<&str> = accounts.list(id('a')).map(|user| user.profile.username.as_str()).collect();
        assert_eq!(names, [&id('a').to_string(), "jane"]);
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
        // A search through all users takes minutes for as many.
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
