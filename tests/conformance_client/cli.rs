//! `assay conformance client` as a program: its output, its exit codes, and interrupts.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::support::{
    program::{assay, mistake},
    reference::{Broken, PYTHON},
};

/// The suite for this client, with these options before it.
fn suite(options: &[&str], client: &Command) -> Command {
    let mut command = assay(&["conformance", "client", "--seed", "1", "--cases", "2"]);
    command.args(options).args(["--", "env", "ALLOY_PAUSE_MS=60", "ALLOY_TIMEOUT=1"]);
    command.arg(client.get_program()).args(client.get_args());
    for name in ["GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"] {
        command.env_remove(name);
    }
    command
}

#[test]
fn reports_a_good_client() {
    if !PYTHON.is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let json = format!("json={}", report.display());
    let options = ["--persistent", "--only", "upload/md5", "--only", "recovery/pauses", "--report", &json];
    let mut command = suite(&options, &PYTHON.command());
    let output = command.arg("--persistent").output().unwrap();
    let [stdout, stderr] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert_eq!(output.status.code(), Some(0), "{stdout}{stderr}");
    assert!(stdout.starts_with("assay: 2 passed, 0 failed, 0 skipped, 0 errors in "), "{stdout}");
    assert!(stderr.contains("passed   recovery/pauses  1 case  "), "{stderr}");
    let report: Value = serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
    assert_eq!((&report["subject"], &report["summary"]["passed"]), (&"client".into(), &2.into()));
}

#[test]
fn a_broken_client_fails_with_the_command_that_shows_it_again() {
    let broken = Broken::named("another-type-to-s3");
    if !broken.reference().is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let client = broken.command(folder.path());
    let ask = |options: &[&str]| {
        let output = suite(&[&["--only", "upload/mime-type"], options].concat(), &client).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, reported) = ask(&[]);
    assert_eq!(code, Some(0), "it is advice: {reported}");
    let again = "reproduce  assay conformance client --seed 1 --only upload/mime-type --case 0 -- env ";
    assert!(reported.contains(again), "{reported}");
    assert_eq!(ask(&["--strict"]).0, Some(1));
    assert_eq!(ask(&["--strict", "--case", "0"]).0, Some(1));
}

#[test]
fn reports_each_mistake_in_a_line() {
    let reported = |arguments: &[&str]| {
        let mut command = assay(&["conformance", "client"]);
        mistake(&command.args(arguments).output().unwrap())
    };
    let missing = reported(&["--", "/nowhere/upload"]);
    assert!(missing.contains("`/nowhere/upload` cannot be started: "), "{missing}");
    assert!(reported(&[]).contains("no client to test: add its command after `--`"));
    let unknown = reported(&["--only", "recovery/pause", "--", "true"]);
    assert!(unknown.contains("--only: no check matches `recovery/pause`"), "{unknown}");
}

fn pipe_in(folder: &Path) -> PathBuf {
    let pipe = folder.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    pipe
}

/// The suite on a client that hangs, with another process that it has started: they hold the pipe open as long as they
/// are there, and would say so after a while.
fn hanging(options: &[&str], pipe: &Path) -> Child {
    let line = "exec 3>\"$0\"; (sleep 20; echo survived >&3) & echo began >&3; sleep 20; echo survived >&3";
    let mut command = assay(&["conformance", "client", "--only", "upload/bytes"]);
    command.args(options).args(["--", "sh", "-c", line]).arg(pipe);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn a_signal_ends_the_client_with_all_that_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = pipe_in(folder.path());
    for (mode, signal) in [(&[][..], Signal::INT), (&["--persistent"], Signal::TERM)] {
        let mut suite = hanging(mode, &pipe);
        let mut began = BufReader::new(File::open(&pipe).unwrap());
        let mut said = String::new();
        began.read_line(&mut said).unwrap();
        assert_eq!(said, "began\n");
        kill_process(Pid::from_raw(suite.id().try_into().unwrap()).unwrap(), signal).unwrap();
        let mut reported = String::new();
        suite.stderr.take().unwrap().read_to_string(&mut reported).unwrap();
        assert_eq!(suite.wait().unwrap().code(), Some(128 + signal.as_raw()), "{reported}");
        let interrupted = "assay: the suite was interrupted; the client was ended, with all that it started";
        assert!(reported.contains(interrupted), "{reported}");
        let mut left = String::new();
        began.read_to_string(&mut left).unwrap();
        assert_eq!(left, "");
    }
}

#[test]
fn a_timed_out_check_ends_the_client_and_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = pipe_in(folder.path());
    for mode in [&[][..], &["--persistent"]] {
        let suite = hanging(&[&["--max-time", "2s"], mode].concat(), &pipe);
        let mut said = String::new();
        File::open(&pipe).unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(said, "began\n");
        let output = suite.wait_with_output().unwrap();
        let reported = String::from_utf8_lossy(&output.stdout);
        assert!(reported.contains("its first case was not over when its time was up"), "{reported}");
    }
}
