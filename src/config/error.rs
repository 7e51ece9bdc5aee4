//! A user's mistake in one message: where it was made, what is wrong, what would be right.

use super::{Origin, Setting};
use crate::exchange::{BadDuration, BadSize};

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct ConfigError {
    place: String,
    problem: Problem,
}

/// What is wrong with a value and what would be right. Never tells a secret.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Problem(String);

impl ConfigError {
    pub(super) fn new(setting: &Setting, problem: Problem) -> Self {
        let place = match setting.origin {
            Origin::Flag => format!("--{}", setting.name.replace('_', "-")),
            Origin::Environment => format!("ASSAY_{}", setting.name.to_uppercase()),
        };
        Self { place, problem }
    }
}

impl Problem {
    pub(super) fn new(what: impl std::fmt::Display, remedy: &str) -> Self {
        Self(format!("{what}; {remedy}"))
    }
}

impl From<BadDuration> for Problem {
    fn from(error: BadDuration) -> Self {
        Self(error.to_string())
    }
}

impl From<BadSize> for Problem {
    fn from(error: BadSize) -> Self {
        Self(error.to_string())
    }
}
