//! Violations of one message, bounded in number.

use crate::exchange::Violation;

/// Limit on the violations of one message.
pub(super) const MAX_VIOLATIONS: usize = 100;

/// Value that is checked, and how its violations are reported.
pub(super) struct Subject<'a> {
    /// The rule that is broken.
    pub(super) rule: &'static str,
    /// Name of the whole in the message, such as "the body".
    pub(super) name: &'a str,
    /// The name of a header or parameter, which is its pointer; bodies have pointers of their own.
    pub(super) fixed_pointer: Option<&'a str>,
}

/// Collects violations.
#[derive(Debug, Default)]
pub(super) struct Violations(Vec<Violation>);

impl Violations {
    /// Adds a violation, unless there are too many already.
    pub(super) fn add(
        &mut self,
        rule: &'static str,
        pointer: impl Into<String>,
        message: impl Into<String>,
        spec: impl Into<Option<String>>,
    ) {
        if self.is_full() {
            return;
        }
        self.0.push(Violation { spec: spec.into(), ..Violation::new(rule, pointer, message) });
    }

    /// Returns whether further ones would be dropped.
    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= MAX_VIOLATIONS
    }

    /// Returns all that were added.
    pub(super) fn into_vec(self) -> Vec<Violation> {
        self.0
    }
}

/// Makes the beginning of a sentence.
pub(super) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
