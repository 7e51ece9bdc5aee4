//! Results, told to people and to tools: one file a format. `assay run`, the control side and the library make a
//! [`Run`] and show it; [`Conformance`] is what a suite comes to.

mod broken;
mod conformance;
mod ended;
mod github;
mod json;
mod junit;
mod kind;
mod markdown;
mod stream;
mod target;
mod text;
mod words;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::exchange::{Finding, Operation, Severity};

pub use broken::Broken;
pub use conformance::{CheckResult, Conformance, Level, Status, Subject, Summary};
pub use ended::Ended;
pub use kind::{Kind, Report, UnknownKind};
pub use stream::Stream;
pub use target::{Target, Unwritable};
pub(crate) use words::begins_command;

/// What a run came to.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// The version of this program.
    pub version: &'static str,
    /// The seed that repeats the run.
    pub seed: u64,
    /// When it began, in real time.
    #[serde(serialize_with = "json::time")]
    pub started: Timestamp,
    /// How many exchanges there were.
    pub exchanges: u64,
    /// How many of each operation; those that did not happen are left out.
    pub operations: BTreeMap<Operation, u64>,
    /// What is wrong, oldest first.
    pub findings: Vec<Finding>,
    /// How many findings there was no room for.
    #[serde(skip)]
    pub findings_lost: u64,
    /// How many findings were left out on purpose.
    #[serde(skip)]
    pub findings_ignored: u64,
    /// How the command ended whose traffic this is, where there was one.
    #[serde(skip)]
    pub ended: Option<Ended>,
    /// How often all of the emulator was reset, which forgets what came before.
    #[serde(skip)]
    pub resets: u64,
    /// Where the first finding of each rule was made, by the exchange's id, as far as the journal has it still.
    #[serde(skip)]
    pub places: BTreeMap<u64, Place>,
}

/// An exchange, as a person finds it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The request's method.
    pub method: String,
    /// Its path, without the query.
    pub path: String,
    /// The status it was answered with, where it was.
    pub status: Option<u16>,
}

/// What is at least this severe is a failure; with `None`, nothing is.
impl Report for Run {
    type Failing = Option<Severity>;

    fn json(&self) -> String {
        self.json()
    }

    fn junit(&self, fail_on: Option<Severity>) -> String {
        self.junit(fail_on)
    }

    fn markdown(&self, _fail_on: Option<Severity>) -> String {
        self.markdown()
    }

    fn annotations(&self, _fail_on: Option<Severity>) -> String {
        self.annotations()
    }
}

impl Run {
    /// Leaves out the findings of rules that are not to be told.
    pub fn ignore(&mut self, is_ignored: impl Fn(&str) -> bool) {
        let before = self.findings.len();
        self.findings.retain(|finding| !is_ignored(finding.rule));
        self.findings_ignored += (before - self.findings.len()) as u64;
    }

    /// How many findings are this severe.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Whether there is a finding that is at least this severe; with `None`, none ever is.
    #[must_use]
    pub fn fails(&self, fail_on: Option<Severity>) -> bool {
        fail_on.is_some_and(|least| self.findings.iter().any(|finding| finding.severity >= least))
    }

    /// The rules that were broken, each with its findings: the severest first, then the first that was found.
    #[must_use]
    pub fn broken(&self) -> Vec<Broken<'_>> {
        broken::by_rule(&self.findings)
    }
}
