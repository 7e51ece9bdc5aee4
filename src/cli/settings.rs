//! What was set on the command line and in the environment, as settings with their origin.

use std::ffi::OsString;

use clap::{ArgMatches, Command, CommandFactory, parser::ValueSource};

use super::Cli;
use crate::config::{Config, ConfigError, ConfigFile, Origin, Setting};

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
    for name in unknown_variables(Cli::command, std::env::vars_os()) {
        tracing::warn!("{name} is no setting of assay and is ignored; the --help of each command lists them");
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
        .filter(|name| name.starts_with("ASSAY_"))
        .collect();
    if !names.is_empty() {
        let command = command();
        names.retain(|name| !is_variable_of(&command, name));
    }
    names
}

/// Whether an option of a command, or of one below it, can be set by this variable.
fn is_variable_of(command: &Command, name: &str) -> bool {
    let mut variables = command.get_arguments().filter_map(clap::Arg::get_env);
    variables.any(|variable| variable == name)
        || command.get_subcommands().any(|below| is_variable_of(below, name))
}
