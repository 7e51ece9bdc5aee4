//! The violations of one message while they are collected: bounded in number and in length, since what is
//! checked was written by somebody else. Every check of the room adds to one of these.

use crate::exchange::{Violation, cut};

/// No message is told more than this many violations.
pub(super) const MOST: usize = 100;

/// The longest piece of somebody else's text inside a message, in bytes.
const LONGEST_QUOTE: usize = 80;

/// Collects violations.
#[derive(Debug, Default)]
pub(super) struct Violations(Vec<Violation>);

impl Violations {
    /// Adds one, unless there are too many already.
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

    /// Whether further ones would be dropped.
    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= MOST
    }

    /// All that were added.
    pub(super) fn into_vec(self) -> Vec<Violation> {
        self.0
    }
}

/// Somebody else's text as part of a message.
pub(super) fn quote(text: &str) -> String {
    let mut text = text.to_owned();
    cut(&mut text, LONGEST_QUOTE);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_and_length_are_bounded() {
        let mut violations = Violations::default();
        for _ in 0..1000 {
            violations.add("contract-body", "/ä".repeat(1000), "ö".repeat(1000), None);
        }
        let violations = violations.into_vec();
        assert_eq!(violations.len(), MOST);
        assert!(violations.iter().all(|one| one.message.len() <= 512 && one.pointer.len() <= 512));
        assert!(violations[0].message.ends_with("ö…"));
    }

    #[test]
    fn quotes_are_cut_between_characters() {
        assert_eq!(quote("short"), "short");
        for length in 70..90 {
            assert!(quote(&"a".repeat(length).replace("aa", "ä")).len() <= LONGEST_QUOTE);
        }
    }
}
