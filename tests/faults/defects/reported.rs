//! The program's messages about defects.

use crate::support::program::{Served, assay, mistake, serve, words};

fn mistake_of(arguments: &[&str]) -> String {
    mistake(&serve(arguments).output().unwrap())
}

#[test]
fn a_name_that_is_none_is_a_mistake_that_says_which_was_meant() {
    let reported = mistake_of(&["--defect", "lives-two-hours", "--defect", "etag-in-base46"]);
    assert_eq!(
        reported,
        "assay: --defect: unknown defect `etag-in-base46` (did you mean `etag-in-base64`?)\n"
    );
    let reported = mistake_of(&["--defect", "everything"]);
    assert!(reported.contains("unknown defect `everything`; `assay defects` lists them"), "{reported}");
}

#[test]
fn logs_defects_at_the_start() {
    let served = Served::start(&mut serve(&["-q", "--defect", "any-md5", "--defect", "delete-twice"]));
    let log = served.into_stderr();
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines.len(), 2, "{log}");
    assert!(
        lines[0].contains("WARN known server bug, by --defect any-md5: accepts an `md5` that is neither"),
        "{log}"
    );
    assert!(lines[1].contains("WARN known server bug, by --defect delete-twice: "), "{log}");
}

#[test]
fn no_variable_makes_an_emulator_wrong() {
    let served = Served::start(serve(&["-q"]).env("ASSAY_DEFECT", "any-md5"));
    let log = served.into_stderr();
    assert!(log.contains("ignoring unknown setting `ASSAY_DEFECT`"), "{log}");
    assert!(!log.contains("known server bug"), "{log}");
}

#[test]
fn the_help_says_where_defects_are_listed() {
    let help = String::from_utf8(assay(&["serve", "--help"]).output().unwrap().stdout).unwrap();
    assert!(words(&help).contains("--defect <NAME>"), "{help}");
    assert!(words(&help).contains("see `assay defects`"), "{help}");
}

#[test]
#[should_panic(expected = "unknown defect `any-md4` (did you mean `any-md5`?)")]
fn an_emulator_with_a_defect_that_is_none_does_not_start() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let started = runtime.block_on(alloy_assay::Emulator::builder().defect("any-md4").start());
    started.map_or_else(|error| panic!("{error}"), drop);
}
