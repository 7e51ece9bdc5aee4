//! Links between pages, and citations of pages in the code, lead somewhere.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

const FOLDERS: [&str; 8] = ["src", "tests", "docs", "benches", "examples", "packages", "openapi", ".ci"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the files of the repository with one of these extensions.
fn files(extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = FOLDERS.map(|folder| root().join(folder)).into();
    let mut entries: Vec<PathBuf> =
        fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.retain(|path| path.is_file());
    loop {
        found.extend(entries.into_iter().filter(|path| {
            path.extension().is_some_and(|end| extensions.iter().any(|extension| end == *extension))
        }));
        let Some(folder) = folders.pop() else { return found };
        let all = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let (below, here): (Vec<_>, Vec<_>) = all.partition(|path| path.is_dir());
        folders.extend(
            below.into_iter().filter(|path| !path.ends_with("node_modules") && !path.ends_with(".venv")),
        );
        entries = here;
    }
}

/// Returns the anchors of a page: those of its headings, as GitHub makes them, and those it names itself.
fn anchors(page: &str) -> HashSet<String> {
    let mut anchors = HashSet::new();
    let mut in_block = false;
    for line in page.lines() {
        in_block ^= line.starts_with("```");
        if !in_block && line.starts_with('#') {
            let heading = line.trim_start_matches('#').trim().to_lowercase();
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            anchors.insert(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
        }
        anchors.extend(
            line.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next().map(str::to_owned)),
        );
    }
    anchors
}

#[track_caller]
fn assert_leads_somewhere(from: &Path, target: &Path, anchor: &str) {
    let name = from.strip_prefix(root()).unwrap().display();
    assert!(target.exists(), "{name}: there is no {}", target.display());
    if !anchor.is_empty() {
        let page = fs::read_to_string(target).unwrap();
        assert!(anchors(&page).contains(anchor), "{name}: {} has no #{anchor}", target.display());
    }
}

#[test]
fn links_between_pages_lead_somewhere() {
    for file in files(&["md"]) {
        let text = fs::read_to_string(&file).unwrap();
        let text: String = text.split("```").step_by(2).collect();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { file.clone() } else { file.parent().unwrap().join(path) };
            assert_leads_somewhere(&file, &target, anchor);
        }
    }
}

#[test]
fn citations_of_pages_lead_somewhere() {
    let mut cited = 0;
    for file in files(&["rs", "py", "js", "mjs", "ts", "toml", "yaml", "sh"]) {
        let text = fs::read_to_string(&file).unwrap();
        for rest in text.split("docs/").skip(1) {
            let end =
                rest.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.#".contains(c)).unwrap_or(rest.len());
            let Some((page, anchor)) = rest[..end].split_once(".md") else { continue };
            let anchor = anchor.strip_prefix('#').unwrap_or_default().trim_end_matches('.');
            assert_leads_somewhere(&file, &root().join("docs").join(page).with_extension("md"), anchor);
            cited += 1;
        }
    }
    assert!(cited > 80, "{cited}");
}
