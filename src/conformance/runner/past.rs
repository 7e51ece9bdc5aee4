//! A file of past failures: cases that are run before all others, since what failed once fails again.
//!
//! Each line has the check's id, the seed, the case's number, and after a `#` what happened.

use std::{
    collections::HashMap,
    fs,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use crate::report::{CheckResult, Status};

/// Past failures, by check.
#[derive(Debug, Default)]
pub(crate) struct Past(HashMap<String, Vec<(u64, u32)>>);

/// A file of past failures that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    /// The file cannot be read or written.
    #[error("--past-failures: {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A line is not a failure.
    #[error(
        "--past-failures: {path}, line {line}: `{text}` is not a failure: expected a check, a seed and a case, such as `upload/reuse 7 42`"
    )]
    Line {
        /// The file.
        path: PathBuf,
        /// The line's number, from 1.
        line: usize,
        /// The line.
        text: String,
    },
}

impl Past {
    /// Reads a file; a missing one is empty.
    pub(crate) fn read(path: &Path) -> Result<Self, PastError> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            read => read.map_err(|source| PastError::File { path: path.to_owned(), source })?,
        };
        let mut past = Self::default();
        for (at, line) in text.lines().enumerate() {
            let words = line.split('#').next().unwrap_or_default().trim();
            if words.is_empty() {
                continue;
            }
            let (check, seed, case) = failure(words).ok_or_else(|| PastError::Line {
                path: path.to_owned(),
                line: at + 1,
                text: words.to_owned(),
            })?;
            past.0.entry(check.to_owned()).or_default().push((seed, case));
        }
        Ok(past)
    }

    /// Returns the seeds and cases of a check that failed before.
    pub(crate) fn of(&self, check: &str) -> &[(u64, u32)] {
        self.0.get(check).map_or(&[], Vec::as_slice)
    }

    /// Appends new failures to the file.
    pub(crate) fn add(&self, path: &Path, results: &[CheckResult]) -> Result<(), PastError> {
        let failed = results.iter().filter(|result| result.status == Status::Failed);
        let new: String = failed
            .filter_map(|result| {
                let (seed, case) = result.replay.as_deref().and_then(place)?;
                let is_known = self.of(result.id).contains(&(seed, case));
                let reason = result.reason.as_deref().unwrap_or_default().replace(['\n', '\r'], " ");
                (!is_known).then(|| format!("{} {seed} {case} # {reason}\n", result.id))
            })
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let file = fs::File::options().append(true).create(true).open(path);
        let written = file.and_then(|mut file| file.write_all(new.as_bytes()));
        written.map_err(|source| PastError::File { path: path.to_owned(), source })
    }
}

fn failure(words: &str) -> Option<(&str, u64, u32)> {
    let mut words = words.split_whitespace();
    let failure = (words.next()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    words.next().is_none().then_some(failure)
}

/// Returns the seed and the case in a replay command.
fn place(replay: &str) -> Option<(u64, u32)> {
    let after = |option: &str| replay.split_whitespace().skip_while(|word| *word != option).nth(1);
    Some((after("--seed")?.parse().ok()?, after("--case")?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_check_a_seed_and_a_case() {
        assert_eq!(failure("upload/reuse 7 42"), Some(("upload/reuse", 7, 42)));
        for none in ["upload/reuse", "upload/reuse 7", "upload/reuse seven 42", "upload/reuse 7 42 1"] {
            assert_eq!(failure(none), None, "{none}");
        }
        let replay = "assay conformance server --url http://h --seed 7 --only upload/reuse --case 42";
        assert_eq!(place(replay), Some((7, 42)));
    }

    #[test]
    fn a_missing_file_is_empty_and_a_bad_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("failures");
        assert!(Past::read(&path).unwrap().of("a/b").is_empty());
        fs::write(&path, "# past failures\n\na/b 1 2 # seen\na/b 3 4\n").unwrap();
        assert_eq!(Past::read(&path).unwrap().of("a/b"), [(1, 2), (3, 4)]);
        fs::write(&path, "a/b 1 2\na/b one\n").unwrap();
        let error = Past::read(&path).unwrap_err().to_string();
        assert!(error.contains("line 2: `a/b one`"), "{error}");
    }
}
