//! Annotations for GitHub: workflow commands in a step's output, which the runner shows with the run. One for each row,
//! since GitHub shows at most ten of each severity for a step.

use super::{
    suite::{Form, Suite, ids},
    words::counted,
};
use crate::exchange::Severity;

/// Formats a suite as annotations, a line each.
pub(super) fn annotations(suite: &Suite) -> String {
    let mut text = String::new();
    for row in suite.rows() {
        let case = row[0];
        let Some(severity) = case.severity else { continue };
        let mut lines = vec![case.message.clone()];
        let short = |form| matches!(form, Form::Sentence) || (form == Form::Commands);
        for detail in case.details.iter().filter(|detail| short(detail.form) && detail.lines.len() == 1) {
            lines.push(format!("{}: {}", detail.label, detail.lines[0]));
        }
        lines.push(format!("{}: {} ({}, {})", suite.unit, ids(&row), case.verdict, case.qualifier));
        let title = if row.len() == 1 { case.title.clone() } else { counted(row.len(), suite.unit) };
        text.push_str(&annotation(severity, &title, &lines.join("\n")));
    }
    text
}

fn annotation(severity: Severity, title: &str, message: &str) -> String {
    let level = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    format!("::{level} title={}::{}\n", property(&format!("assay: {title}")), data(message))
}

/// Escapes the data of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a workflow command, which ends at `,` and at `:`.
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
