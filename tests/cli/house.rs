//! The house rules that a compiler does not hold: who may know whom, and where real time comes from.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are assertions")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What every module may use.
const COMMON: [&str; 2] = ["document", "text"];

/// Each room with the rooms that it may know; those not named here may know all.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("exchange", &["files"]),
    ("files", &[]),
    ("contract", &["exchange", "files"]),
    ("journal", &["exchange", "files"]),
    ("alloy", &["contract", "exchange", "files"]),
    ("s3", &["exchange", "files"]),
    ("defect", &["alloy", "exchange", "files", "s3"]),
    ("http", &["exchange"]),
    ("fault", &["exchange", "files"]),
    ("config", &["defect", "exchange", "fault", "files", "journal", "report"]),
    ("control", &["exchange", "fault", "files", "journal", "report"]),
    ("report", &["exchange", "files"]),
    ("run", &["config", "exchange", "files", "http", "report", "server"]),
    ("findings", &["exchange", "files", "s3"]),
    ("intercept", &["exchange"]),
    // Clients are tried by the library's public face alone; servers are called by `http`.
    (
        "conformance",
        &["contract", "exchange", "http", "report", "Builder", "Emulator", "EtagForm", "Fault", "StartError"],
    ),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let below = folders.iter().flat_map(|folder| sources(folder));
    files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "rs")).chain(below).collect()
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The rooms that a text names, by `crate::room` and in `use crate::{…}`.
fn rooms_named_in(text: &str) -> Vec<String> {
    let mut named = Vec::new();
    for after in text.split("crate::").skip(1) {
        if let Some(list) = after.strip_prefix('{') {
            let mut depth = 0;
            let mut item = String::new();
            for character in list.chars() {
                match character {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => named.push(std::mem::take(&mut item)),
                    other if depth == 0 => item.push(other),
                    _ => {}
                }
            }
            named.push(item);
        } else {
            named.push(after.to_owned());
        }
    }
    let room = |name: String| name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    named.into_iter().map(room).filter(|name: &String| !name.is_empty()).collect()
}

#[test]
fn a_room_knows_only_whom_it_may() {
    for (room, may_know) in MAY_KNOW {
        let files = sources(&src().join(room));
        assert!(!files.is_empty(), "there is no room {room}");
        for file in files {
            for named in rooms_named_in(&fs::read_to_string(&file).unwrap()) {
                let fine =
                    named == *room || COMMON.contains(&named.as_str()) || may_know.contains(&named.as_str());
                assert!(fine, "{} knows {named}, which {room} may not", file.display());
            }
        }
    }
}

/// Holds that nobody knows `known` but itself and `may_know`.
fn assert_known_to(known: &str, may_know: &[&str]) {
    for file in sources(&src()) {
        let room = file.strip_prefix(src()).unwrap().iter().next().unwrap().to_str().unwrap().to_owned();
        let named = rooms_named_in(&fs::read_to_string(&file).unwrap());
        let may = room == known || may_know.contains(&room.as_str());
        assert!(may || !named.contains(&known.to_owned()), "{} knows {known}", file.display());
    }
}

#[test]
fn only_the_composition_root_knows_findings() {
    assert_known_to("findings", &["server"]);
}

/// `config` reads their names, `cli` describes them.
#[test]
fn only_the_composition_root_knows_defects() {
    assert_known_to("defect", &["server", "config", "cli"]);
}

#[test]
fn in_the_composition_root_defects_come_in_at_one_place() {
    let of_names = ["builder.rs", "handle.rs"];
    for file in sources(&src().join("server")) {
        let name = file.file_name().unwrap().to_str().unwrap();
        let may = name == "surroundings.rs" || of_names.contains(&name);
        let text = fs::read_to_string(&file).unwrap();
        assert!(may || !rooms_named_in(&text).contains(&"defect".to_owned()), "{name} knows defects");
    }
}

#[test]
fn rooms_are_found_in_every_form_of_use() {
    assert_eq!(rooms_named_in("use crate::files::{A, B};"), ["files"]);
    assert_eq!(rooms_named_in("use crate::{\n    a::{X, Y},\n    b,\n};\ncrate::c::D"), ["a", "b", "c"]);
}

#[test]
fn every_module_begins_with_what_it_is_for() {
    for file in sources(&src()) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("//!"), "{} does not say what it is for", file.display());
    }
}

#[test]
fn the_domain_speaks_no_http() {
    for file in sources(&src().join("files")) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains("hyper"), "{} speaks HTTP", file.display());
    }
}
