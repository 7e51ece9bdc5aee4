//! Each mistake of docs/facts-s3.md#client-mistakes, and each advice, by a small real client under `assay run`. Readers
//! who do not know S3 must understand the text. One golden report each, in `fixtures/explained/`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "in a test they are assertions, and a client that hangs is given up in real time"
)]

use std::{fs, time::Duration};

use crate::support::{
    golden,
    installed::{Need, are_here, run_within},
    program::assay,
};

const CLIENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/findings/explained/clients.py");

const NEEDS: [Need; 1] = [Need("python3", "python3", &["--version"])];

/// Settings of the emulator that some mistakes need.
const OPTIONS: [(&str, &[&str]); 2] = [
    ("mistake_06_content_type_with_a_charset", &["--sign-content-type"]),
    ("mistake_32_origin_not_allowed", &["--cors", "https://app.example.com"]),
];

/// Numbers of docs/facts-s3.md#client-mistakes that no client can show here, each with the reason.
const ELSEWHERE: [(u8, &str); 5] = [
    (17, "Alloy's keys have no `..` in them: names are sanitised"),
    (21, "every URL that Alloy gives out signs Content-MD5"),
    (27, "URLs are signed without a session token"),
    (30, "the client fails by itself, and sends nothing wrong"),
    (31, "the client fails by itself, and sends nothing wrong"),
];

/// The clients, by name.
fn names() -> Vec<String> {
    let source = fs::read_to_string(CLIENTS).unwrap();
    let names = source.lines().filter_map(|line| line.strip_prefix("def ")?.strip_suffix("():"));
    let names: Vec<String> = names.map(str::to_owned).collect();
    assert!(names.len() > 45, "{names:?}");
    names
}

/// Runs a client; returns its exit code and stderr, without the parts that differ in each run.
fn explain(name: &str) -> (Option<i32>, String) {
    let mut command = assay(&["run", "--seed", "7", "--api-key", "alice-key=651eb6e11d156e0d7a42c59d"]);
    for (_, options) in OPTIONS.iter().filter(|(of, _)| *of == name) {
        command.args(*options);
    }
    command.args(["--", "python3", CLIENTS, name]).env("NO_COLOR", "1").env_remove("GITHUB_ACTIONS");
    let run = run_within(Duration::from_secs(60), &mut command);
    assert_eq!(run.stdout, "", "{name}");
    (run.code, without_ports(&run.stderr))
}

/// The text with `PORT` for the port of every address.
fn without_ports(text: &str) -> String {
    let mut pieces = text.split("127.0.0.1:");
    let mut reported = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        reported.push_str("127.0.0.1:PORT");
        reported.push_str(piece.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    reported
}

#[test]
fn messages_match_the_reviewed_ones() {
    if !are_here("what is said of mistakes", &NEEDS) {
        return;
    }
    let names = names();
    std::thread::scope(|scope| {
        for part in names.chunks(names.len().div_ceil(4)) {
            scope.spawn(move || {
                for name in part {
                    let (code, said) = explain(name);
                    golden::check(
                        &format!("explained/{name}.txt"),
                        &format!("exit code {code:?}\n{said}"),
                        &[],
                    );
                }
            });
        }
    });
}

#[test]
fn nothing_is_said_of_a_client_that_does_it_right() {
    if !are_here("what is said of mistakes", &NEEDS) {
        return;
    }
    for name in ["nothing_wrong", "nothing_wrong_with_a_client_that_waits"] {
        let (code, said) = explain(name);
        assert_eq!(code, Some(0), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn every_mistake_of_the_table_is_made_or_cannot_be() {
    let names = names();
    for number in 1..=35 {
        let is_made = names.iter().any(|name| name.starts_with(&format!("mistake_{number:02}_")));
        let is_elsewhere = ELSEWHERE.iter().any(|(of, _)| *of == number);
        assert!(is_made != is_elsewhere, "number {number}");
    }
}
