//! The results of a conformance suite: each check with its verdict, and the smallest case that shows a failure.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use jiff::Timestamp;
use serde::Serialize;

use super::{
    Report, Suite, story,
    suite::{Case, Detail, Form, Outcome},
    words::{counted, plain, shown, took},
};
use crate::exchange::{Exchange, Finding, Severity};

/// Limit on the shown bytes of a reason.
const MAX_REASON: usize = 2000;

/// Limit on the shown lines of a client's output, from the end.
const MAX_OUTPUT_LINES: usize = 20;

/// Shorter waits of a client are not worth a word.
const MIN_WAIT: Duration = Duration::from_millis(10);

/// Result of a suite.
#[derive(Clone, Debug, Serialize)]
pub struct Conformance {
    /// The version of this program.
    pub version: &'static str,
    /// Subject of the suite.
    pub subject: Subject,
    /// Its address, or the command that starts it.
    pub target: String,
    /// The seed that repeats it.
    pub seed: u64,
    /// Number of cases for a check.
    pub cases: u32,
    /// Results of the selected checks, in the suite's order.
    pub checks: Vec<CheckResult>,
    /// Number of checks by result.
    pub summary: Summary,
    /// When it began, in real time.
    #[serde(skip)]
    pub started: Timestamp,
    /// Duration in real time.
    #[serde(skip)]
    pub took: Duration,
    /// Patterns of known failures that match no selected check, a sentence each: each fails the run.
    #[serde(skip)]
    pub stale: Vec<String>,
}

/// Subject of a suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// A server that claims to be Alloy's file API.
    Server,
    /// An upload client.
    Client,
}

/// Level of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Advice, and decisions where the documents are silent.
    Should,
    /// A promise of Alloy's or S3's documents.
    Must,
}

/// Result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It held in every case.
    Passed,
    /// A case shows that it does not hold.
    Failed,
    /// It could not run here.
    Skipped,
    /// The suite itself could not do its work.
    Error,
}

/// One check and its verdict.
#[derive(Clone, Debug, Serialize)]
pub struct CheckResult {
    /// `theme/name`.
    pub id: &'static str,
    /// Required behaviour, as a sentence without a full stop.
    pub title: &'static str,
    /// Level.
    pub level: Level,
    /// Sentence behind the check, and where it is.
    pub source: &'static str,
    /// The verdict.
    pub status: Status,
    /// Number of cases that ran.
    pub cases: u32,
    /// Actual behaviour, or the reason for skipping; `None` if it passed.
    pub reason: Option<String>,
    /// The exchanges of the smallest case that fails, without those that made its users.
    pub counterexample: Vec<Exchange>,
    /// Findings about these exchanges; none for a server.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// The same as commands for `bash`, with `curl` and `jq`, users included.
    pub curl: Vec<String>,
    /// Output of a client in that case; `None` for a server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// Fix, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<&'static str>,
    /// The command that runs the case again.
    pub replay: Option<String>,
    /// Whether it is listed as a known failure: then failing does not fail the run, and passing does.
    #[serde(skip)]
    pub is_known: bool,
    /// Duration in real time.
    #[serde(skip)]
    pub took: Duration,
    /// Time that a client chose to wait, from a failed request to its next one, in real time; `None` for a server. In
    /// JSON it is `waited_ms`.
    #[serde(rename = "waited_ms", serialize_with = "milliseconds", skip_serializing_if = "Option::is_none")]
    pub waited: Option<Duration>,
}

/// Number of checks by result.
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
    /// Creates the result of a check without any case yet.
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

    /// Returns whether it fails the run: a known failure does not, one that passes does, and advice does where it is
    /// taken for a must. What could not be judged fails, too.
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
    /// Asserts that the suite does not fail; advice may.
    ///
    /// # Panics
    ///
    /// With the report, if it fails.
    #[track_caller]
    pub fn assert_passes(&self) {
        assert!(!self.fails(false), "{} does not conform:\n{}", self.target, self.text(false, false));
    }

    /// Returns the time that a client chose to wait, in all checks. Checks run in parallel, so that it can exceed the
    /// suite's duration. See [`CheckResult::waited`].
    pub fn waited(&self) -> Duration {
        self.checks.iter().filter_map(|check| check.waited).sum()
    }

    /// Returns whether the run fails.
    pub fn fails(&self, strict: bool) -> bool {
        !self.stale.is_empty() || self.checks.iter().any(|check| check.fails(strict))
    }
}

impl Status {
    /// Returns its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Error => "error",
        }
    }
}

impl Subject {
    /// Returns its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
        }
    }
}

impl Level {
    /// Returns its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
        }
    }
}

impl CheckResult {
    /// Formats a log line: `passed   upload/round-trip  100 cases  41ms`. Ids are padded to `width`.
    pub fn line(&self, width: usize) -> String {
        let status = self.status.name();
        if self.status == Status::Skipped {
            return format!("{status:<7}  {}", self.id);
        }
        let cases = counted(self.cases, "case");
        let waited = self.waited.filter(|waited| *waited >= MIN_WAIT);
        let waited =
            waited.map(|waited| format!(", of which the client waited {}", took(waited))).unwrap_or_default();
        format!("{status:<7}  {:<width$}  {cases}  {}{waited}", self.id, took(self.took))
    }

