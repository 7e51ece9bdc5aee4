//! Every row of the tables is either held by a golden file or left out for a reason.

use std::{collections::BTreeSet, fs, path::Path};

/// The ids of sections 1.1 to 1.5 and 6. Those that begin with `C` are held by `tests/cors.rs`.
const ROWS: [&str; 94] = [
    "Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8", "Q9", "Q10", "Q11", "Q12a", "Q12b", "Q12c", "Q12d",
    "Q13", "Q14", "Q15", "Q16", "Q17", //
    "T1", "T2", "T3", "T4", "T5", //
    "S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "S10", "S11", "S12", "S13", "S14", "S15", "S16",
    "S17", "S18", "S19", "S20", "S21", //
    "B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B9", "B10", "B11", "B12", "B13", "B14", "B15", "B16",
    "B17", "B18", "B19a", "B19b", "B19c", "B20", "B21", "B22", "B23", "B24", "B25", //
    "H1", "H2", "H3", "H4", "H5", "H6", "H7", "H8", "H9", "H10", //
    "C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "C10", "C11",
];

/// The rows that are not answered as the table says, and why. No client of Alloy's can meet them, since
/// Alloy's URLs sign `content-md5`, `host` and at most `content-type`, unless it says otherwise.
const LEFT_OUT: [(&str, &str); 18] = [
    ("Q16", "no security tokens are issued, so none can be garbage"),
    ("Q17", "no security tokens are issued, so none can expire"),
    ("T3", "meets header authentication only, which is not offered"),
    ("S13", "metadata headers are not kept"),
    ("S14", "encryption headers are never signed"),
    ("S15", "a digest is never moved to the query"),
    ("S16", "metadata headers are not kept"),
    ("S21", "signature version 2 is not offered"),
    ("B13", "checksum headers are never signed"),
    ("B14", "checksum headers are never signed"),
    ("B15", "checksum headers are never signed"),
    ("B16", "checksum headers are never signed"),
    ("B20", "metadata headers are not kept"),
    ("B24", "there is no bucket policy that could deny anything"),
    ("B25", "nobody is throttled but by a fault"),
    ("H3", "the HTTP library answers a raw space by itself, with a bare 400"),
    ("C7", "a rule without request headers cannot be set from outside: src/s3/tests holds it"),
    ("H10", "there is one bucket, and it is in the region that it says"),
];

fn golden_files() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/s3");
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let rows = names.map(|name| name.strip_suffix(".http").unwrap_or_else(|| panic!("{name}")).to_owned());
    rows.collect()
}

#[test]
fn every_row_is_held_or_left_out_for_a_reason() {
    let files = golden_files();
    for row in ROWS {
        let is_left_out = LEFT_OUT.iter().any(|(left_out, _)| *left_out == row);
        assert_ne!(files.contains(row), is_left_out, "{row} has a golden file: {}", files.contains(row));
    }
    for row in files.iter().map(String::as_str).chain(LEFT_OUT.map(|(row, _)| row)) {
        assert!(ROWS.contains(&row), "{row} is no row");
    }
    assert_eq!(BTreeSet::from(ROWS).len(), ROWS.len(), "a row stands there twice");
    let tests =
        ["tests/api/s3", "tests/api"].map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
    let tests =
        tests.iter().flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    let sources = tests.filter(|path| path.is_file() && !path.ends_with("rows.rs"));
    let text: String = sources.map(|path| fs::read_to_string(path).unwrap()).collect();
    for row in &files {
        let is_read = text.contains(&format!("\"{row}\"")) || text.contains(&format!("s3/{row}.http"));
        assert!(is_read, "no test reads fixtures/s3/{row}.http");
    }
    assert!(LEFT_OUT.iter().all(|(_, reason)| !reason.is_empty()));
}
