//! What goes wrong on purpose: the rules of `--fault`, `--faults` and `--scenario`, each of which replaces what the
//! file has under its name.

use std::path::Path;

use super::{
    ConfigError, Problem, Setting,
    file::{in_flag, read_rules},
};
use crate::fault::{Fault, Scenario};

/// The rules by where they come from.
#[derive(Default)]
pub(super) struct Faults {
    /// `--fault`, or `[[fault]]`.
    pub rules: Vec<Fault>,
    /// `--faults`.
    pub file: Vec<Fault>,
    /// `--scenario`.
    pub scenarios: Vec<Fault>,
}

impl Faults {
    /// Takes what was set over the file's.
    pub(super) fn take(&mut self, settings: &[Setting]) -> Result<(), ConfigError> {
        let named = |name: &'static str| settings.iter().filter(move |setting| setting.name == name);
        let given = |name: &'static str| named(name).next().is_some();
        if given("fault") {
            self.rules.clear();
        }
        for setting in named("fault") {
            let rule = setting.value.parse::<Fault>();
            let rule = rule.map_err(|mistakes| in_flag(setting.place(), &setting.value, &mistakes))?;
            self.rules.push(rule);
        }
        for setting in named("faults") {
            let mistake = |problem| ConfigError::new(setting, problem);
            if setting.value.is_empty() {
                return Err(mistake(Problem::new("the path is empty", "name a file")));
            }
            self.file =
                read_rules(Path::new(&setting.value), "name a file of rules in TOML or JSON", mistake)?;
        }
        if given("scenario") {
            self.scenarios.clear();
        }
        for setting in named("scenario") {
            let scenario = Scenario::named(&setting.value);
            let scenario =
                scenario.map_err(|error| ConfigError::new(setting, Problem::sentence(&error.to_string())))?;
            self.scenarios.extend(scenario.faults());
        }
        Ok(())
    }

    /// In the order in which they are tried.
    pub(super) fn in_order(self) -> Vec<Fault> {
        [self.rules, self.file, self.scenarios].concat()
    }
}
