//! `assay conformance` on the command line: messages about mistakes, before the first request.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are assertions")]

use std::{fs, process::Command};

use crate::support::program::{assay, fits, mistake, printed};

/// No server listens there.
const URL: &str = "http://127.0.0.1:1";

/// `assay conformance server`, without settings of the environment.
fn server(options: &[&str]) -> Command {
    let mut command = assay(&["conformance", "server"]);
    command.args(options);
    for name in ["ALLOY_API_KEY", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"] {
        command.env_remove(name);
    }
    command
}

fn complaint(command: &mut Command) -> String {
    let printed = mistake(&command.output().unwrap());
    printed.strip_prefix("assay: ").unwrap_or_else(|| panic!("{printed}")).trim_end().to_owned()
}

#[test]
fn without_a_url_names_the_ways_to_give_one() {
    let missing = "no server to test: give its URL, as in: assay conformance server --url http://127.0.0.1:7979, or in \
                   ASSAY_URL, which `assay run` sets";
    assert_eq!(complaint(&mut server(&[])), missing);
    let empty = complaint(server(&[]).env("ASSAY_URL", ""));
    assert_eq!(empty, "ASSAY_URL: empty URL: expected one such as http://127.0.0.1:7979");
}

#[test]
fn the_url_comes_from_flag_environment_or_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = "url = 'file'\n[[api_key]]\nkey = 'alice-key'\n[[user]]\nuser_id = '68c3229752345278627ae373'\n\
                username = 'jane'\napi_key = 'alice-key'\n";
    fs::write(folder.path().join("assay.toml"), file).unwrap();
    let printed = |command: &mut Command| complaint(command.current_dir(&folder));
    assert!(printed(&mut server(&[])).contains("`file`"));
    assert!(printed(server(&[]).env("ASSAY_URL", "variable")).contains("`variable`"));
    let by_flag =
        printed(server(&["--url", "flag", "--api-key", "not-of-the-file"]).env("ASSAY_URL", "variable"));
    assert!(by_flag.contains("`flag`"), "{by_flag}");
}

#[test]
fn reports_each_mistake_with_its_flag_and_fix() {
    for (options, complained) in [
        (["--cases", "0"], "--cases: invalid number `0`: expected a whole number from 1"),
        (["--rate", "-5"], "--rate: invalid number `-5`: expected a whole number from 1"),
        (["--case", "first"], "--case: invalid number `first`: expected a whole number from 0"),
        (["--seed", "x"], "--seed: invalid number `x`: expected a whole number from 0"),
        (
            ["--timeout", "soon"],
            "--timeout: invalid duration `soon`: expected one such as 300ms, 2s, 59m50s or 1h",
        ),
        (
            ["--max-time", "9223372036854775807s"],
            "--max-time: duration `9223372036854775807s` is too long: at most ten years, 87600h",
        ),
        (["--max-time", "0s"], "--max-time: invalid duration `0s`: expected more than 0s"),
        (["--only", "frobnicate"], "--only: no check matches `frobnicate`; --list lists the checks"),
        (
            ["--report", "pdf=a"],
            "--report: unknown kind of report `pdf`: expected json, junit, markdown, har or html",
        ),
        (
            ["--report", "har=a"],
            "--report: `har` is a report of `assay run` only; use json, junit or markdown",
        ),
        (
            ["--api-key", "a secret"],
            "--api-key: invalid API key: expected visible ASCII characters without blanks",
        ),
    ] {
        let mut command = server(&["--url", URL]);
        assert_eq!(complaint(command.args(options)), complained);
    }
    let by_variable = complaint(server(&["--url", URL]).env("ASSAY_OTHER_API_KEY", "ä secret"));
    assert!(by_variable.starts_with("ASSAY_OTHER_API_KEY: invalid API key"), "{by_variable}");
    let of_alloy = complaint(server(&["--url", URL]).env("ALLOY_API_KEY", "a secret"));
    assert!(
        of_alloy.starts_with("ALLOY_API_KEY: invalid API key") && !of_alloy.contains("secret"),
        "{of_alloy}"
    );
}

#[test]
fn reports_unusable_files_before_the_first_request() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("known.txt"), "# ours\nupload/a and upload/b\n").unwrap();
    let printed = |options: &[&str]| complaint(server(&["--url", URL]).args(options).current_dir(&folder));
    let report = printed(&["--report", "json=nowhere/a.json"]);
    assert!(report.starts_with("--report: `nowhere/a.json` cannot be written: "), "{report}");
    let twice = printed(&["--report", "json=a", "--report", "junit=./a"]);
    assert_eq!(twice, "--report: `./a` is used by another report; give each report its own file");
    let gone = printed(&["--known-failing", "gone.txt"]);
    assert!(gone.starts_with("--known-failing: `gone.txt` cannot be read: "), "{gone}");
    let no_list = printed(&["--known-failing", "known.txt"]);
    assert_eq!(
        no_list,
        "--known-failing: known.txt:2: invalid pattern `upload/a and upload/b`: expected one pattern for ids of \
         checks a line, and comments after #"
    );
}

#[test]
fn checks_are_listed_without_a_server_to_ask() {
    let list = printed(&["conformance", "server", "--list"]);
    fits(&list);
    for check in alloy_assay::conformance::server_checks() {
        let line = list.lines().find(|line| line.trim_start().starts_with(&format!("{} ", check.id)));
        assert!(line.unwrap().contains(check.level.name()), "{list}");
    }
}

#[test]
fn the_help_fits_and_has_an_example() {
    let help = server(&["--help"]).env("COLUMNS", "100").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("\nExample:  assay conformance server --url http://127.0.0.1:7979 "), "{help}");
    assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    let whom = assay(&["conformance"]).output().unwrap();
    assert_eq!(whom.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&whom.stderr).contains("server"));
}
