//! A mistake in the settings as one message: where, what is wrong, how to fix it.

use std::fmt::{self, Display};

use crate::{
    defect::UnknownDefect,
    exchange::{BadDuration, BadSize, PatternTooLong},
    fault::Mistake,
    files::NotAUserId,
    report::UnknownKind,
};

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct ConfigError {
    place: String,
    problem: Problem,
}

/// Description of the mistake, and the fix. Never contains a secret.
#[derive(Debug, thiserror::Error)]
pub struct Problem {
    sentence: String,
    /// The line with a caret; may be empty.
    excerpt: String,
}

impl ConfigError {
    pub(crate) fn at(place: impl Into<String>, problem: Problem) -> Self {
        Self { place: place.into(), problem }
    }
}

impl Problem {
    /// Escapes control characters: the sentence may quote input, and a terminal would obey them.
    pub(crate) fn new(sentence: impl Display) -> Self {
        let mut escaped = String::new();
        for character in sentence.to_string().chars() {
            if character.is_control() {
                escaped.extend(character.escape_default());
            } else {
                escaped.push(character);
            }
        }
        Self { sentence: escaped, excerpt: String::new() }
    }

    pub(super) fn invalid(what: &str, value: &str, expected: &str) -> Self {
        Self::new(format_args!("invalid {what} `{value}`: expected {expected}"))
    }

    /// Adds an excerpt, unless there is one already, of another file.
    pub(super) fn with_excerpt(mut self, excerpt: String) -> Self {
        if self.excerpt.is_empty() {
            self.excerpt = excerpt;
        }
        self
    }

    /// Reads what `Display` wrote: the sentence, and the excerpt below.
    pub(super) fn of_text(text: &str) -> Self {
        let (sentence, excerpt) = text.split_once('\n').unwrap_or((text, ""));
        Self { excerpt: excerpt.to_owned(), ..Self::new(sentence) }
    }
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)?;
        if self.excerpt.is_empty() { Ok(()) } else { write!(f, "\n{}", self.excerpt) }
    }
}

/// Makes a problem of errors whose messages say already how to fix them.
macro_rules! problems {
    ($($error:ty),*) => {$(
        impl From<$error> for Problem {
            fn from(error: $error) -> Self {
                Self::new(error)
            }
        }
    )*};
}

problems!(BadDuration, BadSize, Mistake, NotAUserId, PatternTooLong, UnknownDefect, UnknownKind);

impl From<ConfigError> for Problem {
    fn from(error: ConfigError) -> Self {
        Self {
            sentence: format!("{}: {}", error.place, error.problem.sentence),
            excerpt: error.problem.excerpt,
        }
    }
}
