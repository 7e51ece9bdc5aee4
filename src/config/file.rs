//! `assay.toml`: settings by their names, and tables of keys, users, files and fault rules.

use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use clap::ValueHint;
use serde::de::DeserializeOwned;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Config, ConfigError, Problem, Settings, excerpt,
    options::all,
    people::{self, Tables},
    rules,
    text_file::read_bytes,
};
use crate::{fault::parse, text::did_you_mean};

/// The tables of the file, except `fault`.
const TABLES: [&str; 3] = ["api_key", "user", "file"];

/// Examples of the required fields of a table.
const EXAMPLES: [&str; 4] = [
    r#"key = "alice-key""#,
    r#"user_id = "651eb6e11d156e0d7a42c59d""#,
    r#"username = "jane@example.com""#,
    r#"path = "files/report.pdf""#,
];

/// A settings file that was read.
pub struct File {
    path: PathBuf,
    text: String,
    settings: Settings,
    tables: Tables,
}

/// Message and position.
pub(super) struct Mistake {
    pub(super) span: Range<usize>,
    pub(super) problem: Problem,
}

impl Mistake {
    pub(super) fn new(span: Range<usize>, problem: impl Into<Problem>) -> Self {
        Self { span, problem: problem.into() }
    }
}

impl From<toml::de::Error> for Mistake {
    fn from(error: toml::de::Error) -> Self {
        Self::new(error.span().unwrap_or_default(), of_serde(error.message()))
    }
}

impl File {
    /// Default settings file, in the working directory.
    pub const DEFAULT: &str = "assay.toml";

    /// Reads the file that is named at `place`; else [`File::DEFAULT`], where it exists.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] where the file does not exist, cannot be read, or has a mistake.
    pub fn find(named: Option<&Path>, place: &str) -> Result<Option<Self>, ConfigError> {
        let (path, place) = named.map_or((Path::new(Self::DEFAULT), Self::DEFAULT), |path| (path, place));
        if named.is_none() && !path.exists() {
            return Ok(None);
        }
        let content = read_bytes(path).map_err(|problem| ConfigError::at(place, problem))?;
        Self::parse(path, content).map(Some)
    }

    /// Reads the content of the file at `path`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with the line, for the first mistake.
    pub fn parse(path: &Path, content: Vec<u8>) -> Result<Self, ConfigError> {
        let text = String::from_utf8(content).map_err(|error| {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = valid.split(|byte| *byte == b'\n').count();
            let problem = Problem::new("not valid UTF-8; save the file as UTF-8");
            ConfigError::at(format!("{}:{line}", path.display()), problem)
        })?;
        let (settings, tables) = read(path, &text).map_err(|mistake| error(path, &text, mistake))?;
        Ok(Self { path: path.to_owned(), text, settings, tables })
    }

    /// Returns where the file was found.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns its settings, without users and files: those depend on the API keys that are used in the end.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Adds the file's users and files to a configuration whose API keys are complete.
    pub(super) fn fill_people(&self, config: &mut Config) -> Result<(), ConfigError> {
        people::users(&self.tables, config)
            .and_then(|()| people::files(&self.tables, folder_of(&self.path), &self.text, config))
            .map_err(|mistake| error(&self.path, &self.text, mistake))
    }
}

/// The file may contain secrets.
impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "File({})", self.path.display())
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

fn error(path: &Path, text: &str, mistake: Mistake) -> ConfigError {
    let settings = all();
    let hidden = excerpt::hidden(text, mistake.span.start, |name| is_setting(&settings, name));
    excerpt::error(&path.display().to_string(), text, &mistake.span, &hidden, mistake.problem)
}

fn is_setting(settings: &clap::Command, name: &str) -> bool {
    names(settings).any(|known| known == name)
}

/// Returns the names of all settings.
pub(super) fn names(settings: &clap::Command) -> impl Iterator<Item = String> {
    let long = settings.get_arguments().filter_map(clap::Arg::get_long);
    long.filter(|name| *name != "config").map(|name| name.replace('-', "_"))
}

/// Reads a document.
fn read(path: &Path, text: &str) -> Result<(Settings, Tables), Mistake> {
    let root = DeTable::parse(text)
        .map_err(|error| Mistake::new(error.span().unwrap_or_default(), syntax(error.message())))?;
    let mut root = root.into_inner();
    check_names(&root)?;
    resolve_paths(&mut root, folder_of(path))?;
    let rules = root.remove("fault").map(|rules| parse::toml_tables(&rules));
    let rules = rules.transpose().map_err(|mistakes| {
        let (span, problem) = rules::first(&mistakes);
        Mistake::new(span, problem)
    })?;
    let tables: Tables = read_from(&root)?;
    let mut settings = Settings {
        log: read_from(&root)?,
        emulator: read_from(&root)?,
        serve: read_from(&root)?,
        run: read_from(&root)?,
        suite: read_from(&root)?,
        server: read_from(&root)?,
        client: read_from(&root)?,
    };
    settings.emulator.network = read_from(&root)?;
    settings.emulator.rules = rules.unwrap_or_default();
    people::api_keys(&tables, &mut settings.emulator)?;
    settings.server.api_key = settings.emulator.api_keys.first().cloned();
    Ok((settings, tables))
}

