//! The code of the README and of `docs/`, pasted into a shell against a running emulator.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are assertions")]

use std::{
    io::Write,
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
};

use alloy_assay::internals::Defect;

use crate::support::{
    self,
    readme::{blocks, chapter, page},
};

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

/// Pastes a chapter's lines into a shell, one after the other, as users do. Returns its output; asserts that stderr is
/// empty.
fn paste(page: &str, chapter: &str, base_url: &str) -> Option<String> {
    let (printed, complained) = paste_and_listen(page, chapter, base_url)?;
    assert_eq!(complained, "", "{printed}");
    Some(printed)
}

/// As [`paste`], of lines that may say something on stderr, which comes second.
fn paste_and_listen(page: &str, chapter: &str, base_url: &str) -> Option<(String, String)> {
    if !["bash", "curl", "openssl"].into_iter().all(is_there) {
        return None;
    }
    let address = base_url.strip_prefix("http://").unwrap();
    let port = address.rsplit(':').next().unwrap();
    let lines = blocks(page, chapter, "sh").concat().replace("127.0.0.1:7979", address);
    let lines = lines.replace("localhost:7979", &format!("localhost:{port}"));
    let folder = tempfile::tempdir().unwrap();
    let programs = Path::new(env!("CARGO_BIN_EXE_assay")).parent().unwrap().display();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap());
    let mut shell = Command::new("bash")
        .args(["-s"])
        .current_dir(folder.path())
        .env("PATH", path)
        .env_remove("GITHUB_ACTIONS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    shell.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = shell.wait_with_output().unwrap();
    Some((String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap()))
}

/// Looks for each text behind the one before.
fn assert_in_order(printed: &str, texts: &[&str]) {
    let mut rest = printed;
    for text in texts {
        let at = rest.find(text).unwrap_or_else(|| panic!("{text} is missing in {rest}\nof {printed}"));
        rest = &rest[at + text.len()..];
    }
}

