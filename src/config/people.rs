//! The tables of `assay.toml`: API keys, users and files, and whether they fit together.

use std::{collections::HashMap, ffi::OsStr, fs, io, ops::Range, path::Path};

use serde::Deserialize;
use toml::Spanned;

use super::{
    Config, ConfiguredFile, ConfiguredUser, Key, MediaType, Problem,
    file::{Mistake, no_such_file_here},
};
use crate::files::{ApiKey, S3Key, UserId};

/// Tables of the file.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Tables {
    api_key: Vec<KeyTable>,
    user: Vec<Spanned<UserTable>>,
    file: Vec<Spanned<FileTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyTable {
    key: Spanned<Key>,
    user_id: Option<Spanned<UserId>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserTable {
    api_key: Option<Spanned<Key>>,
    user_id: Spanned<UserId>,
    username: Spanned<String>,
    full_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTable {
    user_id: Spanned<UserId>,
    path: Spanned<String>,
    filename: Option<Spanned<String>>,
    mime_type: Option<MediaType>,
}

fn mistake<T>(place: &Spanned<T>, sentence: impl std::fmt::Display) -> Mistake {
    Mistake::new(place.span(), Problem::new(sentence))
}

/// Adds the file's API keys.
pub(super) fn api_keys(tables: &Tables, config: &mut Config) -> Result<(), Mistake> {
    for KeyTable { key, user_id } in &tables.api_key {
        let text = &key.get_ref().0;
        let user = user_id.as_ref().map_or_else(|| UserId::of_key(text), |user| *user.get_ref());
        let is_known = config.api_keys.iter().any(|known| known.key == *text);
        let span = user_id.as_ref().filter(|_| !is_known).map_or_else(|| key.span(), Spanned::span);
        let added = config.add_api_key(ApiKey { key: text.clone(), user });
        added.map_err(|problem| Mistake::new(span, problem))?;
    }
    Ok(())
}

/// Adds the file's users to a configuration whose API keys are complete.
pub(super) fn users(tables: &Tables, config: &mut Config) -> Result<(), Mistake> {
    for table in &tables.user {
        let UserTable { user_id, username, full_name, .. } = table.get_ref();
        let (account, user, name) = (account(table, config)?, *user_id.get_ref(), username.get_ref());
        if account == Some(user) || config.api_keys.iter().any(|key| key.user == user) {
            let sentence = format!("user {user} belongs to an API key; give an additional user another id");
            return Err(mistake(user_id, sentence));
        }
        if config.users.iter().any(|known| known.user == user) {
            return Err(mistake(user_id, format_args!("duplicate user {user}; give each user its own id")));
        }
        if name.is_empty() {
            return Err(mistake(username, "empty username: expected one such as jane@example.com"));
        }
        if config.users.iter().any(|known| known.account == account && known.username == *name) {
            let sentence = format!("duplicate username `{name}`; give each user of an account its own");
            return Err(mistake(username, sentence));
        }
        let (username, full_name) = (name.clone(), full_name.clone());
        config.users.push(ConfiguredUser { account, user, username, full_name });
    }
    Ok(())
}

/// Returns the account of a user. With API keys configured, the file must name one: a default would change with a
/// second key.
fn account(table: &Spanned<UserTable>, config: &Config) -> Result<Option<UserId>, Mistake> {
    let keys = &config.api_keys;
    match &table.get_ref().api_key {
        None if keys.is_empty() => Ok(None),
        None => {
            let sentence = "missing `api_key`: with API keys configured, name the user's account";
            Err(mistake(table, sentence))
        }
        Some(key) if keys.is_empty() => Ok(Some(UserId::of_key(&key.get_ref().0))),
        Some(key) => {
            let known = keys.iter().find(|known| known.key == key.get_ref().0);
            let sentence = "unknown API key: name one of an [[api_key]]; those of --api-key, --api-key-file, \
                ASSAY_API_KEY and ASSAY_API_KEY_FILE replace them all";
            known.map(|known| Some(known.user)).ok_or_else(|| mistake(key, sentence))
        }
    }
}

/// Adds the file's files to a configuration whose users are complete. `text` is the document, for line numbers.
pub(super) fn files(tables: &Tables, folder: &Path, text: &str, config: &mut Config) -> Result<(), Mistake> {
    let mut keys: HashMap<S3Key, Range<usize>> = HashMap::new();
    for table in &tables.file {
        let FileTable { user_id, path: place, filename: named, mime_type } = table.get_ref();
        let user = *user_id.get_ref();
        let is_known = config.api_keys.iter().any(|key| key.user == user)
            || config.users.iter().any(|known| known.user == user);
        if !is_known && !config.api_keys.is_empty() {
            let sentence =
                format!("unknown user {user}: expected the user_id of a [[user]] or an [[api_key]]");
            return Err(mistake(user_id, sentence));
        }
        let path = folder.join(place.get_ref());
        check_readable(&path).map_err(|problem| Mistake::new(place.span(), problem))?;
        let filename = match named {
            Some(name) if name.get_ref().is_empty() => {
                return Err(mistake(name, "empty filename; leave it out to use the name in `path`"));
            }
            Some(name) => name.get_ref().clone(),
            None => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        };
        let mime_type =
            mime_type.as_ref().map_or_else(|| media_type_of(&filename), |named| &named.0).to_owned();
        let key = S3Key::of_file(user, &filename);
        if let Some(first) = keys.insert(key.clone(), table.span()) {
            let line = text[..text.floor_char_boundary(first.start)].matches('\n').count() + 1;
            let sentence = format!(
                "the [[file]] in line {line} has the same key {key}; give one of them another `filename`"
            );
            return Err(mistake(named.as_ref().unwrap_or(place), sentence));
        }
        config.files.push(ConfiguredFile { user, path, filename, mime_type });
    }
    Ok(())
}

/// Checks a file before it is opened: opening a pipe would wait for its writer.
fn check_readable(path: &Path) -> Result<(), Problem> {
    let cannot_read = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => no_such_file_here(path),
        _ => Problem::new(format_args!("cannot read `{}`: {error}", path.display())),
    };
    let metadata = fs::metadata(path).map_err(cannot_read)?;
    if !metadata.is_file() {
        let kind = if metadata.is_dir() { "a directory" } else { "not a regular file" };
        return Err(Problem::new(format_args!("`{}` is {kind}; name a file", path.display())));
    }
    fs::File::open(path).map(drop).map_err(cannot_read)
}

/// The usual extensions. A table of our own: the crate for it (`mime_guess`) has a thousand, and no release since 2024.
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

/// Returns the media type of a file's extension.
fn media_type_of(filename: &str) -> &'static str {
    let extension = Path::new(filename).extension().and_then(OsStr::to_str).unwrap_or_default();
    let known = MEDIA_TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(extension));
    known.map_or("application/octet-stream", |(_, media_type)| media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derives_the_media_type_from_the_extension() {
        for (filename, media_type) in [
            ("report.pdf", "application/pdf"),
            ("PHOTO.JPG", "image/jpeg"),
            ("archive.tar.gz", "application/gzip"),
            ("README", "application/octet-stream"),
            (".png", "application/octet-stream"),
            ("strange.xyz", "application/octet-stream"),
        ] {
            assert_eq!(media_type_of(filename), media_type, "{filename}");
        }
    }
}
