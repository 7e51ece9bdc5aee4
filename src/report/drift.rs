//! Differences between a server and the document: a part of the results of a run.

use serde::Serialize;
use serde_json::Value;

use super::{
    suite::{Case, Detail, Form, Outcome},
    words::{counted, plain, times},
};
use crate::exchange::{Exchange, Operation, Severity, Verdict};

/// Limit on the places of the coverage in a report for people.
const MAX_PLACES: usize = 20;

/// Differences of a server, and its coverage.
#[derive(Clone, Debug, Serialize)]
pub struct Drift {
    /// The server; `None` for recorded traffic.
    pub upstream: Option<String>,
    /// The differences, by their ids.
    pub drift: Vec<Drifted>,
    /// Differences of the baseline that did not occur.
    pub gone: Vec<Gone>,
    /// Coverage of the documents.
    pub coverage: Coverage,
    /// Whether new differences are a failure.
    #[serde(skip)]
    pub fails: bool,
}

/// One difference.
#[derive(Clone, Debug, Serialize)]
pub struct Drifted {
    /// Identity across runs.
    pub id: String,
    /// In which way the server differs.
    pub verdict: Verdict,
    /// Operation, or method and path.
    pub operation: Operation,
    /// The status of the answer.
    pub status: Option<u16>,
    /// The place in the message.
    pub pointer: String,
    /// The first exchange with the difference.
    pub message: String,
    /// The place in the document.
    pub spec: Option<String>,
    /// Number of occurrences.
    pub count: u64,
    /// The day since which the baseline knows it.
    pub known_since: Option<String>,
    /// An exchange in which it occurred.
    pub example: Exchange,
    /// Kind of difference.
    #[serde(skip)]
    pub what: String,
    /// The value that is not described.
    #[serde(skip)]
    pub seen: Value,
}

/// A difference of the baseline that did not occur.
#[derive(Clone, Debug, Serialize)]
pub struct Gone {
    /// Identity across runs.
    pub id: String,
    /// The day since which the baseline knows it.
    pub since: String,
    /// The exchange.
    pub message: String,
}

/// Coverage of the documents.
#[derive(Clone, Debug, Serialize)]
pub struct Coverage {
    /// Number of places in the documents.
    pub places: usize,
    /// Number of places that occurred.
    pub reached: usize,
    /// Places that never occurred.
    pub missing: Vec<String>,
}

impl Drift {
    /// Returns the differences that the baseline does not know.
    pub fn new_ones(&self) -> impl Iterator<Item = &Drifted> {
        self.drift.iter().filter(|one| one.known_since.is_none())
    }

    /// Returns whether new differences fail the run.
    pub fn is_failure(&self) -> bool {
        self.fails && self.new_ones().next().is_some()
    }

    /// `3 differences, 2 of them known`; `None` without any.
    pub(super) fn headline(&self) -> Option<String> {
        let known = self.drift.len() - self.new_ones().count();
        let all = counted(self.drift.len() as u64, "difference");
        match (self.drift.len(), known) {
            (0, _) => None,
            (_, 0) => Some(all),
            _ => Some(format!("{all}, {known} of them known")),
        }
    }

    /// Returns a case for each new difference.
    pub(super) fn cases(&self) -> Vec<Case> {
        self.new_ones().map(|one| one.case(self.fails)).collect()
    }

    /// Limits of the comparison, a sentence each.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let known = self.drift.len() - self.new_ones().count();
        if known > 0 {
            notes.push(format!("Left out: {}.", counted(known as u64, "difference that the baseline knows")));
        }
        for Gone { id, since, .. } in &self.gone {
            notes.push(format!("No longer seen, and in the baseline since {since}: {}", plain(id)));
        }
        let Coverage { places, reached, missing } = &self.coverage;
        if !missing.is_empty() {
            let outer = outermost(missing);
            let shown: Vec<_> = outer.iter().take(MAX_PLACES).map(|place| plain(place)).collect();
            let more = outer.len().saturating_sub(MAX_PLACES);
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            notes.push(format!(
                "Coverage: {reached} of {places} places of the document occurred. Never seen: {}{more}.",
                shown.join(", ")
            ));
        }
        notes
    }
}

/// Removes the places that are within another of them. They are sorted.
fn outermost(places: &[String]) -> Vec<&str> {
    let mut outer: Vec<&str> = Vec::new();
    for place in places {
        let is_within =
            |one: &&str| place.strip_prefix(*one).is_some_and(|rest| rest.starts_with([' ', '/']));
        if !outer.last().is_some_and(is_within) {
            outer.push(place);
        }
    }
    outer
}

impl Drifted {
    fn case(&self, fails: bool) -> Case {
        let Exchange { id, method, status, .. } = &self.example;
        let answer = status.map_or("no answer".to_owned(), |status| format!("answered with {status}"));
        let place = format!("{method} {}, exchange {id}, {answer}", self.example.path_alone());
        let mut details = vec![Detail::sentence("where", plain(&place))];
        if let Some(spec) = &self.spec {
            details.push(Detail::sentence("document", plain(spec)));
        }
        let case = Case {
            id: self.id.clone(),
            title: self.verdict.title().to_owned(),
            group: "drift",
            verdict: "drift",
            kind: self.verdict.name(),
            qualifier: times(self.count),
            outcome: if fails { Outcome::Failed } else { Outcome::Tolerated },
            severity: Some(if fails { Severity::Error } else { Severity::Warning }),
            message: plain(&self.message),
            details,
            took: None,
        };
        case.with("example", Form::Listing, self.example_lines())
    }

    /// Formats the exchange in a few lines.
    fn example_lines(&self) -> Vec<String> {
        let Exchange { method, path, status, request, response, .. } = &self.example;
        let body = |body: &Option<String>| {
            body.as_deref().map(|body| plain(&body.chars().take(400).collect::<String>()))
        };
        let mut lines = vec![format!("> {method} {}", plain(path))];
        lines.extend(body(&request.body).map(|body| format!("> {body}")));
        lines.push(status.map_or("< (no answer)".to_owned(), |status| format!("< {status}")));
        lines.extend(body(&response.body).map(|body| format!("< {body}")));
        lines
    }
}
