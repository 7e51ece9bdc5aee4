//! The model of all formats: a suite of cases, each with a verdict, a message and details.

use std::time::Duration;

use jiff::Timestamp;

use crate::exchange::Severity;

/// Results as the formats show them. Every text in it fits on one line and has no control characters.
#[derive(Clone, Debug)]
pub struct Suite {
    pub(super) name: String,
    pub(super) version: &'static str,
    pub(super) seed: u64,
    pub(super) started: Timestamp,
    pub(super) took: Option<Duration>,
    /// Name of a case: `rule`, `check`.
    pub(super) unit: &'static str,
    /// `3 errors, 1 warning`.
    pub(super) headline: String,
    /// Text after the headline: ` in 14 exchanges, seed 7`.
    pub(super) scope: String,
    /// Headline of a standalone document.
    pub(super) title: String,
    /// The line below it.
    pub(super) subtitle: String,
    /// Further sentences.
    pub(super) notes: Vec<String>,
    pub(super) properties: Vec<(&'static str, String)>,
    pub(super) cases: Vec<Case>,
    /// Cases for tools that show test results: they expect one for the command, and one where nothing was found.
    pub(super) extra: Vec<Case>,
}

/// A broken rule, or a check.
#[derive(Clone, Debug, Default)]
pub(super) struct Case {
    pub(super) id: String,
    pub(super) title: String,
    /// The class of a test case.
    pub(super) group: &'static str,
    /// `error`, `failed`, `known to fail`.
    pub(super) verdict: &'static str,
    /// The severity of a rule, the level of a check.
    pub(super) kind: &'static str,
    /// Text after the id: how often a rule was broken, the level of a check.
    pub(super) qualifier: String,
    pub(super) outcome: Outcome,
    /// Severity; `None` for a passed case.
    pub(super) severity: Option<Severity>,
    /// The failure, or the reason for skipping.
    pub(super) message: String,
    pub(super) details: Vec<Detail>,
    pub(super) took: Option<Duration>,
}

/// Effect of a case on the exit code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Outcome {
    #[default]
    Passed,
    Skipped,
    /// It failed, and does not fail the run.
    Tolerated,
    Failed,
    Error,
}

/// Something more about a case.
#[derive(Clone, Debug)]
pub(super) struct Detail {
    pub(super) label: &'static str,
    pub(super) form: Form,
    pub(super) lines: Vec<String>,
}

/// Layout of a detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Sentence,
    Commands,
    Listing,
    /// A list that only test results show.
    Extra,
}

impl Detail {
    pub(super) fn sentence(label: &'static str, text: String) -> Self {
        Self { label, form: Form::Sentence, lines: vec![text] }
    }
}

impl Case {
    /// Adds a detail, unless it is empty.
    pub(super) fn with(mut self, label: &'static str, form: Form, lines: Vec<String>) -> Self {
        if !lines.is_empty() {
            self.details.push(Detail { label, form, lines });
        }
        self
    }

    pub(super) fn fails(&self) -> bool {
        matches!(self.outcome, Outcome::Failed | Outcome::Error)
    }
}

impl Suite {
    /// Returns the cases in order of severity. Cases without details and with the same verdict and message share a row.
    pub(super) fn rows(&self) -> Vec<Vec<&Case>> {
        let mut rows: Vec<Vec<&Case>> = Vec::new();
        let same = |one: &Case, other: &Case| {
            one.details.is_empty()
                && other.details.is_empty()
                && (one.verdict, &one.message) == (other.verdict, &other.message)
        };
        for case in &self.cases {
            match rows.iter_mut().find(|row| same(row[0], case)) {
                Some(row) => row.push(case),
                None => rows.push(vec![case]),
            }
        }
        rows.sort_by_key(|row| std::cmp::Reverse((row[0].severity, row[0].outcome == Outcome::Skipped)));
        rows
    }

    /// `failed: upload/etag, list/times`; `None` where nothing fails.
    pub(super) fn failed(&self) -> Option<String> {
        let ids: Vec<&str> =
            self.cases.iter().filter(|case| case.fails()).map(|case| case.id.as_str()).collect();
        (!ids.is_empty()).then(|| format!("failed: {}", ids.join(", ")))
    }
}

/// Returns the ids of a row.
pub(super) fn ids(row: &[&Case]) -> String {
    row.iter().map(|case| case.id.as_str()).collect::<Vec<_>>().join(", ")
}
