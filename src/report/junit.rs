//! The report for the test results of GitLab, Jenkins and others: a test case for each rule that was broken, so
//! that its name stays the same from run to run and they can tell what is new. What the run does not fail on is a
//! skipped one, which they show without failing. A clean run has one test case, which passes; without
//! any exchange it is skipped. A command that failed is an error of its own.

use jiff::Timestamp;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{
    Broken, Run,
    words::{name, plain},
};
use crate::exchange::Severity;

/// How many findings of a rule are told. More would be the same again.
const MOST: usize = 20;

impl Run {
    /// The report as XML for tools that read `JUnit`'s. What is at least as severe as `fail_on` is a failure; with `None`, nothing is.
    #[must_use]
    pub fn junit(&self, fail_on: Option<Severity>) -> String {
        let mut suite = suite("assay", self.started, self.version, self.seed);
        suite.add_property(("exchanges", self.exchanges.to_string().as_str()));
        if let Some(ended) = self.ended {
            suite.add_property(("command", ended.to_string().as_str()));
        }
        if let Some(ended) = self.failed() {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(ended.to_string());
            suite.add_test_case(case("the command", status));
        }
        let broken = self.broken();
        if broken.is_empty() {
            let mut status = TestCaseStatus::success();
            if let Some(sentence) = self.nothing_called() {
                status = TestCaseStatus::skipped();
                status.set_message(sentence);
            }
            suite.add_test_case(case("nothing is wrong with the client's traffic", status));
        }
        for rule in &broken {
            let fails = fail_on.is_some_and(|least| rule.severity() >= least);
            suite
                .add_test_case(case(&format!("{}: {}", rule.rule(), rule.title()), self.status(rule, fails)));
        }
        suite.set_system_out(self.totals());
        xml(suite)
    }

    fn status(&self, rule: &Broken<'_>, fails: bool) -> TestCaseStatus {
        let mut status = if fails {
            TestCaseStatus::non_success(NonSuccessKind::Failure)
        } else {
            TestCaseStatus::skipped()
        };
        let message = plain(&rule.first.message);
        status.set_message(format!("{message} ({})", rule.times())).set_type(name(rule.severity()));
        let mut lines: Vec<String> = rule
            .findings
            .iter()
            .take(MOST)
            .map(|finding| format!("{} ({})", plain(&finding.message), self.place(finding)))
            .collect();
        if let Some(more) = rule.findings.len().checked_sub(MOST).filter(|more| *more > 0) {
            lines.push(format!("… and {more} more"));
        }
        lines.push(format!("What to do: {}", plain(&rule.first.hint)));
        lines.push(format!("Source: {}", plain(&rule.first.source)));
        status.set_description(format!("\n{}\n", lines.join("\n")));
        status
    }

    fn totals(&self) -> String {
        let mut lines = vec![self.traffic()];
        lines.extend(self.left_out());
        lines.join("\n")
    }
}

fn case(name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname("assay");
    case
}

/// A suite without its cases, with what repeats it.
pub(super) fn suite(name: &str, started: Timestamp, version: &str, seed: u64) -> TestSuite {
    let mut suite = TestSuite::new(name);
    // As text: the crate's own setter takes a type of another crate for times.
    suite.extra.insert("timestamp".into(), format!("{started:.0}").into());
    suite.add_property(("version", version));
    suite.add_property(("seed", seed.to_string().as_str()));
    suite
}

/// The document of one suite.
pub(super) fn xml(suite: TestSuite) -> String {
    let skipped = suite.skipped;
    let mut report = Report::new("assay");
    report.add_test_suite(suite);
    // Writing into memory cannot fail.
    let text = report.to_string().unwrap_or_default();
    // Jenkins' schema (junit-10.xsd) knows `skipped` of a suite, but not of all suites together.
    text.replacen(&format!(" skipped=\"{skipped}\""), "", 1)
}
