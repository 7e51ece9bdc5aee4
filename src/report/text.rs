//! The report for people: each broken rule once, with how often, an example, where it was, and what to do.

use std::fmt::Write;

use super::{
    Broken, Run,
    words::{name, plain},
};
use crate::exchange::Severity;

/// How texts are coloured: in colours, or not at all.
#[derive(Clone, Copy)]
pub(super) struct Paint(pub(super) bool);

impl Run {
    /// The report as text for a terminal or a log, in colours or without.
    #[must_use]
    pub fn text(&self, colour: bool) -> String {
        let paint = Paint(colour);
        let mut text = String::new();
        for rule in self.broken() {
            self.tell(&rule, paint, &mut text);
        }
        // Writing into memory cannot fail.
        let _ = writeln!(text, "{}", self.last_line(paint));
        for sentence in self.left_out() {
            let _ = writeln!(text, "assay: {sentence}");
        }
        text
    }

    fn tell(&self, rule: &Broken<'_>, paint: Paint, text: &mut String) {
        let severity = paint.severity(rule.severity(), name(rule.severity()));
        let title = paint.bold(rule.title());
        let _ = write!(
            text,
            "{severity}: {title} ({}, {})\n  e.g.   {}\n  where  {}\n  mend   {}\n\n",
            rule.rule(),
            rule.times(),
            plain(&rule.first.message),
            self.place(rule.first),
            plain(&rule.first.hint),
        );
    }

    fn last_line(&self, paint: Paint) -> String {
        let (severities, traffic) = (self.severities(), self.traffic());
        if let Some(sentence) = self.nothing_called() {
            return format!("assay: {sentence}");
        }
        if severities.is_empty() {
            return format!("assay: {}: {traffic}, seed {}", paint.good("nothing is wrong"), self.seed);
        }
        let worst = self.findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Note);
        format!("assay: {} in {traffic}, seed {}", paint.severity(worst, &severities), self.seed)
    }
}

impl Paint {
    pub(super) fn severity(self, severity: Severity, text: &str) -> String {
        match severity {
            Severity::Error => self.with("1;31", text),
            Severity::Warning => self.with("1;33", text),
            Severity::Note => self.with("1;36", text),
        }
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    pub(super) fn good(self, text: &str) -> String {
        self.with("32", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