#[test]
fn the_walk_through_works_when_pasted_into_a_shell() {
    let emulator = support::emulator();
    let Some(printed) = paste("README", "An upload in curl", emulator.base_url()) else { return };
    assert_in_order(
        &printed,
        &[
            r#""type":"new""#,
            "HTTP/1.1 200 OK",
            r#""filename":"hello.txt","size":11"#,
            r#""type":"existing""#,
            r#""offset_seconds":3660"#,
            "HTTP/1.1 403 Forbidden",
            "<Message>Request has expired</Message>",
            r#""offset_seconds":0"#,
            // The walk-through's one mistake, explained; nothing else is wrong.
            r#"{"findings":[{"id":1,"rule":"s3-url-expired""#,
            "it was valid until",
        ],
    );
    assert!(!printed.contains(r#""id":2,"rule""#), "{printed}");
}

#[test]
fn what_goes_wrong_goes_wrong_as_the_readme_shows() {
    let emulator = support::emulator();
    let Some(printed) = paste("faults", "Faults", emulator.base_url()) else { return };
    let shown = blocks("faults", "Faults", "text")[1..].concat();
    assert_eq!(printed, shown);
}

#[test]
fn the_proxy_works_when_pasted_into_a_shell() {
    let emulator = support::emulator();
    let Some((printed, reported)) = paste_and_listen("proxy", "Try it", emulator.base_url()) else { return };
    assert_eq!(printed, r#"{"files":[]}"#);
    assert_in_order(&reported, &["forwarding to ", "no findings in 1 exchange (1 list)", "Coverage: "]);
    assert_eq!(emulator.exchanges().len(), 1);
}

#[test]
fn every_scenario_is_documented() {
    let page = page("faults");
    for scenario in alloy_assay::Scenario::all() {
        let row = format!("| `{}` | {} |", scenario.name, scenario.title);
        assert!(page.contains(&row), "{row} is missing");
    }
}

#[test]
fn every_defect_is_documented() {
    let chapter = chapter("server-conformance", "Defects");
    let table: Vec<&str> = chapter.lines().filter(|line| line.starts_with("| `")).collect();
    let row = |defect: &Defect| format!("| `{}` | {} | `{}` |", defect.id, defect.title, defect.check);
    assert_eq!(table, Defect::all().map(row).collect::<Vec<_>>());
}

#[test]
fn a_server_is_tested_as_documented() {
    let emulator = support::emulator();
    let (page, chapter) = ("server-conformance", "assay conformance server");
    let Some((printed, progress)) = paste_and_listen(page, chapter, emulator.base_url()) else {
        return;
    };
    assert_in_order(&printed, &["passed, 0 failed, 1 skipped, 0 errors in ", "dedup/new-until-stored"]);
    assert_in_order(&progress, &["passed   upload/round-trip"]);
}

#[test]
fn a_teams_file_works_when_pasted_into_a_shell() {
    // A port that was free a moment ago: the chapter's emulator needs one that is known before.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let Some(printed) = paste("configuration", "assay.toml", &format!("http://{address}")) else { return };
    let jane = "68c3229752345278627ae373_report.txt";
    assert_in_order(
        &printed,
        &[&format!(r#"{{"files":[{{"s3Key":"{jane}","filename":"report.txt","size":27"#)],
    );
}

#[test]
fn the_preflights_work_when_pasted_into_a_shell() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let Some(printed) = paste("client-tests", "Uploads from a browser", &format!("http://{address}")) else {
        return;
    };
    let allowed = "access-control-allow-origin: http://localhost:5173";
    let refused = "<Code>AccessForbidden</Code><Message>CORSResponse: This CORS request is not allowed.";
    assert_in_order(&printed, &["HTTP/1.1 200 OK", allowed, "HTTP/1.1 403 Forbidden", refused]);
}

#[test]
fn a_document_of_ones_own_works_when_pasted_into_a_shell() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let Some(printed) = paste("openapi", "assay spec", &format!("http://{address}")) else { return };
    assert_in_order(
        &printed,
        &["served as list", "0 errors", r#""rule":"contract-query","pointer":"limit""#],
    );
}

#[test]
fn the_stream_works_when_pasted_into_a_shell() {
    let emulator = support::bucket::frozen();
    support::bucket::upload(&emulator).send(&emulator);
    let Some(printed) = paste("control-api", "Stream", emulator.base_url()) else { return };
    assert_in_order(&printed, &["id: 2\n", r#""operation":"put""#]);
}

#[test]
fn completions_can_be_sourced() {
    assert!(
        paste("configuration", "Shell completions", "http://127.0.0.1:7979")
            .is_none_or(|printed| printed.is_empty())
    );
}

#[test]
fn a_rule_is_explained_as_the_chapter_says() {
    let Some(printed) = paste("findings", "assay rules", "http://127.0.0.1:7979") else { return };
    let page = page("findings");
    let shown = page.split("assay rules contract-header\n```\n\n```text\n").nth(1).unwrap();
    assert_eq!(printed, shown.split("```").next().unwrap());
}

#[test]
fn a_run_prints_the_documented_report() {
    shows_its_run("README", "Test your client");
    shows_its_run("client-tests", "assay run");
}

/// Runs the commands of a chapter, and asserts the output that the chapter shows.
fn shows_its_run(page: &str, chapter: &str) {
    let Some(printed) = paste(page, chapter, "http://127.0.0.1:7979") else { return };
    // The two places that differ from run to run, or are cut.
    let shown = &blocks(page, chapter, "text")[0];
    let lines = |text: &str| text.lines().map(without_seed).skip(1).collect::<Vec<_>>().join("\n");
    assert_eq!(lines(&printed), lines(shown));
    assert!(printed.starts_with(shown.split('…').next().unwrap()), "{printed}");
}

fn without_seed(line: &str) -> &str {
    line.split(", seed ").next().unwrap()
}

/// The commands of the jobs, as a runner's shell gets them.
fn commands_of(job: &str) -> impl Iterator<Item = &str> {
    let lines = job.lines().map(|line| line.trim().trim_start_matches("- ").trim_start_matches("run: "));
    lines.filter(|line| line.starts_with("assay run"))
}

#[test]
#[cfg(unix)]
fn the_jobs_of_ci_are_yaml_and_what_they_run_runs() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let npm = folder.path().join("npm");
    std::fs::write(&npm, "#!/bin/sh\necho \"npm $*\"\n").unwrap();
    std::fs::set_permissions(&npm, std::fs::Permissions::from_mode(0o755)).unwrap();
    let programs = Path::new(env!("CARGO_BIN_EXE_assay")).parent().unwrap();
    let path =
        format!("{}:{}:{}", folder.path().display(), programs.display(), std::env::var("PATH").unwrap());
    let jobs = blocks("ci", "GitHub and GitLab", "yaml");
    assert_eq!(jobs.len(), 2);
    for job in jobs {
        for event in granit_parser::Parser::new_from_str(&job) {
            event.unwrap();
        }
        assert_eq!(commands_of(&job).count(), 1);
        for command in commands_of(&job) {
            let mut shell = Command::new("sh");
            let shell = shell.args(["-c", command]).current_dir(folder.path()).env("PATH", &path);
            let output =
                shell.env_remove("GITHUB_ACTIONS").env("ASSAY_PASS_WITH_NO_REQUESTS", "1").output().unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stdout), "npm test\n");
            assert!(output.status.success());
            std::fs::remove_file(folder.path().join("assay.xml")).unwrap();
        }
    }
}
