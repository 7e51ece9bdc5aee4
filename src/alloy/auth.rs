//! Authentication. `Authorization: Bearer KEY` names the account, `x-alloy-userid` one of its users; without it the
//! call is made as the key's own user.

use hyper::{HeaderMap, header};

use super::{Alloy, Error, UserId, Violation};

const USER_HEADER: &str = "x-alloy-userid";

impl Alloy {
    /// Returns the account of a request's bearer token.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthorized`] if it is missing, repeated or unknown.
    pub(super) fn authenticate(&self, headers: &HeaderMap) -> Result<UserId, Error> {
        bearer(headers).and_then(|token| self.state.authenticate(token)).ok_or(Error::Unauthorized)
    }

    /// Returns the violation if `x-alloy-userid` is not an id, or not a user of `account`. Changes nothing, since a
    /// refused request must not assign users.
    pub(super) fn wrong_user(&self, account: UserId, headers: &HeaderMap) -> Option<Violation> {
        match named_user(headers) {
            Ok(None) => None,
            Ok(Some(named)) => (!self.ownership.may_name(account, named)).then(not_valid),
            Err(violation) => Some(violation),
        }
    }

    /// Returns the user of a request, as far as its headers show. Changes nothing.
    pub fn caller(&self, headers: &HeaderMap) -> Option<UserId> {
        let account = self.authenticate(headers).ok()?;
        match named_user(headers).ok()? {
            None => Some(account),
            named => named.filter(|named| self.ownership.may_name(account, *named)),
        }
    }

    /// Returns the user of a request, and assigns it to `account` if it is new.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the named user is not an id, or not one of the account's.
    pub(super) fn user(&self, account: UserId, headers: &HeaderMap) -> Result<UserId, Error> {
        let invalid = |violation| Error::Invalid(vec![violation]);
        let named = named_user(headers).map_err(invalid)?;
        self.ownership.user(account, named).map_err(|_| invalid(not_valid()))
    }
}

/// Returns the token of the one `Authorization: Bearer` header.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.trim().split_once(char::is_whitespace)?;
    let token = token.trim_start();
    let is_token = !token.is_empty() && !token.contains(char::is_whitespace);
    // RFC 9110: the scheme's case does not matter.
    (scheme.eq_ignore_ascii_case("bearer") && is_token).then_some(token)
}

/// Returns the user that `x-alloy-userid` names, `None` without one.
///
/// # Errors
///
/// A violation if it is not an id.
pub fn named_user(headers: &HeaderMap) -> Result<Option<UserId>, Violation> {
    let mut values = headers.get_all(USER_HEADER).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => {
            value.to_str().ok().and_then(|id| id.trim().parse().ok()).map(Some).ok_or_else(not_valid)
        }
        (Some(_), Some(_)) => Err(not_valid()),
    }
}

/// The message is the one that public users of the API report.
fn not_valid() -> Violation {
    Violation::new("user-id", USER_HEADER, "userId must be valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
    }

    #[test]
    fn a_bearer_token_is_read_and_nothing_else() {
        assert_eq!(bearer(&with("authorization", "Bearer alice-key")), Some("alice-key"));
        assert_eq!(bearer(&with("authorization", "bearer  alice-key ")), Some("alice-key"));
        for value in ["alice-key", "Bearer", "Bearer ", "Basic alice-key", "Bearer a b", ""] {
            assert_eq!(bearer(&with("authorization", value)), None, "{value}");
        }
        let mut twice = with("authorization", "Bearer a");
        twice.append(header::AUTHORIZATION, "Bearer b".parse().unwrap());
        assert_eq!(bearer(&twice), None);
    }

    #[test]
    fn a_named_user_is_24_hex_digits() {
        assert_eq!(named_user(&HeaderMap::new()), Ok(None));
        let id = "651eb6e11d156e0d7a42c59d";
        assert_eq!(named_user(&with(USER_HEADER, id)), Ok(Some(id.parse().unwrap())));
        assert_eq!(named_user(&with(USER_HEADER, "alice")), Err(not_valid()));
    }
}
