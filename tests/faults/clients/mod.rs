//! What real clients make of each fault: curl, Node's fetch and Python's requests. `matrix` has all kinds on one
//! page, `large` what ends in the middle of a large upload. A client that is not installed is skipped, with a word
//! on stderr, except where `CI=true`: there it is a failure.

mod large;
mod matrix;
mod meeting;

use std::{path::Path, process::Command, time::Duration};

use serde::Deserialize;

use super::support::{
    installed::{Need, Program, are_here, run_within},
    raw::Answer,
};

/// Time limit for a client's work.
const LIMIT: Duration = Duration::from_secs(300);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Client {
    Curl,
    Node,
    Requests,
}

const CURL: &[Need] = &[Need("curl (7.47 or newer)", "curl", &["--expect100-timeout", "1", "--version"])];

const NODE: Program = Program {
    runner: "node",
    script: "faults/clients/ask.mjs",
    needs: &[Need(
        "node (20 or newer)",
        "node",
        &["-e", "process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)"],
    )],
};

const REQUESTS: Program = Program {
    runner: "python3",
    script: "faults/clients/ask.py",
    needs: &[Need("requests with urllib3 (2 or newer) for python3", "python3", &["-c", URLLIB3_2])],
};

/// Older versions treat a cut answer as complete.
const URLLIB3_2: &str = "import requests, urllib3; assert int(urllib3.__version__.split('.')[0]) >= 2";

/// One request, and how often it is sent.
struct Request<'a> {
    method: &'a str,
    url: &'a str,
    headers: &'a [(&'a str, &'a str)],
    file: Option<&'a Path>,
    times: usize,
    /// Time limit in seconds.
    seconds: u32,
}

/// A client's report on a request, as the scripts print it.
#[derive(Debug, Default, Deserialize)]
struct Outcome {
    status: Option<u16>,
    etag: Option<String>,
    fault: Option<String>,
    length: Option<u64>,
    /// Number of read bytes, if the client streams the file.
    sent: Option<u64>,
    error: Option<String>,
}

impl Outcome {
    /// The status, and what went wrong.
    fn in_short(&self) -> String {
        let status = self.status.map(|status| status.to_string());
        [status, self.error.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

impl Client {
    #[track_caller]
    fn is_here(self) -> bool {
        match self {
            Self::Curl => are_here("what curl makes of faults", CURL),
            Self::Node => NODE.is_here(),
            Self::Requests => REQUESTS.is_here(),
        }
    }

    /// Returns its reports, one for each attempt.
    #[track_caller]
    fn ask(self, request: &Request<'_>) -> Vec<Outcome> {
        let reported = match self {
            Self::Curl => (0..request.times).map(|_| curl(request, &[])).collect(),
            Self::Node => script(&NODE, request),
            Self::Requests => script(&REQUESTS, request),
        };
        assert_eq!(reported.len(), request.times, "{reported:#?}");
        reported
    }
}

/// One of the scripts.
#[track_caller]
fn script(program: &Program, request: &Request<'_>) -> Vec<Outcome> {
    let mut command = program.command();
    command.args([&request.times.to_string(), &request.seconds.to_string(), request.method, request.url]);
    command.arg(request.file.unwrap_or(Path::new("-")));
    command.args(request.headers.iter().map(|(name, value)| format!("{name}:{value}")));
    let printed = run_within(LIMIT, &mut command).expect_success();
    printed.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// curl, with further options. Its error is its exit code.
#[track_caller]
fn curl(request: &Request<'_>, options: &[&str]) -> Outcome {
    let mut command = Command::new("curl");
    command.args(["--disable", "--silent", "--show-error", "--include", "--output", "-"]).args(options);
    command.args(["--max-time", &request.seconds.to_string(), request.url]);
    for (name, value) in request.headers {
        command.args(["--header", &format!("{name}: {value}")]);
    }
    match (request.method, request.file) {
        ("PUT", Some(file)) => command.arg("--upload-file").arg(file),
        ("POST", Some(file)) => command.arg("--data-binary").arg(format!("@{}", file.display())),
        ("HEAD", None) => command.arg("--head"),
        ("GET", None) => &mut command,
        (method, file) => panic!("{method} with {file:?}"),
    };
    let run = run_within(LIMIT, &mut command);
    // Interim answers are shown, too. The content is without its chunks.
    let answer = run.stdout.trim_start_matches("HTTP/1.1 100 Continue\r\n\r\n");
    let mut reported = Outcome::default();
    if let Some((head, content)) = answer.split_once("\r\n\r\n") {
        let answer = Answer::parse_head(head);
        let header = |name| Some(answer.header(name).to_owned()).filter(|value| !value.is_empty());
        (reported.status, reported.etag, reported.fault) =
            (Some(answer.status), header("etag"), header("x-assay-fault"));
        reported.length = Some(content.len() as u64);
    }
    if !run.succeeded {
        reported.error = Some(run.code.map_or(run.stderr, |code| format!("exit {code}")));
    }
    reported
}

/// Each of them, as tests of that client.
macro_rules! every_client {
    ($($name:ident: $client:ident;)*) => {$(
        mod $name {
            use super::{Client, large, matrix};

            #[test]
            fn reports_each_fault_as_the_matrix_says() {
                matrix::hold(Client::$client);
            }

            #[test]
            fn meets_a_reset_in_the_middle_of_a_large_upload() {
                large::reset(Client::$client);
            }

            #[test]
            fn meets_a_clean_end_in_the_middle_of_a_large_upload() {
                large::close(Client::$client);
            }
        }
    )*};
}

every_client! {
    curl: Curl;
    node: Node;
    requests: Requests;
}