    fn verdict(&self) -> &'static str {
        match self.status {
            Status::Failed if self.is_known => "known to fail",
            Status::Passed if self.is_known => "passed, and known to fail",
            status => status.name(),
        }
    }

    fn severity(&self, strict: bool) -> Option<Severity> {
        match self.status {
            _ if self.fails(strict) => Some(Severity::Error),
            Status::Failed if self.is_known => Some(Severity::Note),
            Status::Failed => Some(Severity::Warning),
            _ => None,
        }
    }

    fn outcome(&self, strict: bool) -> Outcome {
        match self.status {
            Status::Error => Outcome::Error,
            _ if self.fails(strict) => Outcome::Failed,
            Status::Passed => Outcome::Passed,
            Status::Failed => Outcome::Tolerated,
            Status::Skipped => Outcome::Skipped,
        }
    }

    /// Lowers it; `errors` are those of S3 that cases before it have shown.
    fn case(&self, strict: bool, errors: &mut HashSet<String>) -> Case {
        let level = self.level.name();
        let case = Case {
            id: self.id.to_owned(),
            title: self.title.to_owned(),
            group: self.id.split('/').next().unwrap_or_default(),
            verdict: self.verdict(),
            kind: level,
            qualifier: format!("{level}, {}", counted(self.cases, "case")),
            outcome: self.outcome(strict),
            severity: self.severity(strict),
            message: self.reason.as_deref().map(|reason| shown(reason, MAX_REASON)).unwrap_or_default(),
            details: Vec::new(),
            took: Some(self.took),
        };
        // A known failure needs no more than its line.
        let has_story = matches!(self.status, Status::Failed | Status::Error) && !self.is_known;
        if !has_story || (self.counterexample.is_empty() && self.curl.is_empty() && self.replay.is_none()) {
            return case;
        }
        let advice = self.advice.map(|advice| Detail::sentence("fix", plain(advice)));
        let mut case = case
            .with("source", Form::Sentence, vec![plain(self.source)])
            .with("case", Form::Listing, story::lines(&self.counterexample, &self.findings, errors))
            .with("curl", Form::Commands, self.curl.iter().map(|command| plain(command)).collect())
            .with("client", Form::Listing, self.printed());
        case.details.extend(advice);
        case.with("reproduce", Form::Commands, self.replay.iter().map(|command| plain(command)).collect())
    }

    /// Returns the shown part of the client's output.
    fn printed(&self) -> Vec<String> {
        let lines: Vec<&str> = self.output.iter().flat_map(|output| output.lines()).collect();
        let left_out = lines.len().saturating_sub(MAX_OUTPUT_LINES);
        let before = (left_out > 0).then(|| format!("… {} before these", counted(left_out, "line")));
        before.into_iter().chain(lines[left_out..].iter().map(|line| shown(line, story::MAX_TEXT))).collect()
    }
}

impl Conformance {
    /// Lowers the checks. What repeats among them is shown in the first one that people read: the severest.
    fn cases(&self, strict: bool) -> Vec<Case> {
        let mut by_severity: Vec<(usize, &CheckResult)> = self.checks.iter().enumerate().collect();
        by_severity.sort_by_key(|(_, check)| std::cmp::Reverse(check.severity(strict)));
        let mut errors = HashSet::new();
        let cases = by_severity.into_iter().map(|(place, check)| (place, check.case(strict, &mut errors)));
        cases.collect::<BTreeMap<usize, Case>>().into_values().collect()
    }
}

/// With `strict`, advice fails the suite too.
impl Report for Conformance {
    type Failing = bool;

    fn suite(&self, strict: bool) -> Suite {
        let Summary { passed, failed, skipped, error } = self.summary;
        let errors = counted(error, "error");
        let headline = format!("{passed} passed, {failed} failed, {skipped} skipped, {errors}");
        let (time, seed, version, subject) = (took(self.took), self.seed, self.version, self.subject.name());
        let waited = self.waited();
        let waited = if waited < MIN_WAIT {
            String::new()
        } else {
            format!("; the client waited {} in all checks", took(waited))
        };
        let target = plain(&self.target);
        let cases = counted(self.cases, "case");
        let is_excused = failed > 0 && !self.fails(strict);
        let excuse = "What failed does not fail the run: it is advice (see --strict), or known to fail.";
        let mut all = self.cases(strict);
        if !self.stale.is_empty() {
            let sentences: Vec<_> = self.stale.iter().map(|sentence| shown(sentence, MAX_REASON)).collect();
            all.push(Case {
                id: "known-failing".to_owned(),
                title: "Every pattern in the list of known failures matches a check".to_owned(),
                group: "known-failing",
                verdict: "failed",
                kind: Level::Must.name(),
                qualifier: Level::Must.name().to_owned(),
                outcome: Outcome::Failed,
                severity: Some(Severity::Error),
                message: sentences.join(" "),
                ..Case::default()
            });
        }
        Suite {
            name: format!("assay conformance {subject}"),
            version,
            seed,
            started: self.started,
            took: Some(self.took),
            unit: "check",
            scope: format!(" in {time}, seed {seed}{waited}"),
            title: headline.clone(),
            headline,
            subtitle: format!(
                "Conformance of the {subject} {target}: {cases} a check, {time}, seed {seed}, assay {version}"
            ),
            notes: is_excused.then(|| excuse.to_owned()).into_iter().collect(),
            properties: vec![("target", target), ("cases", self.cases.to_string())],
            cases: all,
            extra: Vec::new(),
        }
    }
}

#[expect(clippy::ref_option, reason = "serde hands a reference to the field")]
fn milliseconds<S: serde::Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)).serialize(serializer)
}
