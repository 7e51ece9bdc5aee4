//! A presigned URL, as a presign returned it.

use jiff::{SignedDuration, Timestamp};

use crate::files::{Md5Digest, S3Key, UserId};

/// An issued URL. It holds secrets, and never leaves memory.
#[derive(Clone, Debug)]
pub struct IssuedUrl {
    /// The URL, whole.
    pub url: String,
    /// Whose file it is for.
    pub user: UserId,
    /// The name that the file was announced under; cut, where it is long.
    pub filename: String,
    /// Announced media type, cut where it is long.
    pub mime_type: String,
    /// The MD5 that was announced.
    pub md5: Md5Digest,
    /// The key that the URL is for.
    pub key: S3Key,
    /// Whether the answer said that the file is there already.
    pub is_existing: bool,
    /// As of when the client knows it, on the emulator's clock, in whole seconds.
    pub known_at: Timestamp,
    /// When it was signed: earlier than the client knows, where a fault dated it so.
    pub signed_at: Timestamp,
    /// Validity in seconds.
    pub expires: u32,
}

/// A URL that a request used as it was given, by the presign exchanges' ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsedUrl {
    /// The presign that was answered with the URL.
    pub presign: u64,
    /// The last presign of the same user, content and key before the request: the URL that the client knew.
    pub last_presign: u64,
}

impl IssuedUrl {
    /// Returns the end of its validity, as far as the client knows.
    pub fn expires_at(&self) -> Timestamp {
        self.end_from(self.known_at)
    }

    /// Returns the end of its validity.
    pub fn ends_at(&self) -> Timestamp {
        self.end_from(self.signed_at)
    }

    fn end_from(&self, at: Timestamp) -> Timestamp {
        at.saturating_add(SignedDuration::from_secs(self.expires.into())).unwrap_or(Timestamp::MAX)
    }
}
