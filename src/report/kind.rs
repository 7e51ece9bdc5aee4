//! Report formats by name.

use std::{fmt, str::FromStr};

use serde::Serialize;

#[cfg(feature = "cli")]
use super::junit;
use super::{Suite, github, markdown, text};
use crate::text::or;

/// A format for tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Everything, for programs.
    Json,
    /// For the test results of GitLab, Jenkins and others.
    Junit,
    /// For GitHub's step summary, and wherever else Markdown is shown.
    Markdown,
    /// The exchanges of a run, for browsers' developer tools.
    Har,
    /// The inspector with the exchanges of a run, as one page.
    Html,
}

/// Results in every format.
pub trait Report: Serialize {
    /// Severity that counts as a failure.
    type Failing: Copy;

    /// Converts the results to the model that the formats share.
    fn suite(&self, failing: Self::Failing) -> Suite;

    /// Returns everything as JSON, with a line end.
    fn json(&self) -> String {
        // Serialising our own structs into memory cannot fail.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Returns `JUnit`'s XML.
    #[cfg(feature = "cli")]
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

    /// Returns the annotations for GitHub's runner, one a line.
    fn annotations(&self, failing: Self::Failing) -> String {
        github::annotations(&self.suite(failing))
    }
}

/// The name of no format.
#[derive(Debug, thiserror::Error)]
#[error("unknown kind of report `{0}`: expected {kinds}", kinds = or(Kind::ALL))]
pub struct UnknownKind(String);

impl Kind {
    /// All of them, which a run has.
    pub const ALL: [Self; 5] = [Self::Json, Self::Junit, Self::Markdown, Self::Har, Self::Html];

    /// Formats without exchanges, for the suites.
    pub const OF_SUITES: [Self; 3] = [Self::Json, Self::Junit, Self::Markdown];

    /// Returns the name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
            Self::Har => "har",
            Self::Html => "html",
        }
    }

    /// Formats a report; `None` where the format is one of exchanges.
    pub fn of<R: Report>(self, report: &R, failing: R::Failing) -> Option<String> {
        match self {
            Self::Json => Some(report.json()),
            #[cfg(feature = "cli")]
            Self::Junit => Some(report.junit(failing)),
            #[cfg(not(feature = "cli"))]
            Self::Junit => None,
            Self::Markdown => Some(report.markdown(failing)),
            Self::Har | Self::Html => None,
        }
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        let known = Self::ALL.into_iter().find(|kind| kind.name() == name);
        known.ok_or_else(|| UnknownKind(name.to_owned()))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
