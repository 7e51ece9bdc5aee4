//! Keys of objects, as S3 allows them, and as Alloy makes them of a user and a filename:
//! docs/facts-alloy.md#keys

use std::{
    fmt::{self, Write},
    sync::Arc,
};

use super::UserId;

/// S3's limit for a key, in bytes of UTF-8.
const MAX_BYTES: usize = 1024;

/// Longest name behind a user's prefix.
const MAX_NAME_BYTES: usize = MAX_BYTES - UserId::LENGTH - 1;

/// Key of an object: 1 to 1,024 bytes of UTF-8. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct S3Key(Arc<str>);

/// Reason why a text is not a key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadKey {
    /// It is empty.
    #[error("a key has at least one character")]
    Empty,
    /// It has more than 1,024 bytes.
    #[error("a key has at most {max} bytes, this one has {size}", max = MAX_BYTES)]
    TooLong {
        /// Length in bytes of UTF-8.
        size: usize,
    },
}

impl S3Key {
    /// Longest key, in bytes of UTF-8.
    pub const MAX_BYTES: usize = MAX_BYTES;

    /// Makes a key of a text.
    ///
    /// # Errors
    ///
    /// [`BadKey`] if it is empty or too long.
    pub fn new(key: &str) -> Result<Self, BadKey> {
        match key.len() {
            0 => Err(BadKey::Empty),
            size if size > MAX_BYTES => Err(BadKey::TooLong { size }),
            _ => Ok(Self(key.into())),
        }
    }

    /// Returns the key of `user`'s file `filename`.
    pub fn of_file(user: UserId, filename: &str) -> Self {
        let mut key = String::with_capacity(MAX_BYTES.min(UserId::LENGTH + 1 + filename.len()));
        // Writing to memory cannot fail.
        let _ = write!(key, "{user}_{}", sanitize(filename));
        Self(key.into())
    }

    /// Returns the key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the owner, if the key has the form of a file's.
    pub fn owner(&self) -> Option<UserId> {
        Self::owner_of(&self.0)
    }

    /// Returns the owner of a text as a key, also if it is too long.
    pub fn owner_of(key: &str) -> Option<UserId> {
        let (id, rest) = key.split_at_checked(UserId::LENGTH)?;
        let in_lower_case = !id.bytes().any(|byte| byte.is_ascii_uppercase());
        if in_lower_case && rest.len() > 1 && rest.starts_with('_') { id.parse().ok() } else { None }
    }

    /// Returns the owner, if [`Self::of_file`] can have made the key.
    pub fn file_owner(&self) -> Option<UserId> {
        let owner = self.owner()?;
        let name = self.filename();
        let is_made = name.bytes().all(is_safe) && !name.starts_with('.');
        is_made.then_some(owner)
    }

    /// Returns the filename without its user's prefix; the whole key without an owner.
    pub fn filename(&self) -> &str {
        match self.owner() {
            Some(_) => &self.0[UserId::LENGTH + 1..],
            None => &self.0,
        }
    }
}

impl fmt::Display for S3Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for S3Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S3Key({:?})", self.0)
    }
}

