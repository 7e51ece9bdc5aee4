//! The README's walk-through, pasted into a shell against a running emulator.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are assertions")]

mod support;

use std::{
    io::Write,
    process::{Command, Stdio},
};

const README: &str = include_str!("../README.md");

/// The shell lines of a chapter.
fn shell_of(chapter: &str) -> String {
    let start = README.find(&format!("\n## {chapter}\n")).unwrap();
    let text = &README[start + 1..];
    let text = &text[..text[1..].find("\n## ").map_or(text.len(), |end| end + 1)];
    let blocks = text.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap());
    blocks.collect()
}

/// Whether a program is there; where CI must have it, its absence is a failure.
fn is_there(program: &str) -> bool {
    let there =
        Command::new(program).arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    assert!(there || std::env::var_os("CI").is_none(), "{program} is missing, and CI has to have it");
    if !there {
        eprintln!("skipped: {program} is not installed");
    }
    there
}

#[test]
fn the_walk_through_works_when_pasted_into_a_shell() {
    if !["bash", "curl", "openssl"].into_iter().all(is_there) {
        return;
    }
    let emulator = support::emulator();
    let lines = shell_of("An upload, step by step").replace("http://127.0.0.1:7979", emulator.base_url());
    // As a shell does it with pasted lines: one after the other, from its standard input.
    let mut shell = Command::new("bash")
        .args(["-s"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    shell.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = shell.wait_with_output().unwrap();
    let (told, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(errors, "", "{told}");
    let mut rest = &*told;
    for expected in [
        r#""type":"new""#,
        "HTTP/1.1 200 OK",
        r#""filename":"hello.txt","size":11"#,
        r#""type":"existing""#,
        "File deleted successfully",
        r#""offset_seconds":3660"#,
        "HTTP/1.1 403 Forbidden",
        "<Message>Request has expired</Message>",
        r#""offset_seconds":0"#,
        r#""operation":"put""#,
        r#"{"findings":[]}"#,
    ] {
        let at = rest.find(expected).unwrap_or_else(|| panic!("{expected} is missing in {rest}\nof {told}"));
        rest = &rest[at + expected.len()..];
    }
}
