//! A URL that was handed out, with what it was for. The ledger keeps the last ones: not the text of each, but what it
//! was made of and its signature, in the ledger's own place. By the time it goes it is cold memory, and whatever it takes
//! is taken from the processor's caches meanwhile.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};

use super::{signature::Signature, texts::Texts};
use crate::{
    exchange::cut,
    files::{Md5Digest, S3Key, UserId},
    s3::sigv4,
};

/// The longest filename and the longest type that are remembered, in bytes: clients write them.
const LONGEST: usize = 1024;

/// A URL that is handed out, and what for.
#[derive(Debug)]
pub struct Announced<'a> {
    /// Whose file it is for.
    pub user: UserId,
    /// The name that the file was announced under.
    pub filename: &'a str,
    /// What it was announced as.
    pub mime_type: &'a str,
    /// The MD5 that was announced.
    pub md5: Md5Digest,
    /// The key that the URL is for.
    pub key: S3Key,
    /// The host, with its port, that the client was told to send it to, unless a public URL is set.
    pub authority: &'a str,
    /// The signature in it.
    pub signature: Option<Signature>,
    /// Whether the answer said that the file is there already.
    pub is_existing: bool,
    /// As of when the client knows it, on the emulator's clock, in whole seconds.
    pub at: Timestamp,
    /// When it was signed, in whole seconds as its `X-Amz-Date` is: earlier, where a fault dated it so.
    pub signed_at: Timestamp,
    /// For how many seconds it is good.
    pub expires: u32,
}

/// A URL that was handed out, as it is kept.
#[derive(Clone, Debug)]
pub struct Issued {
    /// Whose file it is for.
    pub user: UserId,
    /// The MD5 that was announced.
    pub md5: Md5Digest,
    /// Whether the answer said that the file is there already.
    pub is_existing: bool,
    /// When it was signed, in whole seconds as its `X-Amz-Date` is: earlier than the client asked, where a fault dated
    /// it so.
    pub signed_at: Timestamp,
    /// As of when the client knows it.
    at: Timestamp,
    expires: u32,
    /// The key, the filename unless the key ends with it behind its user, the type, the authority.
    texts: Texts,
    pub(super) signature: Option<Signature>,
    /// The key's number in the ledger.
    pub(super) key_number: u64,
}

/// Makes a URL anew of what is kept of it. S3's craft, handed to advice as a value.
pub trait Rebuild: Send + Sync {
    /// The URL, whole.
    fn url(&self, issued: &Issued) -> String;
}

impl From<Announced<'_>> for Issued {
    fn from(announced: Announced<'_>) -> Self {
        let key = announced.key.as_str();
        let (filename, mime_type) = (bounded(announced.filename), bounded(announced.mime_type));
        let own_filename = if name_in(key) == filename { "" } else { &*filename };
        Self {
            user: announced.user,
            md5: announced.md5,
            is_existing: announced.is_existing,
            signed_at: announced.signed_at,
            at: announced.at,
            expires: announced.expires,
            key_number: number_of_key(key),
            signature: announced.signature,
            texts: Texts::of([key, own_filename, &mime_type, announced.authority]),
        }
    }
}

impl Issued {
    /// The key that the URL is for.
    #[must_use]
    pub fn key(&self) -> &str {
        self.texts.get::<0>()
    }

    /// The name that the file was announced under.
    #[must_use]
    pub fn filename(&self) -> &str {
        match self.texts.get::<1>() {
            "" => name_in(self.key()),
            own => own,
        }
    }

    /// What it was announced as.
    #[must_use]
    pub fn mime_type(&self) -> &str {
        self.texts.get::<2>()
    }

