//! `assay.toml` from outside: the message of each mistake, and what takes precedence.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are assertions")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::program::{Served, assay, mistake, serve};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/config")
}

/// A folder of this test's own, with this `assay.toml`.
fn folder(name: &str, configuration: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("assay.toml"), configuration).unwrap();
    folder
}

fn list_as(served: &Served, key: &str) -> u16 {
    let headers = format!("authorization: Bearer {key}\r\nx-api-version: 2025-09\r\n");
    served.get("/connectors/files/list", &headers).status
}

/// The golden files: `NAME.toml` has one mistake, `NAME.txt` is the program's message. To rewrite one, run in the
/// folder, and review: `assay serve --config NAME.toml 2> NAME.txt`.
#[test]
fn reports_each_mistake_with_line_caret_and_fix() {
    let mut reported = 0;
    for entry in fs::read_dir(fixtures()).unwrap() {
        let file = entry.unwrap().path();
        let golden = file.with_extension("txt");
        if file.extension().is_none_or(|end| end != "toml") || file.ends_with("full.toml") {
            continue;
        }
        let name = file.file_name().unwrap().to_str().unwrap();
        let output = assay(&["serve", "--config", name]).current_dir(fixtures()).output().unwrap();
        let expected = fs::read_to_string(&golden).unwrap_or_else(|error| panic!("{golden:?}: {error}"));
        assert_eq!(mistake(&output), expected, "{name}");
        reported += 1;
    }
    assert!(reported > 40, "{reported}");
}

#[test]
fn no_message_shows_a_key_or_a_secret() {
    for entry in fs::read_dir(fixtures()).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|end| end == "txt") {
            let reported = fs::read_to_string(&file).unwrap().replace("= \"alice-key\"\n", "");
            for secret in ["alice", "alcie", "bob-key", "nobody-may-see", "1234567890", "qdef"] {
                assert!(!reported.contains(secret), "{file:?}: {reported}");
            }
        }
    }
}

#[test]
fn flags_and_environment_override_the_file() {
    let folder = folder("precedence", "[[api_key]]\nkey = 'file-1'\n[[api_key]]\nkey = 'file-2'\n");
    let start = |command: &mut Command| Served::start(command.current_dir(&folder));
    let keys = ["file-1", "file-2", "environment", "flag"];
    let good = |served: &Served| keys.map(|key| list_as(served, key) == 200);

    assert_eq!(good(&start(&mut serve(&[]))), [true, true, false, false]);
    // A list is replaced whole.
    let by_environment = start(serve(&[]).env("ASSAY_API_KEY", "environment"));
    assert_eq!(good(&by_environment), [false, false, true, false]);
    let by_flag = start(serve(&["--api-key", "flag"]).env("ASSAY_API_KEY", "environment"));
    assert_eq!(good(&by_flag), [false, false, false, true]);
}

#[test]
#[cfg(unix)]
fn reads_log_settings_and_seed_from_the_file() {
    let folder = folder("logging", "quiet = true\nseed = 11\nlog = 'json'\n");
    let log = |command: &mut Command| Served::start(command.current_dir(&folder)).end("-TERM").0;
    assert_eq!(log(&mut serve(&[])), "");
    let reported = log(&mut serve(&["-v"]));
    assert!(
        reported.contains(r#""seed":11"#) && reported.contains("settings read from assay.toml"),
        "{reported}"
    );
    let reported = log(serve(&["--log", "text", "--seed", "12"]).env("ASSAY_QUIET", "0"));
    assert!(reported.contains("seed=12") && reported.contains("settings read from assay.toml"), "{reported}");
}

#[test]
fn a_file_is_named_by_flag_or_environment_and_has_to_be_there() {
    let folder = folder("named", "listen = 'nowhere'\n");
    fs::write(folder.join("other.toml"), "[[api_key]]\nkey = 'other'\n").unwrap();
    let other = Served::start(serve(&["--config", "other.toml"]).current_dir(&folder));
    assert_eq!((list_as(&other, "other"), list_as(&other, "any")), (200, 401));
    let other = Served::start(serve(&[]).env("ASSAY_CONFIG", "other.toml").current_dir(&folder));
    assert_eq!(list_as(&other, "any"), 401);

    let reported = |command: &mut Command| mistake(&command.current_dir(&folder).output().unwrap());
    assert_eq!(
        reported(&mut assay(&["serve", "--config", "gone.toml"])),
        "assay: --config: no such file: `gone.toml`\n"
    );
    let by_environment = reported(assay(&["serve"]).env("ASSAY_CONFIG", "."));
    assert!(by_environment.starts_with("assay: ASSAY_CONFIG: cannot read `.`: "), "{by_environment}");
    // A mistake in the file counts even if a flag overrides it.
    let below = reported(&mut assay(&["serve", "--listen", "127.0.0.1:0"]));
    assert!(below.starts_with("assay: assay.toml:1:10: invalid address `nowhere`"), "{below}");
}
