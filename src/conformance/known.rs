//! Known failures: a team's list of checks that may fail, so that a suite fails only for new failures.

use std::{
    fmt::Display,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use crate::{
    exchange::Glob,
    report::{Conformance, Status},
    text::short,
};

/// Largest list, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Patterns for the ids of checks that may fail.
#[derive(Clone, Debug)]
pub struct KnownFailing {
    file: PathBuf,
    /// Each with its line, counted from 1.
    patterns: Vec<(usize, Glob)>,
}

/// Why a list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadKnownFailing {
    /// The file cannot be read.
    #[error("`{}` cannot be read: {source}; name a file with a check's id or a pattern a line", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// It is not a text.
    #[error("`{}` is {what}; name a file with a check's id or a pattern a line", file.display())]
    NoList {
        /// The file.
        file: PathBuf,
        /// Content of the line.
        what: &'static str,
    },
    /// A line is not a pattern.
    #[error("{}:{line}: invalid pattern `{text}`: expected one pattern for ids of checks a line, and comments after #", file.display())]
    NoPattern {
        /// The file.
        file: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The line, shortened and escaped.
        text: String,
    },
}

impl KnownFailing {
    /// Reads a list: a glob a line, with comments after `#`.
    ///
    /// # Errors
    ///
    /// [`BadKnownFailing`] if the file cannot be read, or has an invalid line.
    pub fn read(file: &Path) -> Result<Self, BadKnownFailing> {
        let mut content = Vec::new();
        let read = File::open(file).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut content));
        read.map_err(|source| BadKnownFailing::Unreadable { file: file.to_owned(), source })?;
        let no_list = |what| BadKnownFailing::NoList { file: file.to_owned(), what };
        if content.len() as u64 > MAX_BYTES {
            return Err(no_list("larger than 1 MiB"));
        }
        Self::parse(file, &String::from_utf8(content).map_err(|_| no_list("not UTF-8"))?)
    }

    /// Parses a list; messages name it by `file`.
    ///
    /// # Errors
    ///
    /// [`BadKnownFailing`] for the first line that is not a pattern.
    pub fn parse(file: &Path, text: &str) -> Result<Self, BadKnownFailing> {
        let mut patterns = Vec::new();
        for (line, content) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let pattern = content.split('#').next().unwrap_or_default().trim();
            let is_foreign = |c: char| c.is_whitespace() || c.is_control();
            if pattern.contains(is_foreign) {
                let text = short(pattern);
                return Err(BadKnownFailing::NoPattern { file: file.to_owned(), line, text });
            }
            if !pattern.is_empty() {
                patterns.push((line, Glob::new(pattern)));
            }
        }
        Ok(Self { file: file.to_owned(), patterns })
    }

    /// Marks the listed checks, and reports what to remove from the list.
    pub fn apply(&self, results: &mut Conformance) {
        for check in &mut results.checks {
            let listed = self.patterns.iter().find(|(_, pattern)| pattern.matches(check.id));
            let Some((line, _)) = listed else { continue };
            check.is_known = true;
            if check.status == Status::Passed {
                let place = self.place(line);
                check.reason = Some(format!("passes, but is listed in {place}: remove it there"));
            }
        }
        for (line, pattern) in &self.patterns {
            if !results.checks.iter().any(|check| pattern.matches(check.id)) {
                let place = self.place(line);
                results
                    .stale
                    .push(format!("`{pattern}` in {place} matches no selected check: remove it there"));
            }
        }
    }

    fn place(&self, line: impl Display) -> String {
        format!("{}, line {line}", self.file.display())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::report::{CheckResult, Level, Subject, Summary};

    fn parse(text: &str) -> Result<KnownFailing, String> {
        KnownFailing::parse(Path::new("known.txt"), text).map_err(|error| error.to_string())
    }

    fn results(checks: &[(&'static str, Status)]) -> Conformance {
        let check = |(id, status): &(&'static str, Status)| CheckResult {
            status: *status,
            cases: 1,
            ..CheckResult::new(id, "It holds", Level::Must, "S3")
        };
        Conformance {
            version: "1.2.3",
            subject: Subject::Server,
            target: String::new(),
            seed: 7,
            cases: 1,
            checks: checks.iter().map(check).collect(),
            summary: Summary::default(),
            started: jiff::Timestamp::UNIX_EPOCH,
            took: Duration::ZERO,
            stale: Vec::new(),
        }
    }

    #[test]
    fn only_listed_checks_may_fail() {
        let known = parse("# ours\n\nupload/*  # issue 12\r\ndedup/by-user").unwrap();
        let listed = [("upload/a", Status::Failed), ("dedup/by-user", Status::Failed)];
        let mut results = results(&listed);
        known.apply(&mut results);
        assert!(!results.fails(true), "{results:?}");
        results.checks[0].id = "list/a";
        results.checks[0].is_known = false;
        known.apply(&mut results);
        assert!(results.fails(true) && !results.checks[0].is_known);
    }

    #[test]
    fn reports_a_listed_check_that_passes_with_its_line() {
        let mut results = results(&[("upload/a", Status::Passed), ("upload/b", Status::Skipped)]);
        parse("# ours\nupload/*\nupload/b\n").unwrap().apply(&mut results);
        assert!(results.fails(false));
        let [passed, skipped] = [0, 1].map(|at| results.checks[at].reason.as_deref());
        assert_eq!(passed, Some("passes, but is listed in known.txt, line 2: remove it there"));
        assert_eq!((skipped, results.stale.len()), (None, 0));
    }

    #[test]
    fn a_pattern_that_matches_nothing_fails_the_run() {
        let mut results = results(&[("upload/a", Status::Failed)]);
        parse("\nuplaod/* # a slip\nupload/a").unwrap().apply(&mut results);
        assert!(results.fails(false));
        let reported = "`uplaod/*` in known.txt, line 2 matches no selected check: remove it there";
        assert_eq!(results.stale, [reported]);
    }

    #[test]
    fn reports_an_invalid_list_with_file_and_line() {
        assert_eq!(
            parse("upload/a\nupload/b is slow\u{1b}").unwrap_err(),
            "known.txt:2: invalid pattern `upload/b is slow\\u{1b}`: expected one pattern for ids of checks a line, and \
             comments after #"
        );
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("known.txt");
        let read = || KnownFailing::read(&file).unwrap_err().to_string();
        assert!(read().starts_with(&format!("`{}` cannot be read: ", file.display())), "{}", read());
        std::fs::write(&file, b"upload/\xff").unwrap();
        assert!(read().contains("is not UTF-8; name a file with a check's id"), "{}", read());
        std::fs::write(&file, vec![b'\n'; (1 << 20) + 1]).unwrap();
        assert!(read().contains("is larger than 1 MiB"), "{}", read());
    }
}
