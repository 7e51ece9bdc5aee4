//! Golden files under `fixtures/`: what a text must be, with `{Name}` where each run has its own. With
//! `UPDATE_GOLDEN=1` in the environment they are written instead, to be read before they are committed.

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

/// Compares an answer of S3's side with its row of s3-facts, `fixtures/s3/{row}.http`: the status, the headers
/// by name, and the body as it is. The clock of the emulator must stand still for it.
#[track_caller]
pub fn row(row: &str, answer: &Answer) {
    let mut headers: Vec<_> =
        answer.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    headers.sort_unstable();
    let text = format!("{}\n{}\n{}", answer.status, headers.concat(), answer.text());
    let ids = [("RequestId", answer.header("x-amz-request-id")), ("HostId", answer.header("x-amz-id-2"))];
    let ids: Vec<_> = ids.into_iter().filter(|(_, id)| !id.is_empty()).collect();
    check(&format!("s3/{row}.http"), &text, &ids);
}
