//! The client of ten lines in `docs/client-conformance.md` fails as the page says, and its fix works.

use std::{fs, path::Path, time::Duration};

use alloy_assay::conformance::{self, Conformance, Status};

use super::support::{
    readme::{blocks, page},
    reference::PYTHON,
};

/// Returns the suite's results for a Python client, without advice.
fn judged(folder: &Path, name: &str, text: &str) -> Conformance {
    let script = folder.join(name);
    fs::write(&script, text).unwrap();
    let python = PYTHON.command().get_program().to_owned();
    let suite = conformance::client([python, script.into()]).seed(1).cases(2).timeout(Duration::from_secs(4));
    suite.skip("recovery/*").run().unwrap()
}

fn failed(came_to: &Conformance) -> Vec<&'static str> {
    let failed = came_to.checks.iter().filter(|check| check.status != Status::Passed);
    failed.map(|check| check.id).collect()
}

#[test]
fn the_ten_lines_fail_as_shown_and_the_fix_works() {
    if !PYTHON.is_here() {
        return;
    }
    let [ten, fix] = &blocks("client-conformance", "assay conformance client", "python")[..] else {
        panic!("there are two blocks")
    };
    let folder = tempfile::tempdir().unwrap();
    let came_to = judged(folder.path(), "ten.py", ten);
    let musts = ["robustness/html", "robustness/no-answer", "robustness/no-url"];
    let expected = [&["upload/mime-type", "economy/existing"][..], &musts].concat();
    assert_eq!(failed(&came_to), expected);
    let page = page("client-conformance");
    for check in
        came_to.checks.iter().filter(|check| check.id.starts_with("robustness/") && check.fails(false))
    {
        for shown in [check.id, check.title, check.source, check.advice.unwrap()] {
            assert!(page.contains(shown), "the page does not show: {shown}");
        }
    }
    let lines: Vec<&str> = ten.lines().collect();
    let kept = lines[..lines.len() - 3].join("\n");
    // Shortens the client's time-out of ten seconds.
    let fixed = format!("{kept}\n{fix}").replace("timeout=10", "timeout=1");
    assert_eq!(failed(&judged(folder.path(), "fixed.py", &fixed)), [""; 0]);
}
