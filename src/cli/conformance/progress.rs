//! Progress of a suite on stderr: one line that is updated on a terminal, and otherwise a line for each finished check.
//! Suites report it from several threads.

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

/// Progress display of a suite. Dropping it clears the line on a terminal.
pub(super) struct Watcher {
    way: Way,
    /// Length of the longest id, for alignment.
    width: usize,
}

enum Way {
    Terminal(ProgressBar, Mutex<State>),
    Lines,
}

/// State of the progress.
#[derive(Default)]
struct State {
    all: usize,
    ended: usize,
    failed: usize,
    /// The running checks, and their progress.
    running: BTreeMap<&'static str, String>,
}

impl Watcher {
    /// Creates the display for these checks.
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
    use crate::{cli::conformance::suite::tests::check, report::Level};

    fn ended(id: &'static str, status: Status, cases: u32) -> CheckResult {
        let new = CheckResult::new(id, "It holds", Level::Must, "S3");
        CheckResult { status, cases, took: Duration::from_millis(41), ..new }
    }

    #[test]
    fn shows_progress_on_a_terminal() {
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
