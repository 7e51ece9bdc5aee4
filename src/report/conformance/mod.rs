//! What a conformance suite came to: each of its checks with its verdict, and for those that failed the smallest
//! case that shows it. `conformance` makes it; one file a format tells it.

mod github;
mod json;
mod junit;
mod markdown;
mod text;
mod words;

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::Report;
use crate::exchange::{Exchange, Finding};

/// What a suite came to.
#[derive(Clone, Debug, Serialize)]
pub struct Conformance {
    /// The version of this program.
    pub version: &'static str,
    /// What was asked.
    pub subject: Subject,
    /// Its address, or the command that starts it.
    pub target: String,
    /// The seed that repeats it.
    pub seed: u64,
    /// How many cases a check was to have.
    pub cases: u32,
    /// What each selected check came to, in the suite's order.
    pub checks: Vec<CheckResult>,
    /// How many came to what.
    pub summary: Summary,
    /// When it began, in real time.
    #[serde(skip)]
    pub started: Timestamp,
    /// How long it took, in real time.
    #[serde(skip)]
    pub took: Duration,
    /// Patterns of known failures that match no selected check, a sentence each: each fails the run.
    #[serde(skip)]
    pub stale: Vec<String>,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// A server that claims to be Alloy's file API.
    Server,
    /// An upload client.
    Client,
}

/// How binding a check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Advice, and what was decided where the documents are silent.
    Should,
    /// What Alloy's or S3's documents promise.
    Must,
}

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It held in every case.
    Passed,
    /// A case shows that it does not hold.
    Failed,
    /// It could not be asked here.
    Skipped,
    /// The suite itself could not do its work.
    Error,
}

/// One check and its verdict.
#[derive(Clone, Debug, Serialize)]
pub struct CheckResult {
    /// `theme/name`.
    pub id: &'static str,
    /// What is to hold, as a sentence without a full stop.
    pub title: &'static str,
    /// How binding it is.
    pub level: Level,
    /// The sentence that it comes from, and where that stands.
    pub source: &'static str,
    /// The verdict.
    pub status: Status,
    /// How many cases were run.
    pub cases: u32,
    /// What was seen instead, or why it was not asked; `None` where it passed and nothing is to be said.
    pub reason: Option<String>,
    /// The exchanges of the smallest case that fails, without those that made its users.
    pub counterexample: Vec<Exchange>,
    /// What was wrong with these, by the emulator that a client was run against; none of a server.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// The same as commands for `bash`, with `curl` and `jq`, users included.
    pub curl: Vec<String>,
    /// What a client printed in that case; `None` of a server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// What to do, where that can be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<&'static str>,
    /// The command that runs the case again.
    pub replay: Option<String>,
    /// Whether it is listed as a known failure: then failing does not fail the run, and passing does.
    #[serde(skip)]
    pub is_known: bool,
    /// How long it took, in real time.
    #[serde(skip)]
    pub took: Duration,
    /// How long a client waited in it of its own accord, from a request that failed to its next one, in real time;
    /// `None` of a server. In JSON it is `waited_ms`.
    #[serde(rename = "waited_ms", serialize_with = "milliseconds", skip_serializing_if = "Option::is_none")]
    pub waited: Option<Duration>,
}

/// How many checks came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// See [`Status::Passed`].
    pub passed: usize,
    /// See [`Status::Failed`].
    pub failed: usize,
    /// See [`Status::Skipped`].
    pub skipped: usize,
    /// See [`Status::Error`].
    pub error: usize,
}

impl Summary {
    /// Counts them.
    #[must_use]
    pub fn of(checks: &[CheckResult]) -> Self {
        let count = |status| checks.iter().filter(|check| check.status == status).count();
        Self {
            passed: count(Status::Passed),
            failed: count(Status::Failed),
            skipped: count(Status::Skipped),
            error: count(Status::Error),
        }
    }
}

impl CheckResult {
    /// That of a check that holds, as far as is known: no case was run yet.
    #[must_use]
    pub fn new(id: &'static str, title: &'static str, level: Level, source: &'static str) -> Self {
        Self {
            id,
            title,
            level,
            source,
            status: Status::Passed,
            cases: 0,
            reason: None,
            counterexample: Vec::new(),
            findings: Vec::new(),
            curl: Vec::new(),
            output: None,
            advice: None,
            replay: None,
            is_known: false,
            took: Duration::ZERO,
            waited: None,
        }
    }

    /// Whether it fails the run: a known failure does not, one that passes does, and advice does where it is taken
    /// for a must. What could not be judged fails, too.
    #[must_use]
    pub fn fails(&self, strict: bool) -> bool {
        match self.status {
            Status::Failed => !self.is_known && (strict || self.level == Level::Must),
            Status::Passed => self.is_known,
            Status::Skipped => false,
            Status::Error => true,
        }
    }
}

impl Conformance {
    /// Holds that the run does not fail; advice may.
    ///
    /// # Panics
    ///
    /// With the report, where it does.
    #[track_caller]
    pub fn assert_passes(&self) {
        let report = || self.text(false, false);
        assert!(!self.fails(false), "{} does not behave as it should:\n{}", self.target, report());
    }

    /// How long a client waited of its own accord, in all checks: those run beside each other, so that it may be longer
    /// than the suite took. See [`CheckResult::waited`].
    #[must_use]
    pub fn waited(&self) -> Duration {
        self.checks.iter().filter_map(|check| check.waited).sum()
    }

    /// Whether the run fails.
    #[must_use]
    pub fn fails(&self, strict: bool) -> bool {
        !self.stale.is_empty() || self.checks.iter().any(|check| check.fails(strict))
    }
}

/// With `strict`, advice is taken for a must.
impl Report for Conformance {
    type Failing = bool;

    fn json(&self) -> String {
        self.json()
    }

    fn junit(&self, strict: bool) -> String {
        self.junit(strict)
    }

    fn markdown(&self, strict: bool) -> String {
        self.markdown(strict)
    }

    fn annotations(&self, strict: bool) -> String {
        self.annotations(strict)
    }
}

#[expect(clippy::ref_option, reason = "serde hands a reference to the field")]
fn milliseconds<S: serde::Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)).serialize(serializer)
}
