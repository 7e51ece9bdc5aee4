//! A user's mistake in one message: where it was made, what is wrong, what would be right.

use super::Setting;
use crate::{
    defect::UnknownDefect,
    exchange::{BadDuration, BadSize},
    files::NotAUserId,
};

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {problem}{excerpt}")]
pub struct ConfigError {
    place: String,
    problem: Problem,
    /// The line of the file with a caret, below the sentence; empty where there is none.
    excerpt: String,
}

/// What is wrong with a value and what would be right. Never tells a secret.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Problem(String);

impl ConfigError {
    pub(super) fn new(setting: &Setting, problem: Problem) -> Self {
        Self::at(setting.place(), problem)
    }

    /// A mistake at a place that has no line to show.
    pub(super) fn at(place: String, problem: Problem) -> Self {
        Self { place, problem, excerpt: String::new() }
    }

    /// A mistake with the line where it is.
    pub(super) fn in_file(place: String, problem: Problem, excerpt: &str) -> Self {
        Self { place, problem, excerpt: format!("\n{excerpt}") }
    }
}

impl Problem {
    pub(super) fn new(what: impl std::fmt::Display, remedy: &str) -> Self {
        Self::sentence(&format!("{what}; {remedy}"))
    }

    /// What is wrong, in words that say already what would be right. It may quote what somebody wrote:
    /// control characters would break the line, or the terminal.
    pub(super) fn sentence(text: &str) -> Self {
        let mut sentence = String::with_capacity(text.len());
        for character in text.chars() {
            if character.is_control() {
                sentence.extend(character.escape_default());
            } else {
                sentence.push(character);
            }
        }
        Self(sentence)
    }
}

impl From<BadDuration> for Problem {
    fn from(error: BadDuration) -> Self {
        Self::sentence(&error.to_string())
    }
}

impl From<BadSize> for Problem {
    fn from(error: BadSize) -> Self {
        Self::sentence(&error.to_string())
    }
}

impl From<UnknownDefect> for Problem {
    fn from(error: UnknownDefect) -> Self {
        Self::sentence(&error.to_string())
    }
}

impl From<NotAUserId> for Problem {
    fn from(error: NotAUserId) -> Self {
        Self::sentence(&error.to_string())
    }
}
