//! `JUnit` XML, for the test results of GitLab, Jenkins and others: a test case for each broken rule or check, with the
//! same name in every run. A finding that does not fail the run is a skipped test case, which these systems show
//! without failing.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::suite::{Case, Form, Outcome, Suite};

/// Formats a suite as XML.
pub(super) fn junit(suite: &Suite) -> String {
    let mut xml = TestSuite::new(suite.name.as_str());
    // As text: the crate's own setter takes a type of another crate for times.
    xml.extra.insert("timestamp".into(), format!("{:.0}", suite.started).into());
    xml.add_property(("version", suite.version));
    xml.add_property(("seed", suite.seed.to_string().as_str()));
    for (name, value) in &suite.properties {
        xml.add_property((*name, value.as_str()));
    }
    if let Some(took) = suite.took {
        xml.set_time(took);
    }
    xml.add_test_cases(suite.extra.iter().chain(&suite.cases).map(test_case));
    let totals = format!("{}{}", suite.headline, suite.scope);
    xml.set_system_out([&[totals], &suite.notes[..]].concat().join("\n"));
    let skipped = xml.skipped;
    let mut report = Report::new("assay");
    report.add_test_suite(xml);
    // Writing into memory cannot fail.
    let text = report.to_string().unwrap_or_default();
    // Jenkins' schema (junit-10.xsd) knows `skipped` of a suite, but not of all suites together.
    text.replacen(&format!(" skipped=\"{skipped}\""), "", 1)
}

fn test_case(case: &Case) -> TestCase {
    let name = if case.id.is_empty() { case.title.clone() } else { format!("{}: {}", case.id, case.title) };
    let mut xml = TestCase::new(name, status(case));
    xml.set_classname(case.group);
    if let Some(took) = case.took {
        xml.set_time(took);
    }
    xml
}

fn status(case: &Case) -> TestCaseStatus {
    let mut status = match case.outcome {
        Outcome::Passed => return TestCaseStatus::success(),
        Outcome::Skipped | Outcome::Tolerated => TestCaseStatus::skipped(),
        Outcome::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Outcome::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    let excuse =
        if case.outcome == Outcome::Tolerated { format!("{}: ", case.verdict) } else { String::new() };
    status.set_message(format!("{excuse}{}", case.message));
    if !case.kind.is_empty() {
        status.set_type(case.kind);
    }
    let mut lines = Vec::new();
    for detail in &case.details {
        let prefix = match detail.form {
            Form::Sentence => format!("{}: ", detail.label),
            Form::Commands => "$ ".to_owned(),
            Form::Listing | Form::Extra => String::new(),
        };
        lines.extend(detail.lines.iter().map(|line| format!("{prefix}{line}")));
    }
    if !lines.is_empty() {
        status.set_description(format!("\n{}\n", lines.join("\n")));
    }
    status
}
