//! Who may call, and for whom: API keys are accounts, every account has a user of its own and may have
//! more. Where Alloy's documents are silent, these are the project's decisions.

use std::collections::HashMap;

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

/// Why a call cannot be made for a user.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AccountError {
    /// The user is another account's, or nobody's where keys are configured.
    #[error("user {0} does not belong to this API key's account")]
    ForeignUser(UserId),
}

/// The accounts and their users. An account is named by its own user.
#[derive(Debug)]
pub struct Accounts {
    /// The good keys; where there are none, every token is one.
    keys: HashMap<String, UserId>,
    /// Every known user with the account it belongs to.
    users: HashMap<UserId, UserId>,
}

impl Accounts {
    /// The accounts of `keys`; with none, every token that is not empty is an account.
    #[must_use]
    pub fn new(keys: &[ApiKey]) -> Self {
        Self {
            keys: keys.iter().map(|key| (key.key.clone(), key.user)).collect(),
            users: keys.iter().map(|key| (key.user, key.user)).collect(),
        }
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
        if self.keys.is_empty() {
            self.users.insert(account, account);
        }
        let user = named.unwrap_or(account);
        match self.users.get(&user) {
            Some(owner) if *owner == account => Ok(user),
            None if self.keys.is_empty() => {
                self.users.insert(user, account);
                Ok(user)
            }
            _ => Err(AccountError::ForeignUser(user)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: char) -> UserId {
        digit.to_string().repeat(24).parse().unwrap()
    }

    #[test]
    fn without_keys_every_token_is_an_account_of_its_own() {
        let mut accounts = Accounts::new(&[]);
        let alice = accounts.authenticate("alice").unwrap();
        assert_eq!(alice, UserId::of_key("alice"));
        assert_eq!(accounts.user(alice, None), Ok(alice));
        assert_eq!(accounts.authenticate(""), None);
    }

    #[test]
    fn without_keys_a_user_belongs_to_the_first_account_that_names_it() {
        let mut accounts = Accounts::new(&[]);
        let (alice, bob) = (UserId::of_key("alice"), UserId::of_key("bob"));
        assert_eq!(accounts.user(alice, Some(id('a'))), Ok(id('a')));
        assert_eq!(accounts.user(bob, Some(id('a'))), Err(AccountError::ForeignUser(id('a'))));
        assert_eq!(accounts.user(bob, Some(alice)), Err(AccountError::ForeignUser(alice)));
        assert_eq!(accounts.user(alice, Some(id('a'))), Ok(id('a')));
    }

    #[test]
    fn with_keys_only_these_are_good() {
        let keys = [ApiKey { key: "alice".into(), user: id('a') }];
        let mut accounts = Accounts::new(&keys);
        assert_eq!(accounts.authenticate("alice"), Some(id('a')));
        assert_eq!(accounts.authenticate("bob"), None);
        assert_eq!(accounts.user(id('a'), Some(id('b'))), Err(AccountError::ForeignUser(id('b'))));
    }
}
