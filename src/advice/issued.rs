//! A URL that was handed out, with what it was for. The ledger keeps the last ones. Made once, where nobody waits,
//! and in few pieces: by the time it goes it is cold memory, and every piece costs.

use std::{
    borrow::Cow,
    hash::{DefaultHasher, Hash, Hasher},
    ops::Range,
    sync::atomic::{AtomicU64, Ordering},
};

use jiff::Timestamp;

use crate::{
    exchange::cut,
    files::{Md5Digest, S3Key, UserId},
    s3::sigv4::signature_of,
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
    /// The URL, whole.
    pub url: String,
    /// Whether the answer said that the file is there already.
    pub is_existing: bool,
    /// When it was signed, on the emulator's clock, in whole seconds as its `X-Amz-Date` is.
    pub at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// A URL that was handed out, as it is kept.
#[derive(Debug)]
pub struct Issued {
    /// Whose file it is for.
    pub user: UserId,
    /// The MD5 that was announced.
    pub md5: Md5Digest,
    /// The key that the URL is for.
    pub key: S3Key,
    /// Whether the answer said that the file is there already.
    pub is_existing: bool,
    /// When it was signed, on the emulator's clock, in whole seconds as its `X-Amz-Date` is.
    pub at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// The exchange in which it was handed out; 0 until that is recorded, which takes no lock.
    exchange: AtomicU64,
    /// The URL, and behind it the filename and the type.
    texts: String,
    filename: Range<usize>,
    /// The key's number in the ledger.
    pub(super) key_number: u64,
    /// The signature's number in the ledger.
    pub(super) signature_number: Option<u64>,
}

impl From<Announced<'_>> for Issued {
    fn from(announced: Announced<'_>) -> Self {
        let signature_number = Signature::of_query(query_of(&announced.url)).map(Signature::number);
        let (filename, mime_type) = (bounded(announced.filename), bounded(announced.mime_type));
        let mut texts = announced.url;
        let from = texts.len();
        texts.reserve_exact(filename.len() + mime_type.len());
        texts.push_str(&filename);
        let filename = from..texts.len();
        texts.push_str(&mime_type);
        Self {
            user: announced.user,
            md5: announced.md5,
            key_number: number_of_key(announced.key.as_str()),
            key: announced.key,
            is_existing: announced.is_existing,
            at: announced.at,
            expires_at: announced.expires_at,
            exchange: AtomicU64::new(0),
            texts,
            filename,
            signature_number,
        }
    }
}

impl Issued {
    /// The URL, whole.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.texts[..self.filename.start]
    }

    /// The name that the file was announced under.
    #[must_use]
    pub fn filename(&self) -> &str {
        &self.texts[self.filename.clone()]
    }

    /// What it was announced as.
    #[must_use]
    pub fn mime_type(&self) -> &str {
        &self.texts[self.filename.end..]
    }

    /// The exchange in which it was handed out, once that is recorded.
    #[must_use]
    pub fn exchange(&self) -> Option<u64> {
        Some(self.exchange.load(Ordering::Relaxed)).filter(|exchange| *exchange > 0)
    }

    /// Takes down the id that the journal gave that exchange.
    pub fn recorded(&self, exchange: u64) {
        self.exchange.store(exchange, Ordering::Relaxed);
    }
}

/// A signature, as it stands in a query: 64 bytes that should be hex digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Signature<'a>(&'a [u8; 64]);

impl<'a> Signature<'a> {
    pub(super) fn of_query(query: &'a str) -> Option<Self> {
        signature_of(query)?.as_bytes().first_chunk().map(Self)
    }

    /// Its number in the ledger, made of its first 16 digits: enough to tell those that were made here apart.
    pub(super) fn number(self) -> u64 {
        let digits =
            |from: usize| self.0[from..].first_chunk().map_or(0, |digits| u64::from_le_bytes(*digits));
        // A digit's upper half says little.
        digits(0) ^ digits(8).rotate_left(4)
    }
}

/// A key's number in the ledger.
pub(super) fn number_of_key(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// What stands behind the `?` of a URL or a target.
pub(super) fn query_of(url: &str) -> &str {
    memchr::memchr(b'?', url.as_bytes()).map_or("", |at| &url[at + 1..])
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

    #[test]
    fn what_clients_write_is_cut_and_the_texts_stay_apart() {
        let key = S3Key::new("k").unwrap();
        let issued = Issued::from(Announced {
            user: UserId::of_key("alice-key"),
            filename: &"é".repeat(1 << 20),
            mime_type: "text/plain",
            md5: Md5Digest::OF_NOTHING,
            key,
            url: "http://h/k?a=b".to_owned(),
            is_existing: false,
            at: Timestamp::UNIX_EPOCH,
            expires_at: Timestamp::UNIX_EPOCH,
        });
        assert!(issued.filename().len() <= LONGEST && issued.filename().ends_with("é…"));
        assert_eq!((issued.url(), issued.mime_type()), ("http://h/k?a=b", "text/plain"));
        assert!(issued.texts.capacity() < 2 * LONGEST);
        assert_eq!(issued.exchange(), None);
        issued.recorded(7);
        assert_eq!(issued.exchange(), Some(7));
    }
}
