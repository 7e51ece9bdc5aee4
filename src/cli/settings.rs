//! What was set on the command line and in the environment, as settings with their origin.

use std::ffi::OsString;

use clap::{ArgMatches, Args, Command, parser::ValueSource};

use super::run;
use crate::config::{Config, ConfigError, ConfigFile, Origin, Setting};

/// What the environment may have that is no setting: `run` tells its child where the emulator is.
const OTHER_VARIABLES: [&str; 1] = ["ASSAY_URL"];

/// Every setting that was given, by flag or by environment.
pub(super) fn of(matches: &ArgMatches) -> Vec<Setting> {
    let mut settings = Vec::new();
    for id in matches.ids().map(clap::Id::as_str) {
        let origin = match matches.value_source(id) {
            Some(ValueSource::CommandLine) => Origin::Flag,
            Some(ValueSource::EnvVariable) => Origin::Environment,
            _ => continue,
        };
        let texts = matches.try_get_many::<String>(id).ok().flatten().into_iter().flatten().cloned();
        settings.extend(texts.map(|value| Setting { name: id.to_owned(), value, origin }));
    }
    settings
}

/// The configuration that they make together with the file's.
pub(super) fn read(settings: &[Setting]) -> Result<(Config, Option<ConfigFile>), ConfigError> {
    let file = ConfigFile::find(settings)?;
    Ok((Config::read(settings, file.as_ref())?, file))
}

/// Tells which file was read, and which variables are nobody's.
pub(super) fn tell(file: Option<&ConfigFile>) {
    if let Some(file) = file {
        tracing::info!("settings read from {}", file.path().display());
    }
    // `run` has all options of `serve`, and some of its own.
    let command = || run::Options::augment_args(Command::new("run"));
    for name in unknown_variables(command, std::env::vars_os()) {
        tracing::warn!("{name} is no setting of assay and is ignored; `assay run --help` lists them");
    }
}

/// The `ASSAY_*` variables that are nobody's: a mistyped one would be ignored in silence otherwise. The command
/// is made where there are any at all: most starts have none.
fn unknown_variables(
    command: impl FnOnce() -> Command,
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> Vec<String> {
    let mut names: Vec<String> = environment
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("ASSAY_") && !OTHER_VARIABLES.contains(&name.as_str()))
        .collect();
    if !names.is_empty() {
        let command = command();
        let known: Vec<&str> = command.get_arguments().filter_map(|arg| arg.get_env()?.to_str()).collect();
        names.retain(|name| !known.contains(&name.as_str()));
    }
    names
}
