//! The formats that can be asked for by name, and what has reports.

use std::{fmt, str::FromStr};

use serde::Serialize;

use super::{Suite, github, junit, markdown, text};

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

/// Results in every format.
pub trait Report: Serialize {
    /// What counts as a failure.
    type Failing: Copy;

    /// Lowers the results to what the formats for people share.
    fn suite(&self, failing: Self::Failing) -> Suite;

    /// Returns everything as JSON, with a line end.
    fn json(&self) -> String {
        // Serialising our own structs into memory cannot fail.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Returns `JUnit`'s XML.
    fn junit(&self, failing: Self::Failing) -> String {
        junit::junit(&self.suite(failing))
    }

    /// Returns Markdown.
    fn markdown(&self, failing: Self::Failing) -> String {
        markdown::markdown(&self.suite(failing))
    }

    /// Returns text for a terminal or a log, in colours or without.
    fn text(&self, colour: bool, failing: Self::Failing) -> String {
        text::text(&self.suite(failing), colour)
    }

    /// Returns what GitHub's runner shows beside a job, a line each.
    fn annotations(&self, failing: Self::Failing) -> String {
        github::annotations(&self.suite(failing))
    }
}

/// The name of no format.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no kind of report; there are json, junit and markdown")]
pub struct UnknownKind(String);

impl Kind {
    /// Returns the name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
        }
    }

    /// Formats a report.
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
