//! Every code block of the README and of `docs/` runs, or is at least read by the tool for its language.
//!
//! - `sh` is pasted into a shell by the tests of `readme`, chapter by chapter.
//! - `text` is output, or commands that need things which a test lacks: only their options are checked.
//! - `json`, `toml` and `yaml` are parsed; `js` and `python` are checked for syntax.
//! - `go` and `java` run where the tool is installed. `rust` is compiled as `library`.

use std::{fs, path::Path, process::Command};

use crate::support::{
    installed::{Need, are_here, run},
    program::assay,
    readme::{Block, all_blocks, chapter},
};

/// Chapters with `sh` blocks that a test pastes.
const PASTED: [(&str, &str); 11] = [
    ("README", "An upload in curl"),
    ("README", "Test your client"),
    ("client-tests", "assay run"),
    ("client-tests", "Uploads from a browser"),
    ("configuration", "assay.toml"),
    ("configuration", "Shell completions"),
    ("control-api", "Stream"),
    ("faults", "Faults"),
    ("findings", "assay rules"),
    ("openapi", "assay spec"),
    ("proxy", "Try it"),
];

/// Chapters with `sh` blocks that others run: CI, `packages/test`, and the tests of the suites.
const RUN_ELSEWHERE: [(&str, &str); 3] = [
    ("README", "Two commands"),
    ("README", "One dependency, one fixture"),
    ("server-conformance", "assay conformance server"),
];

fn blocks(language: &str) -> Vec<Block> {
    let blocks: Vec<Block> = all_blocks().into_iter().filter(|block| block.language == language).collect();
    assert!(!blocks.is_empty(), "no page has a block of {language}");
    blocks
}

#[test]
fn every_language_is_checked() {
    let known = ["sh", "text", "json", "toml", "yaml", "js", "python", "go", "java", "rust"];
    for block in all_blocks() {
        assert!(known.contains(&block.language.as_str()), "{block:?}");
    }
}

#[test]
fn every_shell_block_is_pasted() {
    for block in blocks("sh") {
        let chapter = (block.page.as_str(), block.chapter.as_str());
        assert!(PASTED.contains(&chapter) || RUN_ELSEWHERE.contains(&chapter), "{block:?}");
    }
}

#[test]
fn data_is_valid() {
    for block in blocks("json") {
        serde_json::from_str::<serde_json::Value>(&block.text)
            .unwrap_or_else(|error| panic!("{error}: {block:?}"));
    }
    for block in blocks("toml") {
        block.text.parse::<toml::Table>().unwrap_or_else(|error| panic!("{error}: {block:?}"));
    }
    for block in blocks("yaml") {
        for event in granit_parser::Parser::new_from_str(&block.text) {
            event.unwrap_or_else(|error| panic!("{error}: {block:?}"));
        }
    }
}

/// Runs `command` on each block, saved as `name` in a new folder.
fn each_succeeds(language: &str, need: Need, name: &str, command: &[&str]) {
    if !are_here(language, &[need]) {
        return;
    }
    for block in blocks(language) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), &block.text).unwrap();
        let mut tool = Command::new(command[0]);
        let came_to = run(tool.args(&command[1..]).current_dir(folder.path()));
        assert!(came_to.succeeded, "{}: {block:?}", came_to.stderr);
    }
}

#[test]
fn javascript_is_valid() {
    each_succeeds("js", Need("node", "node", &["--version"]), "block.mjs", &["node", "--check", "block.mjs"]);
}

#[test]
fn python_is_valid() {
    let need = Need("python3", "python3", &["--version"]);
    each_succeeds("python", need, "block.py", &["python3", "-m", "py_compile", "block.py"]);
}

