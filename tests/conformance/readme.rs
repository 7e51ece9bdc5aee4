//! `docs/server-conformance.md`: its table of checks, and its example of a failure.

use std::path::Path;

use alloy_assay::{
    conformance::{Description, Status, server_checks},
    internals::Defect,
};

use super::{check, start, suite, support::readme::page, two_accounts};

const PAGE: &str = "server-conformance";

fn row(check: &Description) -> String {
    let needs: Vec<&str> = check.needs.iter().map(|need| need.name()).collect();
    format!("| `{}` | {} | {} | {} |\n", check.id, check.level.name(), needs.join(", "), check.title)
}

/// With `UPDATE_GOLDEN=1` in the environment the table is written instead.
#[test]
fn the_table_of_checks_is_the_suites_own() {
    const HEAD: &str = "| check | level | needs | what has to hold |\n| --- | --- | --- | --- |\n";
    let table: String = server_checks().map(|check| row(&check)).collect();
    let text = page(PAGE);
    let start = text.find(HEAD).expect("the page has the table's head") + HEAD.len();
    let end = start + text[start..].find("\n\n").map_or(text.len() - start, |end| end + 1);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(PAGE).with_extension("md");
        std::fs::write(path, format!("{}{table}{}", &text[..start], &text[end..])).unwrap();
        return;
    }
    assert_eq!(&text[start..end], table, "run it with UPDATE_GOLDEN=1 to write the table");
}

#[test]
fn every_defect_names_a_check_that_there_is() {
    for defect in Defect::all() {
        assert!(server_checks().any(|check| check.id == defect.check), "{}: {}", defect.id, defect.check);
    }
    assert!(Defect::all().count() >= 30);
}

/// The example of a failure is verbatim, except for the parts that differ in each run.
#[test]
fn the_failure_that_is_shown_is_the_one_that_comes() {
    let emulator = start(two_accounts().defect("ignores-content-md5"));
    let came_to = suite(emulator.base_url()).only("upload/wrong-body").run().unwrap();
    let failed = check(&came_to, "upload/wrong-body");
    assert_eq!(failed.status, Status::Failed);
    let text = page(PAGE);
    for shown in [failed.title, failed.source, failed.reason.as_deref().unwrap()] {
        assert!(text.contains(shown), "the page does not show: {shown}");
    }
}
