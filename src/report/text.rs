//! Text for a terminal or a log: the worst first, each with what to do, then the totals and the ids that failed.

use std::fmt::Write;

use super::{
    suite::{Case, Form, Outcome, Suite, ids},
    words::counted,
};
use crate::exchange::Severity;

/// Formats a suite, in colours or without.
pub(super) fn text(suite: &Suite, colour: bool) -> String {
    let paint = |severity: Option<Severity>, text: &str| match severity {
        _ if !colour => text.to_owned(),
        Some(Severity::Error) => format!("\u{1b}[1;31m{text}\u{1b}[0m"),
        Some(Severity::Warning) => format!("\u{1b}[1;33m{text}\u{1b}[0m"),
        Some(Severity::Note) => format!("\u{1b}[1;36m{text}\u{1b}[0m"),
        None => format!("\u{1b}[32m{text}\u{1b}[0m"),
    };
    let mut text = String::new();
    // Writing into memory cannot fail.
    for row in suite.rows().iter().filter(|row| row[0].outcome != Outcome::Passed) {
        let case = row[0];
        let severity = case.severity.or(Some(Severity::Note));
        if case.details.is_empty() {
            let count = counted(row.len(), suite.unit);
            let names = if row.len() == 1 { ids(row) } else { format!("{count}: {}", ids(row)) };
            let _ = writeln!(text, "{}: {} ({names})", paint(severity, case.verdict), case.message);
            continue;
        }
        if !text.is_empty() && !text.ends_with("\n\n") {
            text.push('\n');
        }
        let title = if colour { format!("\u{1b}[1m{}\u{1b}[0m", case.title) } else { case.title.clone() };
        let (verdict, Case { id, qualifier, .. }) = (paint(severity, case.verdict), case);
        let _ = writeln!(text, "{verdict}: {title} ({id}, {qualifier})");
        detail(&mut text, "actual", std::slice::from_ref(&case.message));
        for one in case.details.iter().filter(|one| one.form != Form::Extra) {
            detail(&mut text, one.label, &one.lines);
        }
        text.push('\n');
    }
    if !text.is_empty() && !text.ends_with("\n\n") {
        text.push('\n');
    }
    let worst = suite.cases.iter().filter_map(|case| case.severity).max();
    let _ = writeln!(text, "assay: {}{}", paint(worst, &suite.headline), suite.scope);
    for note in &suite.notes {
        let _ = writeln!(text, "assay: {note}");
    }
    if let Some(failed) = suite.failed() {
        let _ = writeln!(text, "assay: {failed}");
    }
    text
}

/// Writes lines with their label in the margin.
fn detail(text: &mut String, label: &str, lines: &[String]) {
    let mut margin = label;
    for line in lines {
        let _ = writeln!(text, "  {margin:<9}  {line}");
        margin = "";
    }
}
