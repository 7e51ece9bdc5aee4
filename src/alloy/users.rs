//! `/users`: the account's users. docs/facts-alloy.md#accounts has the decisions.

use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Alloy, Answer, Error, UserId, json};
use crate::files::{AccountError, Profile, User};

/// The user that a client wants to create.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateUserRequest {
    username: String,
    full_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    user_id: String,
}

#[derive(Serialize)]
struct List {
    data: Vec<Item>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    user_id: String,
    username: String,
    full_name: Option<String>,
}

#[derive(Serialize)]
struct Deleted {
    success: bool,
}

impl CreateUserRequest {
    /// Parses the request's body.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] where the username is missing or empty.
    pub(super) fn parse(body: Option<Value>) -> Result<Self, Error> {
        let request = Self::deserialize(body.unwrap_or_default()).map_err(|error| {
            Error::violation("user-body", "", format!("The user cannot be read: {error}."))
        })?;
        if request.username.is_empty() {
            return Err(Error::violation("user-body", "/username", "`username` must not be empty."));
        }
        Ok(request)
    }
}

impl Alloy {
    /// Creates a user of the account.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] where the username is taken.
    pub(super) fn create_user(&self, account: UserId, request: CreateUserRequest) -> Result<Answer, Error> {
        let CreateUserRequest { username, full_name } = request;
        let id = self.new_id();
        let user = User { id, account, profile: Profile { username, full_name } };
        self.state.create_user(user).map_err(|error| match error {
            AccountError::UsernameTaken => Error::violation(
                "username-taken",
                "/username",
                "`username` is the name of another user of this account.",
            ),
            AccountError::ForeignUser(_) | AccountError::OwnUser => Error::NoSuchUser,
        })?;
        Ok(json(StatusCode::OK, &Created { user_id: id.to_string() }))
    }

    /// Lists the account's users, its own first.
    pub(super) fn list_users(&self, account: UserId) -> Answer {
        json(StatusCode::OK, &List { data: self.state.users(account).into_iter().map(Item::from).collect() })
    }

    /// Returns one of the account's users.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if `id` is malformed, [`Error::NoSuchUser`] if the account does not have the user.
    pub(super) fn get_user(&self, account: UserId, id: &str) -> Result<Answer, Error> {
        let user = self.state.find_user(account, parse_id(id)?).ok_or(Error::NoSuchUser)?;
        Ok(json(StatusCode::OK, &Item::from(user)))
    }

    /// Deletes one of the account's users, with their files.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if `id` is malformed or the key's own user, [`Error::NoSuchUser`] if the account does not
    /// have the user.
    pub(super) fn delete_user(&self, account: UserId, id: &str) -> Result<Answer, Error> {
        self.state.delete_user(account, parse_id(id)?).map_err(|error| match error {
            AccountError::OwnUser => {
                Error::violation("user-own", "userId", "The API key's own user cannot be deleted.")
            }
            AccountError::ForeignUser(_) | AccountError::UsernameTaken => Error::NoSuchUser,
        })?;
        Ok(json(StatusCode::OK, &Deleted { success: true }))
    }
}

/// Parses the id in a path.
fn parse_id(id: &str) -> Result<UserId, Error> {
    id.parse().map_err(|_| Error::violation("user-id", "userId", "userId must be valid"))
}

impl From<User> for Item {
    fn from(user: User) -> Self {
        let Profile { username, full_name } = user.profile;
        Self { user_id: user.id.to_string(), username, full_name }
    }
}
