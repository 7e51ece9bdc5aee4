//! How `assay conformance` is set up: what both suites have, and whom the one for servers asks. `cli` hands it to the
//! suite.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{Config, ConfigError, Problem, parse};
use crate::exchange::Glob;

/// The settings of `conformance` alone. What is `None` is left to the suite.
#[derive(Clone, Default)]
pub struct ConformanceSettings {
    /// How many cases a check has.
    pub cases: Option<u32>,
    /// The one case that is run.
    pub case: Option<u32>,
    /// Which checks are run.
    pub selection: Selection,
    /// The list of checks that are known to fail.
    pub known_failing: Option<PathBuf>,
    /// Whether advice is taken for a must.
    pub strict: bool,
    /// How long a check may take, in real time.
    pub max_time: Option<Duration>,
    /// What names begin with.
    pub prefix: Option<String>,
    /// Cases that failed before, which are tried first.
    pub past_failures: Option<PathBuf>,
    /// The server's address.
    pub url: Option<String>,
    /// The key of a second account.
    pub other_api_key: Option<String>,
    /// How many requests are sent a second.
    pub rate: Option<u32>,
    /// Whether the server may be another machine.
    pub yes_this_is_remote: bool,
    /// Whether one process of a client serves all cases.
    pub persistent: bool,
}

/// Which checks are run, by patterns for their ids.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Those that are like one of these; without any, all are.
    pub only: Vec<Glob>,
    /// But not those that are like one of these.
    pub skip: Vec<Glob>,
}

impl Selection {
    /// Whether the check of this id is run.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        let is_like = |patterns: &[Glob]| patterns.iter().any(|pattern| pattern.matches(id));
        (self.only.is_empty() || is_like(&self.only)) && !is_like(&self.skip)
    }
}

impl ConformanceSettings {
    /// Takes one setting, where it is one of `conformance`.
    pub(super) fn take(&mut self, name: &str, value: &str, folder: &Path) -> Result<(), Problem> {
        match name {
            "cases" => self.cases = Some(parse::count(value, "100")?),
            "case" => self.case = Some(case(value)?),
            "only" => self.selection.only.push(pattern(value)?),
            "skip" => self.selection.skip.push(pattern(value)?),
            "known_failing" => self.known_failing = Some(parse::path(value, folder)?),
            "strict" => self.strict = parse::switch(value)?,
            "max_time" => self.max_time = Some(parse::positive_duration(value)?),
            "prefix" => self.prefix = Some(prefix(value)?),
            "past_failures" => self.past_failures = Some(parse::path(value, folder)?),
            "url" => self.url = Some(url(value)?),
            "other_api_key" => {
                self.other_api_key = Some(parse::key(value, "write the second account's key")?);
            }
            "rate" => self.rate = Some(parse::count(value, "50")?),
            "persistent" => self.persistent = parse::switch(value)?,
            "yes_this_is_remote" => self.yes_this_is_remote = parse::switch(value)?,
            _ => {}
        }
        Ok(())
    }
}

impl Config {
    /// The key to ask somebody else's server with: the first that is configured, else that of Alloy's own variable,
    /// `ALLOY_API_KEY`. One that is empty is none.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] where no header can carry the variable's.
    pub fn key_or(&self, variable: Option<OsString>) -> Result<Option<String>, ConfigError> {
        if let Some(first) = self.api_keys.first() {
            return Ok(Some(first.key.clone()));
        }
        let Some(key) = variable.filter(|key| !key.is_empty()) else { return Ok(None) };
        let key = parse::key(&key.to_string_lossy(), "give a key, or none");
        key.map(Some).map_err(|problem| ConfigError::at("ALLOY_API_KEY".to_owned(), problem))
    }
}

fn case(text: &str) -> Result<u32, Problem> {
    text.parse().map_err(|_| {
        Problem::new(format!("`{text}` is no case's number"), "write it as a report does, counted from 0")
    })
}

fn pattern(text: &str) -> Result<Glob, Problem> {
    if text.is_empty() {
        return Err(Problem::new(
            "the pattern is empty",
            "write a check's id, or a pattern such as upload/*",
        ));
    }
    Ok(Glob::new(text))
}

/// A prefix stands in names of files and of users: it is what both can bear as it is.
fn prefix(text: &str) -> Result<String, Problem> {
    const LONGEST: usize = 64;
    let is_bearable = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if text.bytes().all(is_bearable) && text.len() <= LONGEST {
        return Ok(text.to_owned());
    }
    Err(Problem::new(
        format!("`{text}` cannot begin a name"),
        "write letters, digits, dots, hyphens and underscores, 64 at the most",
    ))
}

/// Whether it is an address is for the suite to say, which asks it.
fn url(text: &str) -> Result<String, Problem> {
    if text.is_empty() {
        return Err(Problem::new("the address is empty", "write one like http://127.0.0.1:7979"));
    }
    Ok(text.to_owned())
}
