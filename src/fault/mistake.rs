//! Mistakes in rules: the field, the characters, and the fix. `config` shows the line of the file,
//! `control` returns the pointer.

use std::{fmt, ops::Range};

pub(super) use crate::text::{and, or, short as quoted};

/// One thing that is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {remedy}")]
pub struct Mistake {
    /// JSON Pointer to the place in the rule or set of rules; empty for all of it.
    pub pointer: String,
    /// Position in the text, in bytes; `None` for a rule that was not a text.
    pub span: Option<Range<usize>>,
    what: String,
    remedy: String,
}

impl Mistake {
    /// Creates a mistake: `what` is wrong at a pointer; `remedy` is the fix.
    pub(super) fn new(
        pointer: impl Into<String>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { pointer: pointer.into(), span: None, what: what.into(), remedy: remedy.into() }
    }

    /// Adds a position in the text.
    pub(super) fn at(mut self, span: &Range<usize>) -> Self {
        self.span = Some(span.clone());
        self
    }

    /// Adds the pointer of a rule or field.
    pub(super) fn below(mut self, pointer: &str) -> Self {
        self.pointer.insert_str(0, pointer);
        self
    }

    /// Prefixes the place of the text within another.
    pub(super) fn inside(mut self, place: impl fmt::Display) -> Self {
        self.what = format!("{place}{}", self.what);
        self
    }
}

/// All that is wrong with a rule or a set of rules, in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes {
    mistakes: Vec<Mistake>,
    hidden: Vec<Range<usize>>,
}

impl Mistakes {
    /// Iterates over the mistakes.
    pub(super) fn of(mut mistakes: Vec<Mistake>) -> Self {
        // Mistakes at one place stay in their order.
        mistakes.sort_by_key(|mistake| mistake.span.as_ref().map(|span| span.start));
        Self { mistakes, hidden: Vec::new() }
    }

    /// Adds values to keep out of messages.
    pub(super) fn hiding(mut self, mut hidden: Vec<Range<usize>>) -> Self {
        hidden.sort_by_key(|span| span.start);
        self.hidden = hidden;
        self
    }

    /// Returns what no message may show of the text, as byte ranges in order: values with unknown
    /// names, which may be secrets.
    pub fn hidden(&self) -> &[Range<usize>] {
        &self.hidden
    }

    /// The mistakes, at least one.
    pub fn iter(&self) -> std::slice::Iter<'_, Mistake> {
        self.mistakes.iter()
    }
}

impl From<Mistake> for Mistakes {
    fn from(mistake: Mistake) -> Self {
        Self::of(vec![mistake])
    }
}

impl<'a> IntoIterator for &'a Mistakes {
    type Item = &'a Mistake;
    type IntoIter = std::slice::Iter<'a, Mistake>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Mistakes {
    type Item = Mistake;
    type IntoIter = std::vec::IntoIter<Mistake>;

    fn into_iter(self) -> Self::IntoIter {
        self.mistakes.into_iter()
    }
}

impl std::error::Error for Mistakes {}

/// A line for each.
impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, mistake) in self.mistakes.iter().enumerate() {
            let line_end = if at == 0 { "" } else { "\n" };
            write!(f, "{line_end}{mistake}")?;
        }
        Ok(())
    }
}
