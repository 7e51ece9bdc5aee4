//! `docs/coverage.md`: every client mistake, with its rule and tests. `UPDATE_GOLDEN=1` writes it from the catalogue.

use std::{fmt::Write, fs, path::Path};

use alloy_assay::internals::Rule;

/// Limit on the named tests of a rule.
const MAX_TESTS: usize = 3;

/// Rules that no test names, and why.
const ELSEWHERE: [(&str, &str); 2] = [
    ("filename-empty", "only with your own document: the built-in one reports `contract-body`"),
    ("user-body", "only with your own document: the built-in one reports `contract-body`"),
];

const HEAD: &str = "\
# Coverage

Every client mistake that `assay` detects, with its rule and tests of the rule. `assay rules RULE` has an example of \
wrong and right traffic, and the fix.

`UPDATE_GOLDEN=1 cargo test --test findings coverage` writes this page from the catalogue of rules. The test fails if \
the page is out of date, or if no test names a rule.
";

/// A test function: its file and name, and its text.
struct Test {
    name: String,
    text: String,
}

/// Returns all test functions, those of this suite first: tests elsewhere come and go without a change here.
fn tests() -> Vec<Test> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    let mut folders = vec![root.join("tests"), root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort_by_key(|path| {
        (!path.starts_with(root.join("tests/findings")), path.starts_with(root.join("src")), path.clone())
    });
    let mut tests = Vec::new();
    for file in files {
        let shown = file.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&file).unwrap();
        for piece in text.split("#[test]").skip(1).chain(text.split("#[tokio::test]").skip(1)) {
            let Some((_, rest)) = piece.split_once("fn ") else { continue };
            let (name, _) = rest.split_once('(').unwrap();
            let end = rest.find("\n}\n").or_else(|| rest.find("\n    }\n")).unwrap_or(rest.len());
            tests.push(Test { name: format!("`{shown}` `{name}`"), text: rest[..end].to_owned() });
        }
    }
    tests
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[test]
fn every_rule_has_a_test_and_is_documented() {
    let tests = tests();
    let mut page = HEAD.to_owned();
    let mut without = Vec::new();
    for (group, themes) in Rule::groups() {
        let _ = write!(page, "\n## {group}\n\n| mistake | rule | tests |\n| --- | --- | --- |\n");
        for rule in themes.iter().copied().flatten() {
            let named = format!("\"{}\"", rule.id);
            let shown: Vec<&str> = tests
                .iter()
                .filter(|test| test.text.contains(&named))
                .map(|test| test.name.as_str())
                .collect();
            let elsewhere = ELSEWHERE.iter().find(|(id, _)| *id == rule.id);
            if shown.is_empty() != elsewhere.is_some() {
                without.push(rule.id);
            }
            let shown = shown[..shown.len().min(MAX_TESTS)].join("<br>");
            let shown = elsewhere.map_or(shown, |(_, reason)| (*reason).to_owned());
            let _ = writeln!(page, "| {} | `{}` | {shown} |", cell(rule.title), rule.id);
        }
    }
    assert!(without.is_empty(), "no test names these rules, or ELSEWHERE need not: {without:?}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/coverage.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let is_current = fs::read_to_string(&path).is_ok_and(|known| known == page);
    assert!(is_current, "docs/coverage.md is stale: UPDATE_GOLDEN=1 cargo test --test findings coverage");
}
