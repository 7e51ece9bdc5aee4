//! The options of a command, over the environment, over the file.

use std::{any::TypeId, collections::HashSet, ffi::OsString};

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, parser::ValueSource};

use super::{Config, ConfigError, Cors, File, FilePath, Key, Problem, ServerSettings, Settings, Switch};

/// Reads the options of a command, over the environment, over the file.
///
/// # Errors
///
/// [`ConfigError`] for the first mistake in the file, even where an option overrides it.
pub(crate) fn read<T>(matches: &ArgMatches) -> Result<(T, Option<File>), ConfigError>
where
    T: From<Settings> + FromArgMatches,
{
    let named = matches.get_one::<FilePath>("config").map(|path| path.0.as_path());
    let file = File::find(named, &place(matches, "config", "config"))?;
    let mut settings = file.as_ref().map_or_else(Settings::default, |file| file.settings().clone());
    // Both answer one question: with the file's `quiet`, `-v` would have no effect.
    if is_given(matches, "quiet") || is_given(matches, "verbose") {
        (settings.log.quiet, settings.log.verbose) = (Switch(false), Switch(false));
    }
    if is_given(matches, "api_keys") || is_given(matches, "api_key_file") {
        settings.emulator.api_keys.clear();
        settings.emulator.api_key_file = None;
    }
    let mut options = T::from(settings);
    // clap has checked it already.
    let updated = options.update_from_arg_matches(matches);
    updated.map_err(|error| ConfigError::at("options", Problem::new(error)))?;
    Ok((options, file))
}

impl Config {
    /// Checks what depends on several settings, and adds the file's users and files. For commands that start an
    /// emulator.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for the first setting that contradicts another.
    pub(crate) fn complete(&mut self, matches: &ArgMatches, file: Option<&File>) -> Result<(), ConfigError> {
        let at = |id, name| move |problem| ConfigError::at(place(matches, id, name), problem);
        let of_file = self.api_key_file.take().map_or_else(Vec::new, |file| file.0);
        for key in std::mem::take(&mut self.api_keys) {
            self.add_api_key(key).map_err(at("api_keys", "api-key"))?;
        }
        for key in of_file {
            self.add_api_key(key).map_err(at("api_key_file", "api-key-file"))?;
        }
        Cors::check(&self.cors).map_err(at("cors", "cors"))?;
        for defect in std::mem::take(&mut self.defects) {
            self.add_defect(defect);
        }
        file.map_or(Ok(()), |file| file.fill_people(self))
    }
}

impl ServerSettings {
    /// Returns the API key to use: the configured one, else that of Alloy's own variable, `ALLOY_API_KEY`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] where the variable's cannot be sent in a header.
    pub fn key_or(&self, variable: Option<OsString>) -> Result<Option<String>, ConfigError> {
        if let Some(key) = &self.api_key {
            return Ok(Some(key.key.clone()));
        }
        let variable = variable.filter(|key| !key.is_empty());
        let key = variable.map(|key| key.to_string_lossy().parse::<Key>()).transpose();
        key.map(|key| key.map(|key| key.0)).map_err(|problem| ConfigError::at("ALLOY_API_KEY", problem))
    }
}

/// Returns whether a setting was given by its option or its variable.
pub(crate) fn is_given(matches: &ArgMatches, id: &str) -> bool {
    let source = matches.try_contains_id(id).ok().and_then(|_| matches.value_source(id));
    matches!(source, Some(ValueSource::CommandLine | ValueSource::EnvVariable))
}

/// Returns how messages name a setting: by its option, or by its variable where that has set it.
pub(crate) fn place(matches: &ArgMatches, id: &str, name: &str) -> String {
    match matches.value_source(id) {
        Some(ValueSource::EnvVariable) => variable(name),
        _ => format!("--{name}"),
    }
}

fn variable(option: &str) -> String {
    format!("ASSAY_{}", option.to_uppercase().replace('-', "_"))
}

/// Gives every option that takes a value its variable, and every switch its form.
pub(crate) fn with_variables(command: Command) -> Command {
    command.mut_args(|arg| {
        // No variable sets it, so that no emulator is wrong by oversight.
        let name = arg.get_long().filter(|name| *name != "defect").map(variable);
        let Some(name) = name.filter(|_| matches!(arg.get_action(), ArgAction::Set | ArgAction::Append))
        else {
            return arg;
        };
        let arg = arg.env(name).hide_env(true);
        let is_switch = arg.get_value_parser().type_id() == TypeId::of::<Switch>();
        let is_quantity = ["DURATION", "SIZE", "N"].map(Some).contains(&value_name(&arg));
        if is_switch {
            arg.num_args(0..=1).require_equals(true).default_missing_value("true").value_name("BOOL")
        } else {
            // A negative number is a wrong value, not an unknown option.
            arg.allow_hyphen_values(is_quantity)
        }
    })
}

fn value_name(arg: &Arg) -> Option<&str> {
    arg.get_value_names()?.first().map(clap::builder::Str::as_str)
}

/// Returns the variables of a command's options, and of those of its subcommands.
pub(crate) fn variables_of(command: &Command) -> HashSet<OsString> {
    let of_options = command.get_arguments().filter_map(|arg| arg.get_env().map(ToOwned::to_owned));
    of_options.chain(command.get_subcommands().flat_map(variables_of)).collect()
}

/// Returns a command with all settings as options, for the names that the file may have.
pub(super) fn all() -> Command {
    Settings::augment_args_for_update(Command::new("settings"))
}
