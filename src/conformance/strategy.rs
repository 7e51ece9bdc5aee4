//! Strategies of proptest for files, names and requests of clients. The suites use them, and so can your own
//! properties.
//!
//! ```
//! use alloy_assay::conformance::strategy;
//! use proptest::prelude::*;
//!
//! proptest!(|(file in strategy::file())| {
//!     assert!(!file.filename.is_empty() && file.content.len() <= 40_000);
//! });
//! ```

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use md5::{Digest, Md5};
use proptest::{collection::vec, option, prelude::*, sample::select};

/// A file to upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name, never empty.
    pub filename: String,
    /// Its media type.
    pub mime_type: &'static str,
    /// Its bytes.
    pub content: Bytes,
}

/// A form of an MD5 in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Md5Form {
    /// 32 hex digits.
    Hex,
    /// 24 characters of base64.
    Base64,
}

/// A request for a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresignRequest {
    /// The name of the file.
    pub filename: String,
    /// Its media type.
    pub mime_type: &'static str,
    /// The MD5 of its bytes, in one of its forms.
    pub md5: String,
}

impl File {
    /// Returns the request for a URL for this file.
    pub fn announce(&self, form: Md5Form) -> PresignRequest {
        PresignRequest {
            filename: self.filename.clone(),
            mime_type: self.mime_type,
            md5: form.of(&self.content),
        }
    }
}

impl Md5Form {
    /// Returns the MD5 of some bytes in this form.
    pub fn of(self, content: &[u8]) -> String {
        let digest = Md5::digest(content);
        match self {
            Self::Hex => hex::encode(digest),
            Self::Base64 => BASE64_STANDARD.encode(digest),
        }
    }
}

/// Generates the bytes of a file: often text, sometimes binary, sometimes tens of thousands, or none. Shrinks to none.
pub fn content() -> impl Strategy<Value = Bytes> + Send + Sync + 'static {
    let text = vec(character(), 0..200).prop_map(|text| Bytes::from(String::from_iter(text)));
    let binary = |longest: usize| (0..=longest, any::<u8>()).prop_map(|(length, first)| bytes(length, first));
    prop_oneof![6 => text, 3 => binary(300), 1 => binary(40_000)]
}

/// Generates the bytes of a file, at least one. Shrinks to one byte.
pub fn some_content() -> impl Strategy<Value = Bytes> + Send + Sync + 'static {
    content().prop_map(|content| if content.is_empty() { Bytes::from_static(b"a") } else { content })
}

/// Generates the name of a file, never empty: letters of several scripts, blanks, quotes, dots and characters that are
/// special in URLs and shells, and mostly an extension. Shrinks to `a`.
pub fn filename() -> impl Strategy<Value = String> + Send + Sync + 'static {
    let stem = vec(name_character(), 1..24).prop_map(String::from_iter);
    let extension = option::weighted(0.8, select(vec!["txt", "pdf", "csv", "PDF", "jpeg", "tar.gz", "7z"]));
    (stem, extension).prop_map(|(stem, extension)| match extension {
        Some(extension) => format!("{stem}.{extension}"),
        None => stem,
    })
}

/// Generates a common media type.
pub fn mime_type() -> impl Strategy<Value = &'static str> + Send + Sync + 'static {
    select(vec![
        "text/plain",
        "application/octet-stream",
        "application/pdf",
        "image/png",
        "text/csv; charset=utf-8",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ])
}

/// Generates a file.
pub fn file() -> impl Strategy<Value = File> + Send + Sync + 'static {
    (filename(), mime_type(), content()).prop_map(|(filename, mime_type, content)| File {
        filename,
        mime_type,
        content,
    })
}

/// Generates several files with different names and contents.
pub fn files(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<File>> + Send + Sync + 'static {
    vec(file(), count).prop_map(|mut files| {
        for (at, file) in files.iter_mut().enumerate() {
            file.filename = format!("{at}-{}", file.filename);
            file.content = apart(&file.content, at);
        }
        files
    })
}

/// Generates a form of an MD5. Shrinks to hex.
pub fn md5_form() -> impl Strategy<Value = Md5Form> + Send + Sync + 'static {
    select(vec![Md5Form::Hex, Md5Form::Base64])
}

/// Generates a valid request for a URL.
pub fn presign_request() -> impl Strategy<Value = PresignRequest> + Send + Sync + 'static {
    (file(), md5_form()).prop_map(|(file, form)| file.announce(form))
}

/// Appends a number to content, so that it differs; 0 leaves it unchanged.
pub(super) fn apart(content: &Bytes, number: usize) -> Bytes {
    if number == 0 { content.clone() } else { [content, number.to_string().as_bytes()].concat().into() }
}

/// Returns bytes of all values.
fn bytes(length: usize, first: u8) -> Bytes {
    (0..=250).cycle().take(length).map(|byte: u8| byte ^ first).collect()
}

fn character() -> impl Strategy<Value = char> + Send + Sync {
    prop_oneof![
        12 => proptest::char::range('a', 'z'),
        2 => select(vec![' ', '\n', '\r', '\t', '<', '&', '"']),
        2 => select(vec!['ä', 'é', '日', '語', '🙂']),
    ]
}

fn name_character() -> impl Strategy<Value = char> + Send + Sync {
    prop_oneof![
        10 => proptest::char::range('a', 'z'),
        2 => proptest::char::range('A', 'Z'),
        2 => proptest::char::range('0', '9'),
        2 => select(vec!['-', '_', '.']),
        2 => select(vec![' ', '+', '%', '&', '#', '?', '=', '\'', '"', '(', ')', ',', ';', '~', '@', '!', '$', '/', '\\']),
        1 => select(vec!['ä', 'é', 'ß', '日', '語', '🙂']),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_md5_has_two_forms() {
        assert_eq!(Md5Form::Hex.of(b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(Md5Form::Base64.of(b""), "1B2M2Y8AsgTpgAmY7PhCfg==");
    }

    proptest! {
        #[test]
        fn files_are_apart_from_each_other(files in files(2..6)) {
            for (at, file) in files.iter().enumerate() {
                for other in &files[..at] {
                    prop_assert!(file.filename != other.filename);
                    prop_assert!(file.content.is_empty() || file.content != other.content);
                }
            }
        }

        #[test]
        fn a_name_is_never_empty_and_content_never_too_long(file in file(), some in some_content()) {
            prop_assert!(!file.filename.is_empty());
            prop_assert!(file.content.len() <= 40_000 && !some.is_empty());
        }
    }
}