/// Runs the block of a chapter behind `assay run`, which finds nothing wrong.
fn passes(language: &str, need: Need, files: &[(&str, &str)], command: &[&str]) {
    if !are_here(language, &[need]) {
        return;
    }
    let chapters = ["Go", "Java"];
    for block in blocks(language).iter().filter(|block| chapters.contains(&block.chapter.as_str())) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), if text.is_empty() { block.text.as_str() } else { text })
                .unwrap();
        }
        let came_to = run(assay(&["run", "--"]).args(command).current_dir(folder.path()));
        assert!(
            came_to.succeeded && came_to.stderr.contains("no findings in 2 exchanges"),
            "{}",
            came_to.stderr
        );
    }
}

#[test]
fn the_java_program_uploads() {
    let need = Need("java", "java", &["--version"]);
    passes("java", need, &[("UploadTest.java", "")], &["java", "UploadTest.java"]);
}

#[test]
fn the_go_test_uploads() {
    let files = [("go.mod", "module upload\n\ngo 1.18\n"), ("upload_test.go", "")];
    passes("go", Need("go", "go", &["version"]), &files, &["go", "test", "./..."]);
}

#[test]
fn the_rust_code_is_compiled() {
    let compiled =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/library.rs")).unwrap();
    for block in blocks("rust") {
        for line in block.text.lines() {
            let code = line.split("//").next().unwrap().trim();
            // A URL is not a comment.
            let code = if code.ends_with(':') { line.trim() } else { code };
            assert!(compiled.contains(code), "tests/cli/library.rs lacks {code}");
        }
    }
}

/// The names in a cell of the table of verbs, without arguments: `clock.advance`, or `clock().advance` in Rust.
fn verbs(cell: &str) -> Vec<&str> {
    let code = cell.split('`').skip(1).step_by(2);
    code.map(|call| &call[..call.rfind('(').filter(|_| call.ends_with(')')).unwrap_or(call.len())]).collect()
}

/// `packages/test` calls those of Python and Node, `library` those of Rust.
#[test]
fn verbs_are_the_same_in_every_language() {
    let rust =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/library.rs")).unwrap();
    let table = chapter("client-tests", "Methods by language");
    let rows: Vec<_> = table.lines().filter(|line| line.starts_with("| `")).collect();
    assert!(rows.len() > 15, "{table}");
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(verbs).collect();
        let is_own = ["Emulator", "stop"].contains(&cells[0][0]);
        for verb in cells[2].iter().filter(|_| !is_own) {
            assert!(rust.contains(&format!("{verb}(")), "tests/cli/library.rs does not call {verb}");
        }
        let same = |verb: &&str| verb.replace(['_', '(', ')'], "").to_lowercase();
        for (at, verb) in cells[0].iter().enumerate().filter(|_| !is_own) {
            for cell in &cells[1..3] {
                assert_eq!(cell.get(at).map(same), Some(same(verb)), "{row}");
            }
        }
    }
}

/// Checks the options of each `assay` command in a `text` block, without running the command for real.
#[test]
fn commands_in_text_blocks_are_accepted() {
    let mut checked = 0;
    for block in blocks("text") {
        for line in block.text.lines().filter(|line| line.starts_with("assay ")) {
            let mut words: Vec<String> = line.split_whitespace().skip(1).map(str::to_owned).collect();
            match words[0].as_str() {
                "conformance" => words.insert(2, "--list".to_owned()),
                "serve" => {
                    if !line.contains("--listen") {
                        words.extend(["--listen", "127.0.0.1:0"].map(str::to_owned));
                    }
                    words.push("--until-stdin-closes".to_owned());
                }
                "run" => {
                    let dashes = words.iter().position(|word| word == "--");
                    words.splice(dashes.unwrap_or_else(|| panic!("{line}")) + 1.., ["true".to_owned()]);
                    words.insert(1, "--pass-with-no-requests".to_owned());
                }
                _ => continue,
            }
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let came_to = run(assay(&words).stdin(std::process::Stdio::null()));
            assert!(came_to.succeeded, "{line}: {}", came_to.stderr);
            checked += 1;
        }
    }
    assert!(checked >= 8, "{checked}");
}