    /// The host, with its port, that the client called the emulator by.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.texts.get::<3>()
    }

    /// Whether the key that it is for is this one, whose number is this.
    pub(super) fn is_of_key(&self, number: u64, key: &[u8]) -> bool {
        // Two keys may have one number.
        self.key_number == number && self.texts.bytes::<0>() == key
    }

    /// The same of the key of another.
    pub(super) fn is_of_key_of(&self, other: &Self) -> bool {
        self.is_of_key(other.key_number, other.texts.bytes::<0>())
    }

    /// Whether this is what it was announced as.
    pub(super) fn is_of_type(&self, mime_type: &[u8]) -> bool {
        self.texts.bytes::<2>() == mime_type
    }

    /// Until when it is good, as far as the client knows.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.end_from(self.at)
    }

    /// Until when it is good.
    #[must_use]
    pub fn ends_at(&self) -> Timestamp {
        self.end_from(self.signed_at)
    }

    fn end_from(&self, at: Timestamp) -> Timestamp {
        at.saturating_add(SignedDuration::from_secs(self.expires.into())).unwrap_or(Timestamp::MAX)
    }

    /// The URL, whole.
    pub(super) fn url(&self, rebuild: &dyn Rebuild) -> String {
        let url = rebuild.url(self);
        match (sigv4::signature_of(&url), self.signature) {
            // Where a type that is signed was too long to be remembered whole, it is not the same.
            (Some(made), Some(signature)) => url.replace(made, signature.digits()),
            _ => url,
        }
    }
}

/// A key's number in the ledger.
pub(super) fn number_of_key(key: &str) -> u64 {
    let (words, rest) = key.as_bytes().as_chunks();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    // It need not withstand anybody: where numbers are alike, the keys are compared.
    words.iter().chain([&last]).fold(0, |number: u64, word| {
        (number.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    })
}

/// What a key has behind its user.
fn name_in(key: &str) -> &str {
    key.get(UserId::LENGTH + 1..).unwrap_or_default()
}

/// A text that is not too long.
fn bounded(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST {
        return text.into();
    }
    let mut text = text.to_owned();
    cut(&mut text, LONGEST);
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(filename: &str, key: S3Key) -> Announced<'_> {
        Announced {
            user: UserId::of_key("alice-key"),
            filename,
            mime_type: "text/plain",
            md5: Md5Digest::OF_NOTHING,
            key,
            authority: "h",
            signature: None,
            is_existing: false,
            at: Timestamp::UNIX_EPOCH,
            signed_at: Timestamp::UNIX_EPOCH,
            expires: 1,
        }
    }

    #[test]
    fn what_clients_write_is_cut_and_the_texts_stay_apart() {
        let issued = Issued::from(announced(&"é".repeat(1 << 20), S3Key::new("k").unwrap()));
        assert!(issued.filename().len() <= LONGEST && issued.filename().ends_with("é…"));
        assert_eq!((issued.key(), issued.mime_type(), issued.authority()), ("k", "text/plain", "h"));
    }

    #[test]
    fn a_filename_that_its_key_ends_with_is_kept_once() {
        for (filename, own) in [("a.txt", ""), ("a b.txt", "a b.txt")] {
            let key = S3Key::of_file(UserId::of_key("alice-key"), filename);
            let issued = Issued::from(announced(filename, key.clone()));
            assert_eq!(issued.texts.get::<1>(), own);
            assert_eq!((issued.key(), issued.filename()), (key.as_str(), filename));
        }
    }

    #[test]
    fn a_url_that_is_made_anew_has_the_signature_that_was_handed_out() {
        struct Other;
        impl Rebuild for Other {
            fn url(&self, issued: &Issued) -> String {
                let made = "1".repeat(64);
                format!("http://{}/{}?X-Amz-Signature={made}&a=b", issued.authority(), issued.key())
            }
        }
        let handed_out = format!("http://h/k?X-Amz-Signature={}&a=b", "2".repeat(64));
        let issued = Issued::from(Announced {
            signature: Signature::of_query(&handed_out),
            ..announced("k", S3Key::new("k").unwrap())
        });
        assert_eq!(issued.url(&Other), handed_out);
    }
}
