//! The reports of a run, in files and for GitHub's runner.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::Stdio,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{client, command, python_is_here, run};

#[test]
fn reports_are_written_once_the_command_has_ended() {
    if !python_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("run.json"), "of the run before").unwrap();
    let options = ["--report", "json=run.json", "--report", "junit=run.xml", "--report", "markdown=run.md"];
    let script = "right(); error(); assert open('run.json').read() == 'of the run before'";
    let mut command = client(&options, script);
    let (code, _, reported) = run(command.args(["--seed", "7"]).current_dir(folder.path()));
    assert_eq!(code, 1, "{reported}");
    let json: Value = serde_json::from_slice(&fs::read(file("run.json")).unwrap()).unwrap();
    assert_eq!((&json["exchanges"], &json["operations"]["list"]), (&2.into(), &2.into()));
    assert_eq!(json["findings"][0]["rule"], "contract-header");
    let xml = fs::read_to_string(file("run.xml")).unwrap();
    assert!(xml.contains("tests=\"1\" failures=\"1\"") && xml.contains("contract-header: "), "{xml}");
    let markdown = fs::read_to_string(file("run.md")).unwrap();
    assert!(markdown.starts_with("## assay: 1 error\n"), "{markdown}");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 3, "nothing is left beside them");
}

#[test]
fn exchanges_are_written_as_har_and_as_a_page() {
    if !python_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let options = ["--report", "har=run.har", "--report", "html=run.html"];
    run(client(&options, "right(); error()").current_dir(folder.path()));
    let har: Value = serde_json::from_slice(&fs::read(folder.path().join("run.har")).unwrap()).unwrap();
    let entries = har["log"]["entries"].as_array().unwrap();
    let statuses: Vec<_> = entries.iter().map(|entry| entry["response"]["status"].as_u64()).collect();
    assert_eq!(statuses, [Some(200), Some(400)]);
    let page = fs::read_to_string(folder.path().join("run.html")).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.contains("contract-header"), "{page}");
    assert!(!page.contains("assay-key"));
}

#[test]
fn findings_name_the_tests_that_they_were_made_in() {
    if !python_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = "
import json, urllib.request
def label(name):
    body = json.dumps({'user': os.environ['ALLOY_USER_ID'], 'label': name}).encode()
    urllib.request.urlopen(urllib.request.Request(os.environ['ASSAY_URL'] + '/_assay/labels', body))
label('test_one'); error()
call('POST', '/_assay/reset?user=' + os.environ['ALLOY_USER_ID'])
label('test_two'); error()";
    let options = ["--report", "json=a.json", "--report", "junit=a.xml", "--report", "markdown=a.md"];
    let (_, _, reported) = run(client(&options, script).current_dir(folder.path()));
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    for text in [&reported, &read("a.xml"), &read("a.md")] {
        assert!(text.contains("in test_one") || text.contains("in test\\_one"), "{text}");
        assert!(text.contains("test_two"), "{text}");
    }
    let json: Value = serde_json::from_str(&read("a.json")).unwrap();
    let labels: Vec<_> =
        json["findings"].as_array().unwrap().iter().map(|one| one["label"].as_str()).collect();
    assert_eq!(labels, [Some("test_one"), Some("test_two")]);
}

#[test]
fn what_fails_in_the_junit_report_is_what_the_run_fails_on() {
    if !python_is_here() {
        return;
    }
    for (fail_on, failures) in [("never", 0), ("error", 1), ("warning", 2)] {
        let options = ["--fail-on", fail_on, "--report", "junit=/dev/stdout"];
        let (_, xml, _) = run(&mut client(&options, "error(); warning()"));
        assert!(xml.contains(&format!("tests=\"2\" failures=\"{failures}\"")), "{xml}");
    }
}

