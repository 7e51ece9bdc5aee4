//! What `assay.toml` puts there from the start: users and files; and the media type that a file's name tells.

use std::path::{Path, PathBuf};

use crate::files::UserId;

/// A further user of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredUser {
    /// The own user of the key whose account it is. `None`, which is only there where no keys are configured
    /// and none was named: the first account that names the user has it.
    pub account: Option<UserId>,
    /// The user.
    pub user: UserId,
    /// Unique in its account.
    pub username: String,
    /// As in `POST /users`.
    pub full_name: Option<String>,
}

/// A file that a user has from the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredFile {
    /// Whose it is.
    pub user: UserId,
    /// Where its bytes are; it was there, and could be opened, when the configuration was read.
    pub path: PathBuf,
    /// Its name, as a client would have asked for it. No two files of a user have names that make one key.
    pub filename: String,
    /// Its media type.
    pub mime_type: String,
}

/// What is not guessed.
const ANY_BYTES: &str = "application/octet-stream";

/// The usual extensions. A table of our own: the crate for it (`mime_guess`) has a thousand, and no release
/// since 2024.
const MEDIA_TYPES: [(&str, &str); 28] = [
    ("avif", "image/avif"),
    ("bmp", "image/bmp"),
    ("css", "text/css"),
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("md", "text/markdown"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("svg", "image/svg+xml"),
    ("tar", "application/x-tar"),
    ("txt", "text/plain"),
    ("webp", "image/webp"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("xml", "application/xml"),
    ("zip", "application/zip"),
];

/// The media type that a file's extension tells.
pub(super) fn media_type_of(filename: &str) -> &'static str {
    let extension = Path::new(filename).extension().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
    let known = MEDIA_TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(extension));
    known.map_or(ANY_BYTES, |(_, media_type)| media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_tells_the_media_type() {
        for (filename, media_type) in [
            ("report.pdf", "application/pdf"),
            ("PHOTO.JPG", "image/jpeg"),
            ("archive.tar.gz", "application/gzip"),
            ("README", ANY_BYTES),
            (".png", ANY_BYTES),
            ("strange.xyz", ANY_BYTES),
        ] {
            assert_eq!(media_type_of(filename), media_type, "{filename}");
        }
    }
}
