//! The report for the test results of GitLab, Jenkins and others: a test case for each check, in a class for each
//! theme. A failure that does not fail the run is a skipped one, which they show without failing; one that is known
//! and passes is a failure, and so is a list of known failures that is out of date.

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus};

use super::{CheckResult, Conformance, Level, Status};
use crate::report::{junit, words::plain};

impl Conformance {
    /// The report as XML for tools that read `JUnit`'s. With `strict`, advice is taken for a must.
    #[must_use]
    pub fn junit(&self, strict: bool) -> String {
        let name = format!("assay conformance {}", self.subject.name());
        let mut suite = junit::suite(&name, self.started, self.version, self.seed);
        suite.set_time(self.took);
        suite.add_property(("target", plain(&self.target).as_str()));
        suite.add_property(("cases", self.cases.to_string().as_str()));
        suite.add_test_cases(self.checks.iter().map(|check| check.case(strict)));
        if !self.stale.is_empty() {
            let sentences: Vec<_> = self.stale().collect();
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(sentences.join(" "));
            let mut case = TestCase::new("every pattern of a known failure matches a check", status);
            case.set_classname("known-failing");
            suite.add_test_case(case);
        }
        suite.set_system_out(self.totals());
        junit::xml(suite)
    }
}

impl CheckResult {
    fn case(&self, strict: bool) -> TestCase {
        let mut case = TestCase::new(format!("{}: {}", self.id, self.title), self.case_status(strict));
        case.set_classname(self.theme());
        case.set_time(self.took);
        case
    }

    fn case_status(&self, strict: bool) -> TestCaseStatus {
        let mut status = match self.status {
            Status::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
            _ if self.fails(strict) => TestCaseStatus::non_success(NonSuccessKind::Failure),
            Status::Passed => return TestCaseStatus::success(),
            Status::Failed | Status::Skipped => TestCaseStatus::skipped(),
        };
        let excuse = match (self.status, self.is_known, self.level) {
            (Status::Failed, true, _) => "known to fail: ",
            (Status::Failed, false, Level::Should) if !self.fails(strict) => "advice: ",
            _ => "",
        };
        status.set_message(format!("{excuse}{}", self.why())).set_type(self.level.name());
        if matches!(self.status, Status::Failed | Status::Error) {
            status.set_description(format!("\n{}\n", self.description().join("\n")));
        }
        status
    }

    fn description(&self) -> Vec<String> {
        let mut lines = self.story();
        lines.extend(self.commands().map(|command| format!("$ {command}")));
        lines.extend(self.printed());
        lines.extend(self.advice.map(|advice| format!("What to do: {advice}")));
        lines.extend(self.again().map(|command| format!("Again: {command}")));
        lines.push(format!("Source: {}", plain(self.source)));
        lines
    }
}
