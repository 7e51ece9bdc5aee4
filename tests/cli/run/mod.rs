//! `assay run` from outside: the command's environment and signals, the report, and the exit code.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are assertions")]
#![allow(clippy::disallowed_methods, reason = "how long a run takes is real time")]

mod end;
mod junit;
mod reports;
mod signals;
use std::{
    io::Write,
    process::{Command, Output, Stdio},
    thread,
};

use crate::support::{
    self,
    installed::{Need, are_here},
    program::assay,
};

/// Beginning of a Python client: `call` returns the status of a request to the Alloy API.
const CLIENT: &str = "
import http.client, os, sys
def call(method, path, **headers):
    connection = http.client.HTTPConnection(os.environ['ALLOY_BASE_URL'].removeprefix('http://'))
    headers = {name.replace('_', '-'): value for name, value in headers.items()}
    connection.request(method, path, headers=headers)
    return connection.getresponse().status
key = 'Bearer ' + os.environ['ALLOY_API_KEY']
def right(): return call('GET', '/connectors/files/list', authorization=key, x_api_version='2025-09')
def error(): return call('GET', '/connectors/files/list', authorization=key)
def warning(): return call('OPTIONS', '/connectors/files/list', origin='http://localhost:5173')
";

const PYTHON: &[Need] = &[Need("python3 (3.10 or newer)", "python3", &["-c", "match 1:\n case 1: pass"])];

/// `assay run` with these options, and this client as its command.
fn client(options: &[&str], script: &str) -> Command {
    command(options, &["python3", "-c", &format!("{CLIENT}\n{script}")])
}

/// `assay run` with these options and this command, without the variables of GitHub's runner.
fn command(options: &[&str], words: &[&str]) -> Command {
    let mut command = assay(&["run", "--pass-with-no-requests"]);
    command.args(options).arg("--").args(words);
    for name in ["GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "NO_COLOR", "ALLOY_API_KEY", "ALLOY_USER_ID"] {
        command.env_remove(name);
    }
    // Nothing leaves this machine, whatever proxy its user has.
    command.env("no_proxy", "*").stdin(Stdio::null());
    command
}

/// Runs it to its end; returns its exit code and its output.
fn run(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap_or(-1), text(stdout), text(stderr))
}

#[track_caller]
fn python_is_here() -> bool {
    are_here("a client in Python", PYTHON)
}

#[test]
fn the_command_finds_the_emulator_by_its_environment() {
    if !python_is_here() {
        return;
    }
    let script = "print(right(), *(os.environ[name] for name in ['ALLOY_API_KEY', 'ALLOY_USER_ID']))
assert os.environ['ASSAY_URL'] == os.environ['ALLOY_BASE_URL']
users = call('GET', '/users/' + os.environ['ALLOY_USER_ID'], authorization=key, x_api_version='2025-09')
assert users == 200, users";
    let user = "651eb6e11d156e0d7a42c59d";
    let keys = ["--seed", "7", "--api-key", &format!("alice-key={user}"), "--api-key", "bob-key"];
    let reported = "assay: no findings in 2 exchanges (1 list, 1 get-user), seed 7\n".to_owned();
    assert_eq!(run(&mut client(&keys, script)), (0, format!("200 alice-key {user}\n"), reported.clone()));
    // A key of the developer's own does not reach the emulator, nor anybody else.
    let (code, stdout, stderr) = run(client(&["--seed", "7"], script).env("ALLOY_API_KEY", "a-real-one"));
    assert!((code, stderr) == (0, reported) && stdout.starts_with("200 assay-key "), "{stdout}");
}

#[test]
fn what_the_command_reads_and_writes_is_its_own() {
    let bytes: Vec<u8> = (0..1_u64 << 20).map(|n| u8::try_from(n * n % 251).unwrap()).collect();
    let mut child = command(&[], &["sh", "-c", "tee /dev/stderr"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), bytes.clone());
    let writer = thread::spawn(move || stdin.write_all(&input).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.stdout == bytes && output.stderr.starts_with(&bytes));
    let reported = String::from_utf8_lossy(&output.stderr[bytes.len()..]);
    assert!(reported.starts_with("assay: no exchanges: ") && reported.lines().count() == 1, "{reported}");
}

