//! The tables of the file: keys, users and files, and whether they go together.

use std::{collections::HashMap, ops::Range, path::Path};

use super::shape::{Mistake, Row, Shape, Text};
use crate::{
    config::{Config, ConfiguredFile, ConfiguredUser, Problem, parse, preset},
    files::{ApiKey, S3Key, UserId},
};

/// What helps where a path of the file leads nowhere.
pub(super) const RELATIVE: &str = "paths are relative to the folder of this configuration";

/// Adds the file's keys.
pub(super) fn api_keys(shape: &Shape, config: &mut Config) -> Result<(), Mistake> {
    for row in &shape.api_keys {
        let key = row.need("key")?;
        let text = parse::key(&key.text, "write the token that clients send").map_err(at(key))?;
        let named = row.get("user_id");
        let user = named.map_or_else(|| Ok(UserId::of_key(&key.text)), user_id)?;
        let same_key = config.api_keys.iter().any(|known| known.key == text);
        let place = named.filter(|_| !same_key).unwrap_or(key);
        config.add_api_key(ApiKey { key: text, user }).map_err(at(place))?;
    }
    Ok(())
}

/// Adds the file's users to a configuration that has all of its keys.
pub(super) fn users(shape: &Shape, config: &mut Config) -> Result<(), Mistake> {
    for row in &shape.users {
        let account = account(row, config)?;
        let id = row.need("user_id")?;
        let user = user_id(id)?;
        if account == Some(user) || config.api_keys.iter().any(|key| key.user == user) {
            let what = format!("user {user} is a key's own user");
            let problem = Problem::new(what, "it is there already; give a further user another id");
            return Err(Mistake::new(&id.span, problem));
        }
        if config.users.iter().any(|known| known.user == user) {
            let problem =
                Problem::new(format!("user {user} is there already"), "give each user an id of its own");
            return Err(Mistake::new(&id.span, problem));
        }
        let name = row.need("username")?;
        let taken = config.users.iter().any(|known| known.account == account && known.username == name.text);
        if name.text.is_empty() {
            let problem = Problem::new("the username is empty", "write one like jane@example.com");
            return Err(Mistake::new(&name.span, problem));
        }
        if taken {
            let what = format!("`{}` is another user of this account", name.text);
            let problem = Problem::new(what, "give each user of an account a username of its own");
            return Err(Mistake::new(&name.span, problem));
        }
        let full_name = row.get("full_name").map(|name| name.text.clone());
        config.users.push(ConfiguredUser { account, user, username: name.text.clone(), full_name });
    }
    Ok(())
}

/// Whose user it is. With keys configured, one of them has to be named: to guess would be to guess wrong as
/// soon as somebody adds a second key.
fn account(row: &Row, config: &Config) -> Result<Option<UserId>, Mistake> {
    let keys = &config.api_keys;
    match row.get("api_key") {
        None if keys.is_empty() => Ok(None),
        None => {
            let what = "[[user]] needs `api_key` where keys are configured";
            let problem = Problem::new(what, "write the key of the account that the user belongs to");
            Err(Mistake::new(&row.span, problem))
        }
        Some(key) if keys.is_empty() => {
            let token = parse::key(&key.text, "leave it out, or write the token that clients send");
            Ok(Some(UserId::of_key(&token.map_err(at(key))?)))
        }
        Some(key) => {
            let known = keys.iter().find(|known| known.key == key.text);
            known.map(|known| Some(known.user)).ok_or_else(|| {
                Mistake::new(
                    &key.span,
                    Problem::new(
                        "this is none of the keys",
                        "write one that a [[api_key]] has; those of --api-key or ASSAY_API_KEY replace them all",
                    ),
                )
            })
        }
    }
}

/// Adds the file's files to a configuration that has all of its users. `text` is what the file says, for the
/// line of what is there twice.
pub(super) fn files(shape: &Shape, folder: &Path, text: &str, config: &mut Config) -> Result<(), Mistake> {
    let mut keys: HashMap<S3Key, &Range<usize>> = HashMap::new();
    for row in &shape.files {
        let id = row.need("user_id")?;
        let user = user_id(id)?;
        let is_there = config.api_keys.iter().any(|key| key.user == user)
            || config.users.iter().any(|known| known.user == user);
        if !is_there && !config.api_keys.is_empty() {
            let what = format!("user {user} is nobody");
            let remedy = "write the user_id of a [[user]], or one that a [[api_key]] has";
            return Err(Mistake::new(&id.span, Problem::new(what, remedy)));
        }
        let place = row.need("path")?;
        let path = folder.join(&place.text);
        open(&path).map_err(at(place))?;
        let filename = match row.get("filename") {
            Some(name) if name.text.is_empty() => {
                let problem = Problem::new("the filename is empty", "leave it out to have it from the path");
                return Err(Mistake::new(&name.span, problem));
            }
            Some(name) => name.text.clone(),
            None => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        };
        let mime_type = match row.get("mime_type") {
            Some(mime_type) => parse::mime_type(&mime_type.text).map_err(at(mime_type))?,
            None => preset::media_type_of(&filename).to_owned(),
        };
        let named = row.get("filename").unwrap_or(place);
        let key = S3Key::of_file(user, &filename);
        if let Some(first) = keys.insert(key.clone(), &row.span) {
            let line = text[..text.floor_char_boundary(first.start)].matches('\n').count() + 1;
            let what = format!("the [[file]] of line {line} has the same key, {key}");
            return Err(Mistake::new(&named.span, Problem::new(what, "give one of them another `filename`")));
        }
        config.files.push(ConfiguredFile { user, path, filename, mime_type });
    }
    Ok(())
}

/// Whether a file's bytes can be had. Looked at before it is opened: to open a pipe would wait for a writer.
fn open(path: &Path) -> Result<(), Problem> {
    let metadata = std::fs::metadata(path).map_err(|error| cannot_be_read(path, &error))?;
    if !metadata.is_file() {
        let what = if metadata.is_dir() { "a directory" } else { "no regular file" };
        return Err(Problem::new(format!("`{}` is {what}", path.display()), "name a file"));
    }
    std::fs::File::open(path).map(drop).map_err(|error| cannot_be_read(path, &error))
}

fn cannot_be_read(path: &Path, error: &std::io::Error) -> Problem {
    if error.kind() == std::io::ErrorKind::NotFound {
        return not_there(path, RELATIVE);
    }
    Problem::new(format!("`{}` cannot be read: {error}", path.display()), "name a file that can be")
}

/// A path that leads nowhere.
pub(super) fn not_there(path: &Path, remedy: &str) -> Problem {
    Problem::new(format!("there is no file `{}`", path.display()), remedy)
}

fn user_id(text: &Text) -> Result<UserId, Mistake> {
    text.text.parse().map_err(|error: crate::files::NotAUserId| Mistake::new(&text.span, error.into()))
}

fn at(text: &Text) -> impl FnOnce(Problem) -> Mistake {
    |problem| Mistake::new(&text.span, problem)
}
