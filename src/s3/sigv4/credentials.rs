//! The credentials that URLs are signed with, and the signer that caches the key derived from them.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

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

/// A signature as 64 hex digits.
pub(in crate::s3) type Signature = [u8; 64];

/// Signs with one set of credentials.
pub struct Signer {
    credentials: Credentials,
    /// Key of the day that was last used. Deriving it takes four HMACs, and nearly all signatures
    /// are of today.
    last: Mutex<Option<([u8; 8], Hmac<Sha256>)>>,
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

    /// Signs a string to sign that was made at `date`.
    pub(in crate::s3) fn sign(&self, date: &AmzDate, string_to_sign: &str) -> Signature {
        let hash = self.key(date).chain_update(string_to_sign).finalize().into_bytes();
        let mut signature = [0; 64];
        // 32 bytes are 64 digits.
        let _ = hex::encode_to_slice(hash, &mut signature);
        signature
    }

    /// Returns the HMAC under the key of a day.
    fn key(&self, date: &AmzDate) -> Hmac<Sha256> {
        let mut day = [0; 8];
        day.copy_from_slice(&date.as_bytes()[..8]);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((of, key)) if *of == day => key.clone(),
            _ => last.insert((day, self.derive(date.day()))).1.clone(),
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

/// Returns an HMAC under a key of any length: RFC 2104 hashes one longer than a block first.
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
    let hashed;
    let key = if key.len() > block.len() {
        hashed = Sha256::digest(key);
        &hashed[..]
    } else {
        key
    };
    block[..key.len()].copy_from_slice(key);
    Hmac::new(&block)
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
    fn keys_of_any_length_are_taken() {
        for length in [0, 1, 60, 64, 65, 200] {
            let key = vec![b'k'; length];
            let theirs = Hmac::<Sha256>::new_from_slice(&key).unwrap().chain_update("x").finalize();
            assert!(keyed(&key).chain_update("x").finalize() == theirs, "{length}");
        }
    }

    #[test]
    fn the_secret_is_not_shown() {
        let signer = signer("hush");
        assert_eq!(format!("{signer:?}"), "Signer(Credentials(AKID in us-east-1))");
    }
}