#[test]
fn a_command_that_sends_no_request_fails_the_run() {
    let (code, _, reported) = run(&mut assay(&["run", "--", "true"]));
    assert_eq!(code, 1, "{reported}");
    assert!(
        reported.contains("called neither the Alloy API nor") && reported.contains("ALLOY_BASE_URL"),
        "{reported}"
    );
    assert!(reported.contains("--pass-with-no-requests"), "{reported}");
    assert_eq!(run(&mut assay(&["run", "-q", "--", "true"])).0, 1);
    assert_eq!(run(&mut assay(&["run", "--", "sh", "-c", "exit 3"])).0, 3);
    assert_eq!(run(assay(&["run", "--", "true"]).env("ASSAY_PASS_WITH_NO_REQUESTS", "yes")).0, 0);
}

#[test]
fn probes_and_control_requests_are_not_client_traffic() {
    if !python_is_here() {
        return;
    }
    for path in ["/", "/favicon.ico", "/_assay", "/_assay/health"] {
        let script = format!("{CLIENT}\ncall('GET', '{path}')");
        let (code, _, reported) = run(&mut assay(&["run", "--", "python3", "-c", &script]));
        assert!(code == 1 && reported.contains("called neither"), "{path}: {code}, {reported}");
    }
}

#[test]
fn the_command_does_not_get_the_variables_that_the_run_reads() {
    let mut run_env = command(&[], &["env"]);
    for (name, value) in [
        ("ASSAY_SECRET_ACCESS_KEY", "a-real-secret"),
        ("ASSAY_API_KEY", "alice-key"),
        ("ASSAY_TIMEOUT", "40s"),
        ("ASSAY_URL", "http://127.0.0.1:1"),
        ("ASSAY_CASES", "5"),
        ("ASSAY_BINARY", "/opt/assay"),
    ] {
        run_env.env(name, value);
    }
    let (code, environment, reported) = run(&mut run_env);
    assert_eq!(code, 0, "{reported}");
    let names = environment.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name);
    let mut names: Vec<_> = names.filter(|name| name.starts_with("ASSAY_")).collect();
    names.sort_unstable();
    // Variables of other commands stay.
    assert_eq!(names, ["ASSAY_BINARY", "ASSAY_CASES", "ASSAY_URL"]);
    assert!(environment.contains("ALLOY_API_KEY=alice-key\n") && !environment.contains("127.0.0.1:1\n"));
}

#[test]
fn the_command_may_open_as_many_files_as_without_us() {
    let limit = std::process::Command::new("sh").args(["-c", "ulimit -n"]).output().unwrap().stdout;
    let (_, behind, _) = run(&mut command(&[], &["sh", "-c", "ulimit -n"]));
    assert_eq!(behind, String::from_utf8(limit).unwrap());
}

#[test]
fn a_command_without_dashes_keeps_its_options() {
    let mut without = assay(&[
        "run",
        "-q",
        "--pass-with-no-requests",
        "sh",
        "-c",
        "echo \"$@\"",
        "sh",
        "-v",
        "--ignore",
        "--",
        "-q",
    ]);
    assert_eq!(run(&mut without), (0, "-v --ignore -- -q\n".into(), String::new()));
    let (code, _, reported) = run(&mut assay(&["run", "--fail-on", "never"]));
    assert_eq!(code, 2);
    assert_eq!(reported, "assay: no command to run: write it after `--`, as in: assay run -- npm test\n");
    let (code, _, reported) = run(&mut assay(&["run", "--tiemout", "3s", "true"]));
    assert!(code == 2 && reported.contains("'--timeout'"), "{reported}");
}

#[test]
fn only_with_v_stderr_has_a_line_for_each_exchange() {
    if !python_is_here() {
        return;
    }
    let script = "right()\nprint('done', file=sys.stderr)";
    let (_, _, reported) = run(&mut client(&["--seed", "7"], script));
    assert_eq!(reported, "done\nassay: no findings in 1 exchange (1 list), seed 7\n");
    let (_, _, reported) = run(&mut client(&["-v"], script));
    let (before, _) = reported.split_once("done\n").unwrap();
    assert!(before.contains("GET /connectors/files/list"), "{reported}");
    let (_, _, reported) = run(&mut client(&["-q"], script));
    assert_eq!(reported, "done\n");
}