fn read_from<T: DeserializeOwned>(root: &DeTable<'_>) -> Result<T, Mistake> {
    let root = Spanned::new(0..0, root.clone());
    Ok(T::deserialize(toml::de::Deserializer::from(root))?)
}

/// Checks that all names are known, and that tables are tables.
fn check_names(root: &DeTable<'_>) -> Result<(), Mistake> {
    let settings = all();
    let mut entries: Vec<_> = root.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    for (name, value) in entries {
        let known = || names(&settings).chain(TABLES.map(str::to_owned));
        let text = name.get_ref().as_ref();
        if TABLES.contains(&text) {
            let tables =
                value.get_ref().as_array().filter(|rows| rows.iter().all(|row| row.get_ref().is_table()));
            if tables.is_none() {
                let sentence =
                    format!("expected tables: write [[{text}]] once for each, with its fields below");
                return Err(Mistake::new(name.span(), Problem::new(sentence)));
            }
        } else if !known().any(|known| known == text) {
            let known: Vec<String> = known().collect();
            let near = did_you_mean(text, known.iter().map(String::as_str));
            let hint =
                if near.is_empty() { ": see `assay serve --help`, and write `_` for `-`" } else { &near };
            return Err(Mistake::new(
                name.span(),
                Problem::new(format_args!("unknown setting `{text}`{hint}")),
            ));
        }
    }
    Ok(())
}

/// Makes paths relative to the working directory: in the file they are relative to its folder.
fn resolve_paths(root: &mut DeTable<'_>, folder: &Path) -> Result<(), Mistake> {
    let settings = all();
    let is_path = |arg: &&clap::Arg| matches!(arg.get_value_hint(), ValueHint::FilePath | ValueHint::DirPath);
    let paths: Vec<_> = settings.get_arguments().filter(is_path).filter_map(clap::Arg::get_long).collect();
    for name in paths.into_iter().chain(["report"]) {
        let Some(value) = root.get_mut(name.replace('-', "_").as_str()) else { continue };
        for value in texts(value) {
            let span = value.span();
            let DeValue::String(text) = value.get_mut() else { continue };
            let (kind, path) = match text.split_once('=') {
                Some((kind, path)) if name == "report" => (format!("{kind}="), path),
                _ => (String::new(), text.as_ref()),
            };
            if path.is_empty() || path == "-" {
                continue;
            }
            let path = folder.join(path);
            if name == "spec" && !path.exists() {
                return Err(Mistake::new(span, no_such_file_here(&path)));
            }
            *text = format!("{kind}{}", path.display()).into();
        }
    }
    Ok(())
}

/// Returns a value, or the values of a list.
fn texts<'a, 'i>(value: &'a mut Spanned<DeValue<'i>>) -> Vec<&'a mut Spanned<DeValue<'i>>> {
    if value.get_ref().is_array() {
        match value.get_mut() {
            DeValue::Array(values) => values.iter_mut().collect(),
            _ => Vec::new(),
        }
    } else {
        vec![value]
    }
}

/// Returns the TOML parser's message, with a fix.
pub(super) fn syntax(message: &str) -> Problem {
    Problem::new(match message {
        "duplicate key" => {
            "duplicate name: write each setting once, and several tables under headers such as [[user]]"
                .to_owned()
        }
        message if message.starts_with("string values must be quoted") => {
            "invalid TOML: write strings in quotes, such as \"1h\"".to_owned()
        }
        message => format!("invalid TOML: {message}"),
    })
}

/// Returns what serde says, without values, which may be secrets.
fn of_serde(message: &str) -> Problem {
    let mut names = message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown field") {
        let (name, known) = (names.next().unwrap_or_default(), names.collect::<Vec<_>>());
        let hint = match did_you_mean(name, known.iter().copied()) {
            near if !near.is_empty() => near,
            _ if is_setting(&all(), name) => ": move it above the first [[…]]".to_owned(),
            _ => format!(": the table has {}", known.join(", ")),
        };
        return Problem::new(format_args!("unknown field `{name}`{hint}"));
    }
    if message.starts_with("missing field") {
        let name = names.next().unwrap_or_default();
        let example = EXAMPLES.iter().find(|example| example.starts_with(&format!("{name} "))).unwrap_or(&"");
        return Problem::new(format_args!("missing `{name}`: add it, such as {example}"));
    }
    match message.strip_prefix("invalid type: ").and_then(|rest| rest.rsplit_once(", expected ")) {
        Some((_, expected)) => Problem::new(format_args!("wrong type: expected {expected}")),
        None => Problem::of_text(message),
    }
}

/// Joins a path like those in the settings file.
pub(super) fn no_such_file_here(path: &Path) -> Problem {
    Problem::new(format_args!(
        "no such file: `{}` (paths are relative to the folder of this file)",
        path.display()
    ))
}
