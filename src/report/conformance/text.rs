//! The report for people: what was skipped and why, what is known to fail, each failure with the smallest case that
//! shows it and with the command that runs it again, and the totals.

use std::fmt::Write;

use super::{CheckResult, Conformance, Status};
use crate::{
    exchange::Severity,
    report::{text::Paint, words::took},
};

impl Conformance {
    /// The report as text for a terminal or a log, in colours or without. With `strict`, advice is taken for a must.
    #[must_use]
    pub fn text(&self, colour: bool, strict: bool) -> String {
        let paint = Paint(colour);
        let mut text = String::new();
        let (long, short): (Vec<_>, Vec<_>) =
            self.checks.iter().filter(|check| check.is_told()).partition(|check| check.has_story());
        for check in &short {
            // Writing into memory cannot fail.
            let _ = writeln!(text, "{}: {}", check.head(paint, strict), check.why());
        }
        if !short.is_empty() && !long.is_empty() {
            text.push('\n');
        }
        for check in long {
            check.tell(paint, strict, &mut text);
        }
        for sentence in self.stale() {
            let _ = writeln!(text, "{}: {sentence}", paint.severity(Severity::Error, "known failures"));
        }
        let _ = writeln!(text, "{}", self.last_line(paint, strict));
        if let Some(sentence) = self.excuse(strict) {
            let _ = writeln!(text, "assay: {sentence}");
        }
        text
    }

    fn last_line(&self, paint: Paint, strict: bool) -> String {
        let worst = self.checks.iter().filter_map(|check| check.severity(strict)).max();
        let worst = if self.fails(strict) { Some(Severity::Error) } else { worst };
        let totals = self.totals();
        let totals = worst.map_or_else(|| paint.good(&totals), |worst| paint.severity(worst, &totals));
        format!("assay: {totals} in {}, seed {}{}", took(self.took), self.seed, self.waiting())
    }
}

impl CheckResult {
    /// Whether it is worth a word: all but what passed, and was to.
    fn is_told(&self) -> bool {
        self.status != Status::Passed || self.is_known
    }

    fn head(&self, paint: Paint, strict: bool) -> String {
        let severity = self.severity(strict).unwrap_or(Severity::Note);
        format!("{} {} ({})", paint.severity(severity, self.verdict()), self.id, self.level.name())
    }

    fn tell(&self, paint: Paint, strict: bool, text: &mut String) {
        let _ = writeln!(text, "{}: {}", self.head(paint, strict), paint.bold(self.title));
        part("saw", [self.why()], text);
        part("source", [self.source.to_owned()], text);
        part("case", self.story(), text);
        part("curl", self.commands(), text);
        part("client", self.printed(), text);
        part("mend", self.advice.map(str::to_owned), text);
        part("again", self.again(), text);
        text.push('\n');
    }
}

/// Some lines with the word for them in the margin.
fn part(word: &str, lines: impl IntoIterator<Item = String>, text: &mut String) {
    let mut margin = word;
    for line in lines.into_iter().filter(|line| !line.is_empty()) {
        let _ = writeln!(text, "  {margin:<6}  {line}");
        margin = "";
    }
}
