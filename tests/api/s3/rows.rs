//! Every row of `docs/facts-s3.md` has a golden file, or a reason why not.

use std::{collections::BTreeSet, fs, path::Path};

use crate::support::readme::page;

/// Rows without a golden file, each with the reason. Alloy's URLs sign `content-md5`, `host` and at most `content-type`,
/// so that no client can meet most of them.
const LEFT_OUT: [(&str, &str); 9] = [
    ("session-tokens", "the emulator issues no tokens"),
    ("skewed-request-time", "only header authentication meets it"),
    ("metadata-in-query", "metadata is not kept"),
    ("signed-header-in-query", "no URL signs `x-amz-*` headers"),
    ("header-and-parameter-differ", "no URL signs `x-amz-*` headers"),
    ("metadata-too-large", "metadata is not kept"),
    ("slow-down", "only a fault throttles"),
    ("space-in-target", "the HTTP library answers it, with a bare 400"),
    ("headers-not-allowed", "no setting makes such a rule"),
];

/// Returns the names of the page's rows.
fn rows() -> BTreeSet<String> {
    let page = page("facts-s3");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| <a id=\"")?.split('"').next());
    rows.map(str::to_owned).collect()
}

fn golden_files() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/s3");
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.map(|name| name.strip_suffix(".http").unwrap_or_else(|| panic!("{name}")).to_owned()).collect()
}

#[test]
fn every_row_has_a_golden_file_or_a_reason() {
    let left_out = LEFT_OUT.map(|(row, _)| row.to_owned());
    let expected: BTreeSet<String> = golden_files().into_iter().chain(left_out).collect();
    assert_eq!(rows(), expected);
    assert_eq!(
        golden_files().len() + LEFT_OUT.len(),
        expected.len(),
        "a row is left out and has a golden file"
    );
}

#[test]
fn every_golden_file_is_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files =
        ["tests/api/s3", "tests/api"].into_iter().flat_map(|folder| fs::read_dir(root.join(folder)).unwrap());
    let sources =
        files.map(|file| file.unwrap().path()).filter(|path| path.is_file() && !path.ends_with("rows.rs"));
    let text: String = sources.map(|path| fs::read_to_string(path).unwrap()).collect();
    for row in golden_files() {
        let is_read = text.contains(&format!("\"{row}\"")) || text.contains(&format!("s3/{row}.http"));
        assert!(is_read, "no test reads fixtures/s3/{row}.http");
    }
}
