//! `assay.toml`: what a team has set for all of its members. `config` reads it under the flags and the
//! environment; `cli` says which one it was.

mod excerpt;
mod mask;
mod people;
mod rules;
mod shape;

use std::{
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
};

use toml::de::DeTable;

pub(super) use self::rules::{in_flag, read as read_rules};
use self::{
    mask::Shown,
    shape::{Mistake, Shape},
};
use super::{Config, ConfigError, Problem, Setting, faults::Faults};
use crate::fault::Scenario;

/// More than anybody writes, and less than what `--config /dev/zero` would read.
const MAX_BYTES: u64 = 1 << 20;

/// The settings that say what goes wrong, beside `[[fault]]`.
const FAULTS: [&str; 2] = ["faults", "scenario"];

/// A configuration file whose names are known and whose values have the right type.
pub struct ConfigFile {
    path: PathBuf,
    shown: Shown,
    shape: Shape,
}

impl ConfigFile {
    /// What is read from the working directory where nothing else is named.
    pub const DEFAULT: &str = "assay.toml";

    /// Reads the file that the setting `config` names; without one, [`ConfigFile::DEFAULT`] where it is
    /// there.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] where a file that is named is not there, cannot be read, or is not well-formed.
    pub fn find(settings: &[Setting]) -> Result<Option<Self>, ConfigError> {
        const REMEDY: &str = "name a file of settings, such as assay.toml";
        let named = settings.iter().find(|setting| setting.name == "config");
        let path = Path::new(named.map_or(Self::DEFAULT, |setting| setting.value.as_str()));
        let mut content = Vec::new();
        let read =
            std::fs::File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut content));
        let problem = match (read, named) {
            (Ok(_), _) if content.len() as u64 > MAX_BYTES => {
                Problem::new(format!("`{}` is larger than 1 MiB", path.display()), REMEDY)
            }
            (Ok(_), _) => return Self::parse(path, content).map(Some),
            (Err(error), named) if error.kind() == ErrorKind::NotFound => match named {
                Some(_) => people::not_there(path, REMEDY),
                None => return Ok(None),
            },
            (Err(error), _) => Problem::new(format!("`{}` cannot be read: {error}", path.display()), REMEDY),
        };
        Err(match named {
            Some(setting) => ConfigError::new(setting, problem),
            None => ConfigError::at(path.display().to_string(), problem),
        })
    }

    /// Reads the content of the file at `path`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with the line, for the first mistake.
    pub fn parse(path: &Path, content: Vec<u8>) -> Result<Self, ConfigError> {
        let text = String::from_utf8(content).map_err(|error| {
            let line = error.as_bytes()[..error.utf8_error().valid_up_to()].split(|b| *b == b'\n').count();
            let problem = Problem::new("this line is no UTF-8", "save the file as UTF-8");
            ConfigError::at(format!("{}:{line}", path.display()), problem)
        })?;
        let mut file = Self { path: path.to_owned(), shown: Shown::default(), shape: Shape::default() };
        match DeTable::parse(&text) {
            Ok(root) => {
                file.shown = mask::of_document(&text, root.get_ref());
                file.shape = shape::of_document(root.get_ref()).map_err(|mistake| file.error(mistake))?;
                Ok(file)
            }
            Err(error) => {
                let span = error.span().unwrap_or_default();
                file.shown = mask::of_broken_text(&text, span.start);
                Err(file.error(Mistake::new(&span, no_toml(error.message()))))
            }
        }
    }

    /// Where it was found.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What relative paths in it are relative to.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// Sets what the file sets, but for users and files, whose accounts are known last.
    pub(super) fn fill(&self, config: &mut Config) -> Result<(), ConfigError> {
        for (name, value) in self.shape.settings.iter().filter(|(name, _)| !FAULTS.contains(name)) {
            let taken = config.take(name, &value.text, self.folder());
            taken.map_err(|problem| self.error(Mistake::new(&value.span, problem)))?;
            let path = self.folder().join(&value.text);
            if *name == "spec" && !path.exists() {
                let problem = people::not_there(&path, people::RELATIVE);
                return Err(self.error(Mistake::new(&value.span, problem)));
            }
        }
        people::api_keys(&self.shape, config).map_err(|mistake| self.error(mistake))
    }

    /// The faults that the file sets.
    pub(super) fn faults(&self) -> Result<Faults, ConfigError> {
        let mut faults = Faults { rules: self.shape.faults.clone(), ..Faults::default() };
        for (name, value) in self.shape.settings.iter().filter(|(name, _)| FAULTS.contains(name)) {
            let mistake = |problem| self.error(Mistake::new(&value.span, problem));
            if *name == "faults" {
                faults.file = rules::read(&self.folder().join(&value.text), people::RELATIVE, mistake)?;
            } else {
                let scenario = Scenario::named(&value.text)
                    .map_err(|error| mistake(Problem::sentence(&error.to_string())))?;
                faults.scenarios.extend(scenario.faults());
            }
        }
        Ok(faults)
    }

    /// Adds the file's users and files to a configuration that has its keys.
    pub(super) fn fill_people(&self, config: &mut Config) -> Result<(), ConfigError> {
        people::users(&self.shape, config)
            .and_then(|()| people::files(&self.shape, self.folder(), &self.shown.text, config))
            .map_err(|mistake| self.error(mistake))
    }

    fn error(&self, mistake: Mistake) -> ConfigError {
        let found = excerpt::excerpt(&self.shown.text, &mistake.span, &self.shown.secrets);
        let place = format!("{}:{}:{}", self.path.display(), found.line, found.column);
        ConfigError::in_file(place, mistake.problem, &found.shown)
    }
}

/// It holds secrets.
impl std::fmt::Debug for ConfigFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ConfigFile({})", self.path.display())
    }
}

/// What the parser says, with a way out where it has none.
fn no_toml(message: &str) -> Problem {
    let (what, remedy) = match message {
        "duplicate key" => (
            "this name is there already",
            "write each setting once, and what there can be several of under a header of its own, such as [[user]]",
        ),
        message if message.starts_with("string values must be quoted") => {
            ("this is no TOML: a text has quotes around it", "write it like \"1h\"")
        }
        message => return Problem::sentence(&format!("this is no TOML: {message}")),
    };
    Problem::new(what, remedy)
}
