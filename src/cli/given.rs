//! The options of a command, over the environment, over the file.

use std::{marker::PhantomData, path::Path};

use clap::{Arg, ArgMatches, Args, Command, CommandFactory, FromArgMatches};

use super::Cli;
use crate::{
    config::{self, Config, ConfigError, File, Settings},
    intercept,
};

/// Arguments of a command with the options of `T`.
pub(super) struct Given<T>(ArgMatches, PhantomData<fn() -> T>);

impl<T: Args> Args for Given<T> {
    // An update has no required options: the others come from the file or the defaults.
    fn augment_args(command: Command) -> Command {
        config::with_variables(T::augment_args_for_update(command))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<T> FromArgMatches for Given<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(matches.clone(), PhantomData))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0 = matches.clone();
        Ok(())
    }
}

impl<T: From<Settings> + FromArgMatches> Given<T> {
    /// Reads the file, then applies the arguments on top.
    pub(super) fn read(&self) -> Result<(T, Option<File>), ConfigError> {
        config::read(&self.0)
    }

    /// See [`Config::complete`].
    pub(super) fn complete(&self, config: &mut Config, file: Option<&File>) -> Result<(), ConfigError> {
        config.complete(&self.0, file)
    }

    /// Returns how messages name a setting: by its option, its variable or the file.
    pub(super) fn place(&self, name: &str, file: Option<&File>) -> String {
        match (config::is_given(&self.0, name), file) {
            (false, Some(file)) => format!("`{name}` in {}", file.path().display()),
            _ => config::place(&self.0, name, name),
        }
    }
}

/// Adds a command's own default to the help of a shared option.
pub(super) fn with_default(arg: Arg, default: &str) -> Arg {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    arg.help(format!("{help} [default: {default}]"))
}

/// Environment variables of the packages for Python and Node.
const OF_PACKAGES: &str = "ASSAY_BINARY";

/// Logs which file was read, and which variables nothing reads: they may be typing errors.
pub(super) fn log_sources(file: Option<&File>) {
    if let Some(path) = file.map(File::path).map(Path::display) {
        tracing::info!("settings read from {path}");
    }
    let is_ours = |name: &std::ffi::OsString| name.to_string_lossy().starts_with("ASSAY_");
    let mut names = std::env::vars_os().map(|(name, _)| name).filter(is_ours).peekable();
    // Most starts have none, and need no command.
    if names.peek().is_some() {
        let known = config::variables_of(&Cli::command());
        let is_known = |name: &std::ffi::OsString| {
            known.contains(name) || name == intercept::SPKI || name == OF_PACKAGES
        };
        for name in names.filter(|name| !is_known(name)) {
            tracing::warn!(
                "ignoring unknown setting `{}`: the --help of each command lists them",
                name.display()
            );
        }
    }
}
