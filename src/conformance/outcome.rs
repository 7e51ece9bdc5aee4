//! How a case ends that does not simply hold.

use std::time::Duration;

use super::wire::WireError;
use crate::exchange::{Exchange, Finding};

/// Why a case went no further.
#[derive(Debug)]
pub(crate) enum Stop {
    /// What was to hold does not: what was seen instead.
    Failed(String),
    /// As before, and it took its time to be seen: no smaller case is looked for.
    Late(String),
    /// The subject did not keep to what it is asked by, so that nothing can be judged: what it did instead, and what to do.
    Unheard(String, &'static str),
    /// What the case builds on did not work, which is another check's to tell: why.
    Blocked(String),
    /// The case needs something that the server does not offer: what.
    NotOffered(String),
    /// There was no answer that could be judged: to what, and why.
    Broken(String),
}

/// A step of a case.
pub(crate) type Step<T = ()> = Result<T, Stop>;

/// What is left of a case that was run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) step: Step,
    /// What happened, where the step failed or broke.
    pub(crate) evidence: Evidence,
    /// How long a client waited of its own accord, in real time; nothing of a server.
    pub(crate) waited: Option<Duration>,
}

/// The exchanges of a case, for people.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// Those beyond the set-up.
    pub(crate) exchanges: Vec<Exchange>,
    /// What was wrong with them, where an emulator saw them.
    pub(crate) findings: Vec<Finding>,
    /// All of them, as commands for a shell.
    pub(crate) curl: Vec<String>,
    /// What a client printed.
    pub(crate) output: Option<String>,
}

impl Stop {
    /// What was seen, or why nothing was.
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

    /// No answer came to an exchange of this kind.
    pub(crate) fn broken(what: &str, error: &WireError) -> Self {
        Self::Broken(format!("{what}: {error}"))
    }
}

/// Fails the case unless a condition holds; what follows says what was seen instead, as `format!` has it.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err($crate::conformance::outcome::Stop::Failed(format!($($message)+)));
        }
    };
}

/// Gives the case up unless a condition holds that is another check's to tell.
macro_rules! assume {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err($crate::conformance::outcome::Stop::Blocked(format!($($message)+)));
        }
    };
}

/// Gives the case up unless the server offers something.
macro_rules! offered {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err($crate::conformance::outcome::Stop::NotOffered(format!($($message)+)));
        }
    };
}

pub(crate) use {assume, ensure, offered};
