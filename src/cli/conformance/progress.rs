//! How a suite goes, on stderr: on a terminal one line that is written anew, elsewhere a line for each check that is
//! over. Suites tell it from several threads.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Mutex, PoisonError},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{
    cli::say,
    conformance::{Description, Progress},
    report::{CheckResult, Status},
};

/// Whom a suite tells how it goes. What is on a terminal is gone when it is dropped.
pub(super) struct Watcher {
    way: Way,
    /// The longest id, so that lines stand below each other.
    width: usize,
}

enum Way {
    Terminal(ProgressBar, Mutex<State>),
    Lines,
}

/// How far it is.
#[derive(Default)]
struct State {
    all: usize,
    ended: usize,
    failed: usize,
    /// What is being run, and how far that is.
    running: BTreeMap<&'static str, String>,
}

impl Watcher {
    /// Somebody who is told how these checks go.
    pub(super) fn new(checks: &[Description], is_terminal: bool) -> Self {
        let way = if is_terminal {
            // It knows how wide the terminal is, and draws no more often than anybody can read.
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{wide_msg}");
            let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            Way::Terminal(bar, Mutex::new(State { all: checks.len(), ..State::default() }))
        } else {
            Way::Lines
        };
        Self { way, width: checks.iter().map(|check| check.id.len()).max().unwrap_or_default() }
    }

    /// Takes a word of how it goes.
    pub(super) fn tell(&self, progress: Progress<'_>) {
        match &self.way {
            Way::Terminal(bar, state) => {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                state.take(progress);
                bar.set_message(state.line());
            }
            Way::Lines => {
                if let Progress::Ended(result) = progress {
                    say(&format!("{}\n", result.line(self.width)));
                }
            }
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        if let Way::Terminal(bar, _) = &self.way {
            bar.finish_and_clear();
        }
    }
}

impl State {
    fn take(&mut self, progress: Progress<'_>) {
        match progress {
            Progress::Began(check) => {
                self.running.insert(check.id, String::new());
            }
            Progress::Cases { check, done, of } => {
                self.running.insert(check.id, format!(" {done}/{of}"));
            }
            Progress::Shrinking { check, tried } => {
                self.running.insert(check.id, format!(" failed, {tried} smaller ones tried"));
            }
            Progress::Ended(CheckResult { id, status, .. }) => {
                self.running.remove(id);
                self.ended += 1;
                self.failed += usize::from(matches!(status, Status::Failed | Status::Error));
            }
        }
    }

    /// `12 of 61 checks, 1 failed: dedup/by-user 40/100, upload/overwrite failed, 13 smaller ones tried`.
    fn line(&self) -> String {
        let mut line = format!("{} of {} checks", self.ended, self.all);
        if self.failed > 0 {
            // Writing into memory cannot fail.
            let _ = write!(line, ", {} failed", self.failed);
        }
        let running: Vec<_> = self.running.iter().map(|(id, how)| format!("{id}{how}")).collect();
        if !running.is_empty() {
            let _ = write!(line, ": {}", running.join(", "));
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::report::Level;

    fn check(id: &'static str) -> Description {
        Description { id, title: "It holds", level: Level::Must, source: "S3", needs: &[] }
    }

    fn ended(id: &'static str, status: Status, cases: u32) -> CheckResult {
        let new = CheckResult::new(id, "It holds", Level::Must, "S3");
        CheckResult { status, cases, took: Duration::from_millis(41), ..new }
    }

    #[test]
    fn a_terminal_is_told_what_runs_and_how_far_it_is() {
        let (one, other) = (check("upload/a"), check("dedup/b"));
        let mut state = State { all: 3, ..State::default() };
        let mut after = |progress: Progress<'_>| {
            state.take(progress);
            state.line()
        };
        assert_eq!(after(Progress::Began(&one)), "0 of 3 checks: upload/a");
        assert_eq!(
            after(Progress::Cases { check: &one, done: 40, of: 100 }),
            "0 of 3 checks: upload/a 40/100"
        );
        after(Progress::Began(&other));
        assert_eq!(
            after(Progress::Shrinking { check: &one, tried: 13 }),
            "0 of 3 checks: dedup/b, upload/a failed, 13 smaller ones tried"
        );
        after(Progress::Ended(&ended("upload/a", Status::Failed, 41)));
        assert_eq!(after(Progress::Ended(&ended("dedup/b", Status::Passed, 100))), "2 of 3 checks, 1 failed");
    }

    #[test]
    fn elsewhere_there_is_a_line_for_each_check_that_is_over() {
        assert_eq!(ended("upload/a", Status::Passed, 100).line(10), "passed   upload/a    100 cases  41ms");
        assert_eq!(ended("upload/abc", Status::Failed, 1).line(10), "failed   upload/abc  1 case  41ms");
        assert_eq!(ended("upload/b", Status::Skipped, 0).line(10), "skipped  upload/b");
    }
}
