//! The credentials that URLs are signed with, and the signer that caches the key derived from them.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{AmzDate, SERVICE, TERMINATOR};

/// Access key with its secret and region.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Access key id, part of every URL.
    pub access_key_id: String,
    /// Secret access key. It never leaves the process.
    pub secret: String,
    /// Region of the bucket.
    pub region: String,
}

/// Hides the secret.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({} in {})", self.access_key_id, self.region)
    }
}

/// Signs with one set of credentials.
pub struct Signer {
    credentials: Credentials,
    /// Key of the day that was last used. Deriving it takes four HMACs, and nearly all signatures
    /// are of today.
    last: Mutex<Option<(String, Hmac<Sha256>)>>,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({:?})", self.credentials)
    }
}

impl Signer {
    /// Makes a signer of these credentials.
    pub fn new(credentials: Credentials) -> Self {
        Self { credentials, last: Mutex::new(None) }
    }

    /// Returns the credentials.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Signs a string to sign that was made at `date`; returns 64 hex digits.
    pub(super) fn sign(&self, date: &AmzDate, string_to_sign: &str) -> String {
        hex::encode(self.key(date).chain_update(string_to_sign).finalize().into_bytes())
    }

    /// Returns the HMAC under the key of a day.
    fn key(&self, date: &AmzDate) -> Hmac<Sha256> {
        let day = date.day();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((of, key)) if *of == day => key.clone(),
            _ => last.insert((day.to_owned(), self.derive(day))).1.clone(),
        }
    }

    fn derive(&self, day: &str) -> Hmac<Sha256> {
        let secret = format!("AWS4{}", self.credentials.secret);
        let chain = [day, &self.credentials.region, SERVICE, TERMINATOR];
        chain.into_iter().fold(keyed(secret.as_bytes()), |key, part| {
            keyed(&key.chain_update(part).finalize().into_bytes())
        })
    }
}

#[expect(clippy::expect_used, reason = "an HMAC takes keys of any length")]
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("a key of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(secret: &str) -> Signer {
        Signer::new(Credentials {
            access_key_id: "AKID".to_owned(),
            secret: secret.to_owned(),
            region: "us-east-1".to_owned(),
        })
    }

    #[test]
    fn the_key_of_another_day_is_another_and_comes_back() {
        let signer = signer("secret");
        let [one, other] = ["20260102T000000Z", "20260103T000000Z"].map(|text| AmzDate::parse(text).unwrap());
        let first = signer.sign(&one, "text");
        assert_eq!(signer.sign(&one, "text"), first);
        assert_ne!(signer.sign(&other, "text"), first);
        assert_eq!(signer.sign(&one, "text"), first);
    }

    #[test]
    fn the_secret_is_not_shown() {
        let signer = signer("hush");
        assert_eq!(format!("{signer:?}"), "Signer(Credentials(AKID in us-east-1))");
    }
}
