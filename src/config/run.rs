//! What `assay run` makes of what it finds: what fails it, and what is left out.

use super::Problem;
use crate::exchange::{self, Glob, Rule, Severity};

/// The settings of `run` alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunSettings {
    /// The least severe finding that fails the run; `None` where none does.
    pub fail_on: Option<Severity>,
    /// The rules whose findings are left out.
    pub ignore: Vec<Glob>,
    /// Whether the command's connections to the intercepted hosts are led to the emulator.
    pub intercept: bool,
}

impl Default for RunSettings {
    fn default() -> Self {
        Self { fail_on: Some(Severity::Error), ignore: Vec::new(), intercept: false }
    }
}

impl RunSettings {
    /// Takes one setting, where it is one of `run`.
    pub(super) fn take(&mut self, name: &str, value: &str) -> Result<(), Problem> {
        match name {
            "fail_on" => self.fail_on = fail_on(value)?,
            "ignore" => self.ignore.push(ignore(value)?),
            "intercept" => self.intercept = super::parse::switch(value)?,
            _ => {}
        }
        Ok(())
    }

    /// Whether a rule's findings are left out.
    #[must_use]
    pub fn ignores(&self, rule: &str) -> bool {
        self.ignore.iter().any(|pattern| pattern.matches(rule))
    }
}

fn fail_on(text: &str) -> Result<Option<Severity>, Problem> {
    match text {
        "error" => Ok(Some(Severity::Error)),
        "warning" => Ok(Some(Severity::Warning)),
        "never" => Ok(None),
        _ => Err(Problem::new(format!("`{text}` is none of its values"), "write error, warning or never")),
    }
}

/// A pattern that is for no rule at all is a slip: nothing would be left out, and nobody would know.
fn ignore(text: &str) -> Result<Glob, Problem> {
    let pattern = Glob::new(text);
    if Rule::all().any(|rule| pattern.matches(rule.id)) {
        return Ok(pattern);
    }
    let remedy = nearest(text).map_or_else(
        || "write a rule's name, as findings tell it, or a pattern such as contract-*".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Err(Problem::new(format!("`{text}` is no rule's name, and no pattern that is one's"), &remedy))
}

fn nearest(text: &str) -> Option<&'static str> {
    exchange::nearest(&text.to_lowercase().replace('_', "-"), Rule::all().map(|rule| rule.id), 3)
}
