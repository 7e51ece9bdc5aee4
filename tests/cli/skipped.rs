//! Tests that need a program which is not installed: they say so where people look, and fail in CI.

use std::{env, process::Command};

/// Runs a test of this binary that needs Python, on a machine without it.
fn without_python(ci: Option<&str>) -> (bool, String) {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", "run::end::ignored_findings_do_not_fail_the_run"])
        .env("PATH", "")
        .env_remove("CI");
    let output = command.envs(ci.map(|value| ("CI", value))).output().unwrap();
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

#[test]
#[cfg(unix)]
fn a_skipped_test_says_so_past_the_capture_of_its_output() {
    let (passed, reported) = without_python(None);
    assert!(
        passed && reported.contains("ignored_findings_do_not_fail_the_run (1 so far): a client in Python"),
        "{reported}"
    );
    assert!(!without_python(Some("true")).0);
}
