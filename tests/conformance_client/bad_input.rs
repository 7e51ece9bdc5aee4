//! Clients that are none: each has its own clear message, and nothing is left running.

use std::{process::Command, time::Duration};

use alloy_assay::conformance::{self, CannotRun, Client, Status};

use super::check;

/// A client that is a line for a shell.
fn shell(line: &str) -> Client {
    let client = conformance::client(["sh", "-c", line, "sh"]).seed(1).cases(1).only("upload/bytes");
    client.timeout(Duration::from_secs(5))
}

/// Why `upload/bytes` failed.
fn reason(client: &Client) -> String {
    let came_to = client.run().unwrap();
    let failed = check(&came_to, "upload/bytes");
    assert_eq!(failed.status, Status::Failed, "{:?}", failed.reason);
    failed.reason.clone().unwrap()
}

#[test]
fn one_that_is_not_there_stops_the_suite() {
    let error = conformance::client(["/nowhere/upload"]).cases(1).run().unwrap_err();
    assert!(matches!(error, CannotRun::Command(_)), "{error}");
    assert!(error.to_string().starts_with("`/nowhere/upload` cannot be started: "), "{error}");
    let error = conformance::client([""; 0]).run().unwrap_err().to_string();
    assert!(error.contains("assay conformance client -- node upload.mjs"), "{error}");
}

#[test]
fn one_that_crashes() {
    assert!(reason(&shell("kill -SEGV $$")).contains("the client crashed (signal: 11"));
    let persistent = shell("kill -SEGV $$").persistent();
    assert!(reason(&persistent).contains("the client ended in the middle of its work (signal: 11"));
}

#[test]
fn one_that_says_nothing_or_nonsense() {
    assert_eq!(reason(&shell("exit 0")), "the client ended with exit code 0, and printed no key on stdout");
    let nothing = reason(&shell("echo a-key"));
    assert_eq!(nothing, "the client claims the key `a-key`, but nothing is stored there");
    assert_eq!(reason(&shell("echo no luck >&2; exit 3")), "the client failed: exit code 3: no luck");
    let garbage = reason(&shell("echo uploading…; sleep 60").persistent());
    assert_eq!(garbage, "the client printed a line on stdout that is not JSON: uploading…");
    let other = reason(&shell(r#"read line; echo '{"case": 99, "s3Key": "k"}'"#).persistent());
    assert_eq!(other, r#"the client answered another case than 1: {"case": 99, "s3Key": "k"}"#);
    let neither = reason(&shell(r#"read line; echo '{"case": 1}'"#).persistent());
    assert!(neither.starts_with("the client's answer has neither s3Key nor error"), "{neither}");
}

#[test]
fn one_that_prints_megabytes() {
    let reason = reason(&shell("yes | head -c 8000000; yes | head -c 8000000 >&2; echo; echo a-key"));
    assert_eq!(reason, "the client claims the key `a-key`, but nothing is stored there");
    let line = shell("yes | tr -d '\\n' | head -c 8000000; sleep 60").persistent();
    assert!(self::reason(&line).contains("printed a line of more than 65536 bytes"));
}

#[test]
fn one_that_hangs_is_ended_with_all_that_it_started() {
    let marker = format!("{}", 31_000_000 + std::process::id());
    let hangs = shell(&format!("sleep {marker} & sleep {marker}")).timeout(Duration::from_millis(300));
    assert_eq!(reason(&hangs), "the client was not done after 300ms (see --timeout), and was ended");
    let leaves = shell(&format!("sleep {marker} >/dev/null 2>&1 & echo a-key"));
    assert_eq!(reason(&leaves), "the client ended and left processes behind, which were ended");
    let persistent = shell(&format!("sleep {marker} & sleep {marker}")).timeout(Duration::from_millis(300));
    reason(&persistent.persistent());
    let left = Command::new("pgrep").args(["-f", &format!("^sleep {marker}")]).output();
    if let Ok(left) = left {
        assert_eq!(String::from_utf8_lossy(&left.stdout), "");
    }
}
