//! Annotations for GitHub: workflow commands, which its runner reads from what a step writes and shows beside
//! the run. One a rule: of each severity, GitHub shows ten a step.

use super::{Run, words::plain};
use crate::exchange::Severity;

impl Run {
    /// The annotations, a line each.
    #[must_use]
    pub fn annotations(&self) -> String {
        let mut text = String::new();
        for rule in self.broken() {
            let message = format!(
                "{} ({}, {})\n{}\nRule: {}",
                plain(&rule.first.message),
                self.place(rule.first),
                rule.times(),
                plain(&rule.first.hint),
                rule.rule(),
            );
            text.push_str(&annotation(rule.severity(), rule.title(), &message));
        }
        text
    }
}

/// An annotation of a message, which may have several lines and is harmless otherwise.
pub(super) fn annotation(severity: Severity, title: &str, message: &str) -> String {
    let level = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    format!("::{level} title={}::{}\n", property(&format!("assay: {title}")), data(message))
}

/// A text as the data of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A text as a property of a workflow command, which ends at `,` and at `:`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_ends_neither_a_line_nor_a_property() {
        assert_eq!(data("100% a\r\n::error::b"), "100%25 a%0D%0A::error::b");
        assert_eq!(property("a:b,c%3A"), "a%3Ab%2Cc%253A");
    }
}