#[test]
fn a_target_that_is_no_file_is_written_straight_to() {
    let folder = tempfile::tempdir().unwrap();
    let options = ["--report", "json=/dev/stdout", "--report", "markdown=/dev/null"];
    let (_, stdout, _) = run(&mut command(&options, &["echo", "of the command"]));
    let json = stdout.strip_prefix("of the command\n").unwrap();
    assert_eq!(serde_json::from_str::<Value>(json).unwrap()["exchanges"], 0);
    // The command's own step summary stays.
    let path = folder.path().join("output");
    command(&options, &["echo", "of the command"]).stdout(fs::File::create(&path).unwrap()).status().unwrap();
    let output = fs::read_to_string(&path).unwrap();
    assert!(output.starts_with("of the command\n{") && output.ends_with("}\n"), "{output}");

    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut reader = reader_of(&pipe);
    run(&mut command(&["--report", &format!("markdown={}", pipe.display())], &["true"]));
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("## assay: "), "{text}");
    assert!(!fs::metadata(&pipe).unwrap().is_file());
}

/// An end of a pipe, opened without waiting for the other.
fn end_of(pipe: &Path, options: &mut fs::OpenOptions) -> fs::File {
    use std::os::unix::fs::OpenOptionsExt;
    options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed()).open(pipe).unwrap()
}

fn reader_of(pipe: &Path) -> fs::File {
    end_of(pipe, fs::File::options().read(true))
}

#[test]
fn reports_an_unread_pipe_before_the_command_starts() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let report = format!("json={}", pipe.display());
    let (code, stdout, reported) = run(&mut command(&["--report", &report], &["echo", "started"]));
    assert_eq!((code, stdout.as_str()), (2, ""), "{reported}");
    assert!(reported.contains("it has no reader; start its reader first"), "{reported}");
}

#[test]
fn a_signal_ends_who_waits_for_the_reader_of_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let _reader = reader_of(&pipe);
    let mut full = end_of(&pipe, fs::File::options().write(true));
    while full.write(&[0; 4096]).is_ok() {}
    let report = format!("json={}", pipe.display());
    for signal in [Signal::INT, Signal::TERM] {
        let mut child = command(&["--report", &report], &["true"]).stderr(Stdio::piped()).spawn().unwrap();
        // The results are printed before the reports are written.
        let mut line = String::new();
        BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("assay: no exchanges"), "{line}");
        kill_process(Pid::from_raw(child.id().try_into().unwrap()).unwrap(), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(128 + signal.as_raw()));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_report_that_finds_no_room_fails_the_run() {
    let (code, _, reported) = run(&mut command(&["--report", "json=/dev/full"], &["true"]));
    assert!(
        code == 2 && reported.contains("assay: --report: `/dev/full` cannot be written: No space"),
        "{reported}"
    );
    let (code, ..) = run(&mut command(&["--report", "json=/dev/full"], &["false"]));
    assert_eq!(code, 1);
}

#[test]
fn a_runner_of_githubs_gets_annotations_and_a_summary() {
    if !python_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let summary = folder.path().join("summary.md");
    fs::write(&summary, "# Of the steps before\n").unwrap();
    let on_github = |script: &str| {
        let mut command = client(&[], script);
        run(command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary))
    };
    let (_, stdout, reported) = on_github("error(); warning()");
    assert_eq!(stdout, "");
    let commands: Vec<&str> = reported.lines().filter(|line| line.starts_with("::")).collect();
    assert_eq!(commands.len(), 2, "{reported}");
    assert!(
        commands[0].starts_with("::error title=assay%3A Required header missing or invalid::"),
        "{reported}"
    );
    assert!(commands[1].starts_with("::warning title=assay%3A "), "{reported}");
    on_github("right()");
    let summary = fs::read_to_string(&summary).unwrap();
    let headings: Vec<&str> =
        summary.lines().filter(|line| line.starts_with("# ") || line.starts_with("## ")).collect();
    let expected = ["# Of the steps before", "## assay: 1 error, 1 warning", "## assay: no findings"];
    assert_eq!(headings, expected, "{summary}");

    let (code, _, reported) =
        run(client(&[], "right()").env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", "/nowhere/a"));
    assert!(
        code == 0 && reported.contains("GITHUB_STEP_SUMMARY: the summary cannot be written"),
        "{reported}"
    );
}
