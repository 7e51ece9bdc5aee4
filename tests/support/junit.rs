//! `JUnit` reports before a validator: `xmllint`, with the schema in `fixtures/junit.xsd`.

use std::{io::Write, process::Command};

use super::installed::{Need, are_here, run};

const XMLLINT: &[Need] = &[Need("xmllint (of libxml2-utils)", "xmllint", &["--version"])];

/// Whether the validator is installed, as [`are_here`] has it.
#[track_caller]
pub fn validator_is_here() -> bool {
    are_here("a JUnit report's validity", XMLLINT)
}

/// Holds that a report is valid, where the validator is installed.
#[track_caller]
pub fn assert_valid(report: &str) {
    if validator_is_here() {
        assert_eq!(violations(report), "", "{report}");
    }
}

/// Returns the validator's errors; empty for a valid report.
#[track_caller]
pub fn violations(report: &str) -> String {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(report.as_bytes()).unwrap();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/junit.xsd");
    let said = run(Command::new("xmllint").args(["--nonet", "--noout", "--schema", schema]).arg(file.path()));
    match said.code {
        Some(0) => String::new(),
        // Well-formed, but not valid. Other failures of the validator are no verdict.
        Some(3) => said.stderr,
        _ => panic!("xmllint gives no verdict: {said:#?}\n{report}"),
    }
}
