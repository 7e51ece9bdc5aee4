//! Golden files in `fixtures/`: the expected text, with `{Name}` for parts that differ in each run. With
//! `UPDATE_GOLDEN=1` they are written instead; review them before you commit.

use std::{fs, path::Path};

use super::raw::Answer;

/// Compares `text` with `fixtures/{file}`, once each value has given its place to its name in braces.
#[track_caller]
pub fn check(file: &str, text: &str, values: &[(&str, &str)]) {
    let text = values.iter().fold(text.to_owned(), |text, (name, value)| {
        assert!(!value.is_empty(), "{file}: {name} is empty");
        text.replace(value, &format!("{{{name}}}"))
    });
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("{text}\n")).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    // The file ends with a line end, as files do; S3's documents do not.
    assert_eq!(text, expected.strip_suffix('\n').unwrap_or(&expected), "{}", path.display());
}

/// Compares an answer of the S3 API with its row of `docs/facts-s3.md`, `fixtures/s3/{row}.http`: status, headers by name,
/// body. The emulator's clock must be frozen.
#[track_caller]
pub fn row(row: &str, answer: &Answer) {
    let ids = [("RequestId", answer.header("x-amz-request-id")), ("HostId", answer.header("x-amz-id-2"))];
    let ids: Vec<_> = ids.into_iter().filter(|(_, id)| !id.is_empty()).collect();
    check(&format!("s3/{row}.http"), &whole(answer), &ids);
}

/// An answer as its golden file has it: the status, the headers by name, and the body.
pub fn whole(answer: &Answer) -> String {
    let mut headers: Vec<_> =
        answer.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    headers.sort_unstable();
    format!("{}\n{}\n{}", answer.status, headers.concat(), answer.text())
}

/// Status, code and message of a row, as its golden file has them.
pub fn status_and_text(row: &str) -> (u16, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/s3/{row}.http"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (head, body) = text.split_once("\n\n").unwrap();
    (head.lines().next().unwrap().parse().unwrap(), beginning(body.trim_end()).to_owned())
}

/// S3's document up to its message, which is the same for all that meets one row.
pub fn beginning(document: &str) -> &str {
    document.split_inclusive("</Message>").next().unwrap_or_default()
}
