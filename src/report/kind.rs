//! The kinds of reports that can be asked for by name, on the command line and on the control side.

use std::{fmt, str::FromStr};

/// A format for tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Everything, for programs.
    Json,
    /// For the test results of GitLab, Jenkins and others.
    Junit,
    /// For GitHub's step summary, and wherever else Markdown is shown.
    Markdown,
}

/// Results that can be told in every kind, and as annotations.
pub trait Report {
    /// What tells failures from the rest.
    type Failing: Copy;

    /// See [`Kind::Json`].
    fn json(&self) -> String;

    /// See [`Kind::Junit`].
    fn junit(&self, failing: Self::Failing) -> String;

    /// See [`Kind::Markdown`].
    fn markdown(&self, failing: Self::Failing) -> String;

    /// What GitHub's runner shows beside a job, a line each.
    fn annotations(&self, failing: Self::Failing) -> String;
}

/// A name that is no kind's.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no kind of report; there are json, junit and markdown")]
pub struct UnknownKind(String);

impl Kind {
    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
        }
    }

    /// The report of this kind. Where it tells failures from the rest, `failing` says which they are.
    #[must_use]
    pub fn of<R: Report>(self, report: &R, failing: R::Failing) -> String {
        match self {
            Self::Json => report.json(),
            Self::Junit => report.junit(failing),
            Self::Markdown => report.markdown(failing),
        }
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        let known = [Self::Json, Self::Junit, Self::Markdown].into_iter().find(|kind| kind.name() == name);
        known.ok_or_else(|| UnknownKind(name.to_owned()))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
