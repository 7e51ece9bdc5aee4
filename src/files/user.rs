//! User ids. Exactly 24 hex digits (`ObjectId`s of MongoDB), since the key of a file is `{userId}_{name}`: ids
//! of varying length with `_` in them would let one user's key be another's.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};

/// The id of a user: 24 hex digits, kept in lower case.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId([u8; 12]);

/// A text that is not a user id.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("invalid user id `{0}`: expected 24 hex digits, such as 651eb6e11d156e0d7a42c59d")]
pub struct NotAUserId(String);

impl UserId {
    /// The length of an id as text.
    pub const LENGTH: usize = 24;

    /// Returns the id of an API key's own user: derived from the key, so that it survives a restart, with a one-way
    /// function, so that it does not reveal the key.
    pub fn of_key(api_key: &str) -> Self {
        let digest = Sha256::digest(api_key.as_bytes());
        let mut id = [0; 12];
        id.copy_from_slice(&digest[..12]);
        Self(id)
    }

    /// Creates an id like MongoDB's: four bytes of seconds, then eight unique ones.
    pub fn new(seconds: u32, unique: u64) -> Self {
        let mut id = [0; 12];
        id[..4].copy_from_slice(&seconds.to_be_bytes());
        id[4..].copy_from_slice(&unique.to_be_bytes());
        Self(id)
    }
}

impl FromStr for UserId {
    type Err = NotAUserId;

    fn from_str(text: &str) -> Result<Self, NotAUserId> {
        let mut id = [0; 12];
        hex::decode_to_slice(text, &mut id).map_err(|_| NotAUserId(text.to_owned()))?;
        Ok(Self(id))
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; Self::LENGTH];
        // It fits: 12 bytes are 24 digits.
        let _ = hex::encode_to_slice(self.0, &mut digits);
        f.pad(std::str::from_utf8(&digits).unwrap_or_default())
    }
}

impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_24_hex_digits() {
        let id: UserId = "651eb6e11d156e0d7a42c59d".parse().unwrap();
        assert_eq!(id.to_string(), "651eb6e11d156e0d7a42c59d");
        assert_eq!("651EB6E11D156E0D7A42C59D".parse(), Ok(id));
        for text in [
            "",
            "651eb6e11d156e0d7a42c59",
            "651eb6e11d156e0d7a42c59d0",
            "651eb6e11d156e0d7a42c59g",
            "651eb6e11d156e0d7a42_59d",
        ] {
            assert_eq!(text.parse::<UserId>(), Err(NotAUserId(text.to_owned())));
        }
    }

    #[test]
    fn a_key_always_gives_the_same_user() {
        assert_eq!(UserId::of_key("alice-key"), UserId::of_key("alice-key"));
        assert_ne!(UserId::of_key("alice-key"), UserId::of_key("bob-key"));
    }
}
