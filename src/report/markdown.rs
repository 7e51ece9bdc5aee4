//! The report for GitHub's step summary: totals, and a table of the rules that were broken with an example each.

use std::fmt::Write;

use super::{
    Run,
    words::{name, plain},
};

impl Run {
    /// The report as Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let severities = self.severities();
        let verdict = if severities.is_empty() { "nothing is wrong" } else { &severities };
        let outcome = match (self.nothing_called(), self.failed()) {
            (Some(sentence), Some(ended)) => format!("{ended}; {sentence}"),
            (Some(sentence), None) => sentence.to_owned(),
            (None, Some(ended)) => format!("{ended}; in its traffic {verdict}"),
            (None, None) => verdict.to_owned(),
        };
        let ended = self.ended.map(|ended| format!("; {ended}")).unwrap_or_default();
        let mut text = format!(
            "## assay: {outcome}\n\n{}, seed {}, assay {}{ended}\n",
            self.traffic(),
            self.seed,
            self.version
        );
        let broken = self.broken();
        if !broken.is_empty() {
            text.push_str("\n| | rule | how often | example | where | what to do |\n");
            text.push_str("| --- | --- | --- | --- | --- | --- |\n");
        }
        for rule in &broken {
            // Writing into memory cannot fail.
            let _ = writeln!(
                text,
                "| {} | **{}**: {} | {} | {} | {} | {} |",
                name(rule.severity()),
                rule.rule(),
                cell(rule.title()),
                rule.times(),
                cell(&rule.first.message),
                cell(&self.place(rule.first)),
                cell(&rule.first.hint),
            );
        }
        for sentence in self.left_out() {
            let _ = write!(text, "\n{sentence}\n");
        }
        text
    }
}

/// A text for a cell: on one line, and nothing in it is markup, a link or HTML. A backslash before ASCII
/// punctuation is how `CommonMark` and GitHub take it literally; in a table this holds for `|` too.
pub(super) fn cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    let mut before = ' ';
    for character in plain(text).chars() {
        let is_markup = "\\`*_[]<>|~$#!&@{}^".contains(character);
        // GitHub makes links of what begins with a scheme, or with `www.`, all by itself.
        let is_link = matches!(character, ':' | '/') && before == ':' || character == '.' && before == 'w';
        if is_markup || is_link {
            cell.push('\\');
        }
        cell.push(character);
        before = character;
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_cell_is_markup() {
        assert_eq!(cell("a | b\nc `d` <e>"), "a \\| b\\\\nc \\`d\\` \\<e\\>");
        assert_eq!(cell("[x](http://y.z) www.y.z"), "\\[x\\](http:\\//y.z) www\\.y.z");
        assert_eq!(cell("\\|"), "\\\\\\|");
        assert_eq!(
            cell("Send 24 characters, as base64 (RFC 4648)."),
            "Send 24 characters, as base64 (RFC 4648)."
        );
    }
}
