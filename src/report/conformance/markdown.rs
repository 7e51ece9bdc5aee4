//! The report for GitHub's step summary: totals, a table of the checks, and each failure with its counterexample.

use std::fmt::Write;

use super::{CheckResult, Conformance};
use crate::{exchange::Severity, report::markdown::cell};

impl Conformance {
    /// The report as Markdown. With `strict`, advice is taken for a must.
    #[must_use]
    pub fn markdown(&self, strict: bool) -> String {
        let subject = self.subject.name();
        let (target, setting) = (cell(&self.target), self.setting());
        let mut text = format!(
            "## assay: {}\n\nConformance of the {subject} {target}: {setting}, assay {}\n",
            self.totals(),
            self.version
        );
        for sentence in self.stale().map(|sentence| cell(&sentence)).chain(self.excuse(strict).map(cell)) {
            // Writing into memory cannot fail.
            let _ = write!(text, "\n{sentence}\n");
        }
        if !self.checks.is_empty() {
            text.push_str("\n| verdict | check | level | cases | why |\n| --- | --- | --- | --- | --- |\n");
        }
        for check in &self.checks {
            text.push_str(&check.row(strict));
        }
        for check in self.checks.iter().filter(|check| check.has_story()) {
            check.section(&mut text);
        }
        text
    }
}

impl CheckResult {
    fn row(&self, strict: bool) -> String {
        let is_failure = self.severity(strict) == Some(Severity::Error);
        let verdict = if is_failure { format!("**{}**", self.verdict()) } else { self.verdict().to_owned() };
        let (id, title, level) = (cell(self.id), cell(self.title), self.level.name());
        format!("| {verdict} | **{id}**: {title} | {level} | {} | {} |\n", self.cases, cell(&self.why()))
    }

    fn section(&self, text: &mut String) {
        let (id, title) = (cell(self.id), cell(self.title));
        let _ =
            write!(text, "\n### {id}: {title}\n\n{}\n\nSource: {}\n", cell(&self.why()), cell(self.source));
        fenced("text", &self.story(), text);
        fenced("sh", &self.commands().collect::<Vec<_>>(), text);
        fenced("text", &self.printed(), text);
        if let Some(advice) = self.advice {
            // Writing into memory cannot fail.
            let _ = write!(text, "\nWhat to do: {}.\n", cell(advice));
        }
        if let Some(command) = self.again() {
            text.push_str("\nRun it again:\n");
            fenced("sh", &[command], text);
        }
    }
}

/// A block that nothing in it ends.
fn fenced(language: &str, lines: &[String], text: &mut String) {
    if lines.is_empty() {
        return;
    }
    let longest = lines.iter().flat_map(|line| line.split(|c| c != '`')).map(str::len).max();
    let fence = "`".repeat(longest.unwrap_or_default().max(2) + 1);
    let _ = write!(text, "\n{fence}{language}\n{}\n{fence}\n", lines.join("\n"));
}