#[test]
fn a_file_of_settings_counts_but_for_where_serve_listens() {
    if !python_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // The port is taken, as by a colleague's `assay serve`.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let file = format!(
        "listen = \"{}\"\nfail_on = \"warning\"\nignore = [\"contract-*\", \"host\"]\nreport = \"json=run.json\"\n\
         timeout = \"50s\"\n[[api_key]]\nkey = \"team-key\"\n",
        taken.local_addr().unwrap()
    );
    std::fs::write(folder.path().join("assay.toml"), file).unwrap();
    let in_folder = |options: &[&str], script: &str| {
        run(client(options, script).current_dir(folder.path()).env("ASSAY_URL_EXPIRI", "1h"))
    };
    let (code, stdout, reported) = in_folder(&[], "print(os.environ['ALLOY_API_KEY'], error())");
    assert_eq!((code, stdout.as_str()), (0, "team-key 400\n"), "{reported}");
    assert!(
        reported.contains("1 finding of ignored rules") && reported.contains("`ASSAY_URL_EXPIRI`"),
        "{reported}"
    );
    assert!(folder.path().join("run.json").is_file());
    assert_eq!(in_folder(&[], "warning()").0, 1);
    // A flag replaces the file's whole list.
    assert_eq!(in_folder(&["--ignore", "host"], "error()").0, 1);
    assert_eq!(in_folder(&["--ignore", "key-in-browser"], "warning()").0, 0);
    let (code, _, reported) = in_folder(&["--listen", &taken.local_addr().unwrap().to_string()], "");
    assert!(code == 2 && reported.contains("port 0 for a free one"), "{reported}");
}

#[test]
fn reports_an_invalid_option_before_anything_runs() {
    for (options, reported) in [
        (["--fail-on", "errors"], "--fail-on: invalid value `errors`: expected error, warning or never"),
        (
            ["--ignore", "contract-haeder"],
            "--ignore: no rule matches `contract-haeder` (did you mean `contract-header`?)",
        ),
        (["--ignore", "nothing-*"], "or a pattern, such as contract-*"),
        (["--timeout", "0s"], "--timeout: invalid duration `0s`: expected more than 0s"),
        (["--timeout", "soon"], "--timeout: invalid duration `soon`"),
        (
            ["--report", "run.xml"],
            "--report: invalid report `run.xml`: expected KIND=FILE, such as junit=assay.xml",
        ),
        (
            ["--report", "xml=a"],
            "--report: unknown kind of report `xml`: expected json, junit, markdown, har or html",
        ),
        (
            ["--report", "json=/nowhere/a"],
            "--report: `/nowhere/a` cannot be written: No such file or directory",
        ),
        (["--report", "json=-"], "--report: invalid file `-`: for standard output, write json=/dev/stdout"),
        (["--report", "json=/"], "--report: `/` cannot be written: is a directory"),
        (["--url-expiry", "soon"], "--url-expiry: invalid duration `soon`"),
    ] {
        let (code, stdout, stderr) = run(&mut command(&options, &["echo", "started"]));
        assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
        assert!(stderr.contains(reported) && stderr.lines().count() == 1, "{stderr}");
    }
    let twice = ["--report", "json=/tmp/a", "--report", "junit=/tmp/a"];
    let (code, _, reported) = run(&mut command(&twice, &["true"]));
    assert!(code == 2 && reported.contains("give each report its own file"), "{reported}");
    let twice = ["--report", "json=/tmp/assay-twice", "--report", "junit=/tmp/../tmp/./assay-twice"];
    let (code, _, reported) = run(&mut command(&twice, &["true"]));
    assert!(code == 2 && reported.contains("give each report its own file"), "{reported}");
    let (code, _, reported) = run(command(&[], &["true"]).env("ASSAY_FAIL_ON", "always"));
    assert!(code == 2 && reported.starts_with("assay: ASSAY_FAIL_ON: invalid value `always`"), "{reported}");
}