impl std::borrow::Borrow<str> for S3Key {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Makes a name safe for keys, URLs and disks: every run of characters outside `A-Z a-z 0-9 . _ -`
/// becomes one `_`, leading dots are removed, nothing becomes `file`, and the stem is cut if the
/// key would be too long.
fn sanitize(filename: &str) -> String {
    let mut name = String::with_capacity(filename.len());
    let mut in_run = false;
    for character in filename.chars() {
        let safe = u8::try_from(character).is_ok_and(is_safe);
        match (safe, in_run) {
            (true, _) if character == '.' && name.is_empty() => {}
            (true, _) => name.push(character),
            (false, false) => name.push('_'),
            (false, true) => {}
        }
        in_run = !safe;
    }
    if name.is_empty() { "file".to_owned() } else { shorten(name) }
}

/// Returns whether a character may be part of a file's key.
fn is_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// Cuts the stem of an ASCII name, and keeps its extension if that leaves a stem.
fn shorten(name: String) -> String {
    if name.len() <= MAX_NAME_BYTES {
        return name;
    }
    match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() + 1 < MAX_NAME_BYTES => {
            let room = MAX_NAME_BYTES - extension.len() - 1;
            format!("{}.{extension}", &stem[..room.min(stem.len())])
        }
        _ => name[..MAX_NAME_BYTES].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn user() -> UserId {
        "651eb6e11d156e0d7a42c59d".parse().unwrap()
    }

    fn name_of(filename: &str) -> String {
        S3Key::of_file(user(), filename).filename().to_owned()
    }

    #[test]
    fn the_specs_example_keeps_its_name() {
        let key = S3Key::of_file(user(), "document.pdf");
        assert_eq!(key.as_str(), "651eb6e11d156e0d7a42c59d_document.pdf");
        assert_eq!(key.owner(), Some(user()));
    }

    #[test]
    fn replaces_each_run_of_unsafe_characters() {
        assert_eq!(name_of("a b.txt"), "a_b.txt");
        assert_eq!(name_of("a  (1).txt"), "a_1_.txt");
        assert_eq!(name_of("übergröße 😀.tar.gz"), "_bergr_e_.tar.gz");
        assert_eq!(name_of("../../etc/passwd"), "_.._etc_passwd");
        assert_eq!(name_of("a__b.txt"), "a__b.txt");
        assert_eq!(name_of("C:\\x\0y"), "C_x_y");
    }

    #[test]
    fn leading_dots_go_and_nothing_becomes_file() {
        assert_eq!(name_of(".htaccess"), "htaccess");
        assert_eq!(name_of("..a.b"), "a.b");
        assert_eq!(name_of("..."), "file");
        assert_eq!(name_of("日本語"), "_");
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let name = name_of(&format!("{}.pdf", "a".repeat(2000)));
        assert_eq!(name.len(), MAX_NAME_BYTES);
        assert!(name.ends_with("aaa.pdf"));
        assert_eq!(name_of(&format!("a.{}", "b".repeat(2000))).len(), MAX_NAME_BYTES);
    }

    #[test]
    fn only_a_key_of_the_pattern_has_an_owner() {
        for key in [
            "651eb6e11d156e0d7a42c59d",
            "651eb6e11d156e0d7a42c59d_",
            "651EB6E11D156E0D7A42C59D_a",
            "x_651eb6e11d156e0d7a42c59d",
            "651eb6e11d156e0d7a42c59é_a",
        ] {
            assert_eq!(S3Key::new(key).unwrap().owner(), None, "{key}");
        }
    }

    #[test]
    fn a_files_key_is_one_that_can_have_been_made() {
        let owner = |name: &str| S3Key::new(&format!("{}_{name}", user())).unwrap().file_owner();
        assert_eq!(owner("report.pdf"), Some(user()));
        for name in ["a report", ".hidden", "é", "a/b"] {
            assert_eq!(owner(name), None, "{name}");
        }
    }

    #[test]
    fn a_key_has_its_bounds() {
        assert_eq!(S3Key::new(""), Err(BadKey::Empty));
        assert_eq!(S3Key::new(&"é".repeat(513)), Err(BadKey::TooLong { size: 1026 }));
        assert!(S3Key::new(&"é".repeat(512)).is_ok());
    }

    proptest! {
        #[test]
        fn every_filename_gives_a_legal_key_of_its_user(filename in ".{1,1200}") {
            let key = S3Key::of_file(user(), &filename);
            prop_assert!(key.as_str().len() <= MAX_BYTES);
            prop_assert_eq!(key.owner(), Some(user()));
            prop_assert!(key.filename().bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)));
            prop_assert!(!key.filename().starts_with('.'));
            prop_assert_eq!(S3Key::of_file(user(), key.filename()), key);
        }
    }
}
