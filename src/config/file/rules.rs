//! Rules for faults, from a file of their own or from the command line, and what is shown of their mistakes.

use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::Path,
};

use toml::de::DeTable;

use super::{
    MAX_BYTES, excerpt,
    mask::{self, Shown},
    no_toml, people,
    shape::Mistake,
};
use crate::{
    config::{ConfigError, Problem},
    fault::{Fault, Mistakes, parse},
};

/// What helps where a file of rules cannot be read.
const REMEDY: &str = "name a file of rules in TOML or JSON";

/// The rules of a file. One that cannot be read is a mistake where it is named: `mistake` tells that.
pub(in crate::config) fn read(
    path: &Path,
    not_there: &str,
    mistake: impl Fn(Problem) -> ConfigError,
) -> Result<Vec<Fault>, ConfigError> {
    let mut content = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut content));
    match read {
        Ok(_) if content.len() as u64 > MAX_BYTES => {
            let what = format!("`{}` is larger than 1 MiB", path.display());
            return Err(mistake(Problem::new(what, REMEDY)));
        }
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(mistake(people::not_there(path, not_there)));
        }
        Err(error) => {
            let what = format!("`{}` cannot be read: {error}", path.display());
            return Err(mistake(Problem::new(what, REMEDY)));
        }
    }
    let Ok(text) = String::from_utf8(content) else {
        let what = format!("`{}` is no UTF-8", path.display());
        return Err(mistake(Problem::new(what, "save the file as UTF-8")));
    };
    parse(path, &text)
}

/// The rules of a file's text.
fn parse(path: &Path, text: &str) -> Result<Vec<Fault>, ConfigError> {
    let is_json = path.extension().is_some_and(|end| end == "json") || parse::is_json(text);
    if is_json {
        return parse::json(text).map_err(|mistakes| in_file(path, text, &mistakes));
    }
    match DeTable::parse(text) {
        Ok(root) => parse::toml(&root).map_err(|mistakes| in_file(path, text, &mistakes)),
        Err(error) => {
            let span = error.span().unwrap_or_default();
            let shown = mask::of_broken_text(text, span.start);
            Err(error_at(path, &shown, Mistake::new(&span, no_toml(error.message()))))
        }
    }
}

/// The first mistake of a file, with its line.
fn in_file(path: &Path, text: &str, mistakes: &Mistakes) -> ConfigError {
    let shown = Shown { text: text.to_owned(), secrets: mistakes.hidden().to_vec() };
    error_at(path, &shown, Mistake::of_rules(mistakes))
}

fn error_at(path: &Path, shown: &Shown, mistake: Mistake) -> ConfigError {
    let found = excerpt::excerpt(&shown.text, &mistake.span, &shown.secrets);
    let place = format!("{}:{}:{}", path.display(), found.line, found.column);
    ConfigError::in_file(place, mistake.problem, &found.shown)
}

/// The first mistake of a rule that stood behind a flag, with the rule and a caret below it.
pub(in crate::config) fn in_flag(place: String, text: &str, mistakes: &Mistakes) -> ConfigError {
    let mistake = Mistake::of_rules(mistakes);
    let found = excerpt::excerpt(text, &mistake.span, &[]);
    ConfigError::in_file(place, mistake.problem, &found.shown)
}
