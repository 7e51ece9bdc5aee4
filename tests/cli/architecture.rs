//! Rules of the architecture that the compiler does not check: which module may depend on which.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are assertions")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Modules that every module may use.
const COMMON: [&str; 2] = ["document", "text"];

/// Each module with the modules that it may use. Those not named here may use all.
const MAY_USE: &[(&str, &[&str])] = &[
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
    ("proxy", &["alloy", "contract", "exchange", "files", "http", "report", "s3"]),
    // Clients are tested with the public API of the library; servers are called by `http`.
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

/// Returns the modules that a text names, by `crate::module` and in `use crate::{…}`.
fn modules_named_in(text: &str) -> Vec<String> {
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
    let module =
        |name: String| name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    named.into_iter().map(module).filter(|name: &String| !name.is_empty()).collect()
}

#[test]
fn modules_use_only_what_they_may() {
    for (module, may_use) in MAY_USE {
        let files = sources(&src().join(module));
        assert!(!files.is_empty(), "there is no module {module}");
        for file in files {
            for named in modules_named_in(&fs::read_to_string(&file).unwrap()) {
                let fine =
                    named == *module || COMMON.contains(&named.as_str()) || may_use.contains(&named.as_str());
                assert!(fine, "{} uses {named}, which {module} may not", file.display());
            }
        }
    }
}

/// Checks that only `known` itself and `may_use` use it.
fn assert_used_by(known: &str, may_use: &[&str]) {
    for file in sources(&src()) {
        let module = file.strip_prefix(src()).unwrap().iter().next().unwrap().to_str().unwrap().to_owned();
        let named = modules_named_in(&fs::read_to_string(&file).unwrap());
        let may = module == known || may_use.contains(&module.as_str());
        assert!(may || !named.contains(&known.to_owned()), "{} uses {known}", file.display());
    }
}

#[test]
fn only_the_composition_root_uses_findings() {
    assert_used_by("findings", &["server"]);
}

/// `config` reads their names, `cli` describes them, and the crate's root shows them to tests.
#[test]
fn only_the_composition_root_uses_defects() {
    assert_used_by("defect", &["server", "config", "cli", "lib.rs"]);
}

#[test]
fn defects_enter_at_one_place() {
    let of_names = ["builder.rs", "handle.rs"];
    for file in sources(&src().join("server")) {
        let name = file.file_name().unwrap().to_str().unwrap();
        let may = name == "surroundings.rs" || of_names.contains(&name);
        let text = fs::read_to_string(&file).unwrap();
        assert!(may || !modules_named_in(&text).contains(&"defect".to_owned()), "{name} uses defects");
    }
}

#[test]
fn finds_modules_in_every_form_of_use() {
    assert_eq!(modules_named_in("use crate::files::{A, B};"), ["files"]);
    assert_eq!(modules_named_in("use crate::{\n    a::{X, Y},\n    b,\n};\ncrate::c::D"), ["a", "b", "c"]);
}

#[test]
fn every_file_begins_with_its_purpose() {
    for file in sources(&src()) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("//!"), "{} does not say its purpose", file.display());
    }
}

#[test]
fn the_domain_uses_no_http_types() {
    for file in sources(&src().join("files")) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains("hyper"), "{} uses HTTP types", file.display());
    }
}
