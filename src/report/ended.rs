//! The end of a command, and the exit code for it.

use std::{fmt, process::ExitStatus, time::Duration};

use super::Run;
use crate::exchange::Severity;

/// The exit code after `--timeout`, as of `timeout(1)`.
const TIMED_OUT: u8 = 124;

/// The end of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// By us, because it took longer than this.
    TimedOut(Duration),
}

impl Ended {
    pub(crate) fn of(status: ExitStatus) -> Self {
        #[cfg(unix)]
        if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
            return Self::Signal(signal);
        }
        Self::Code(status.code().unwrap_or(1))
    }

    /// Returns whether the command succeeded.
    pub fn is_success(self) -> bool {
        self == Self::Code(0)
    }

    /// Returns the exit code of the run: the command's own if it failed, or whether the findings fail it.
    pub fn exit_code(self, report: &Run, fail_on: Option<Severity>) -> u8 {
        match self {
            Self::Code(0) => u8::from(report.fails(fail_on)),
            // A code that is not a byte (on Windows) is still a failure.
            Self::Code(code) => u8::try_from(code).unwrap_or(1),
            Self::Signal(signal) => u8::try_from(signal).map_or(1, |signal| signal.saturating_add(128)),
            Self::TimedOut(_) => TIMED_OUT,
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "the command ended with exit code {code}"),
            Self::Signal(signal) => write!(f, "the command was ended by signal {signal}"),
            Self::TimedOut(limit) => write!(f, "the command took longer than {limit:?} and was ended"),
        }
    }
}
