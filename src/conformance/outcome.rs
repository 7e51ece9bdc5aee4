//! The outcome of a case.

use std::time::Duration;

use super::wire::WireError;
use crate::exchange::{Exchange, Finding};

/// Why a case went no further.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A requirement is not met; with the actual behaviour.
    Failed(String),
    /// The same, but it took long to show: no smaller case is looked for.
    Late(String),
    /// A client broke its protocol, so that nothing can be judged; with the reason and the fix.
    Unheard(String, &'static str),
    /// The set-up of the case failed, which another check judges: why.
    Blocked(String),
    /// The case needs something that the server does not offer: what.
    NotOffered(String),
    /// No answer could be judged: to what, and why.
    Broken(String),
}

/// A step of a case.
pub(crate) type Step<T = ()> = Result<T, Stop>;

/// The result of a case.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) step: Step,
    /// Returns the reason, if the step failed or broke.
    pub(crate) evidence: Evidence,
    /// Time that a client chose to wait, in real time; `None` for a server.
    pub(crate) waited: Option<Duration>,
}

/// The exchanges of a case, for people.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// The exchanges, without the set-up.
    pub(crate) exchanges: Vec<Exchange>,
    /// The findings of the emulator that a client was run against.
    pub(crate) findings: Vec<Finding>,
    /// All exchanges as commands for a shell.
    pub(crate) curl: Vec<String>,
    /// Output of a client.
    pub(crate) output: Option<String>,
}

impl Stop {
    /// Returns what happened.
    pub(crate) fn why(self) -> String {
        match self {
            Self::Failed(why)
            | Self::Late(why)
            | Self::Unheard(why, _)
            | Self::Blocked(why)
            | Self::NotOffered(why)
            | Self::Broken(why) => why,
        }
    }

    /// Returns whether the case is worth showing.
    pub(crate) fn is_shown(&self) -> bool {
        !matches!(self, Self::Blocked(_) | Self::NotOffered(_))
    }

    /// Ends a case because an exchange has no answer.
    pub(crate) fn broken(what: &str, error: &WireError) -> Self {
        Self::Broken(format!("{what}: {error}"))
    }
}

/// Fails the case unless a condition holds; the message says what happened instead.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err($crate::conformance::outcome::Stop::Failed(format!($($message)+)));
        }
    };
}

/// Gives the case up unless a condition holds that another check judges.
macro_rules! assume {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err($crate::conformance::outcome::Stop::Blocked(format!($($message)+)));
        }
    };
}

/// Skips the case unless the server offers something.
macro_rules! offered {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err($crate::conformance::outcome::Stop::NotOffered(format!($($message)+)));
        }
    };
}

/// Ends a case: it holds if the condition does, as [`ensure`] in a last line.
macro_rules! holds {
    ($condition:expr, $($message:tt)+) => {
        if $condition { Ok(()) } else { Err($crate::conformance::outcome::Stop::Failed(format!($($message)+))) }
    };
}

pub(crate) use {assume, ensure, holds, offered};
