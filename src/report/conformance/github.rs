//! Annotations for GitHub: one for each check that failed, and for a list of known failures that is out of date.

use super::Conformance;
use crate::{exchange::Severity, report::github::annotation};

impl Conformance {
    /// The annotations, a line each. With `strict`, advice is taken for a must.
    #[must_use]
    pub fn annotations(&self, strict: bool) -> String {
        let failed = self.checks.iter().filter_map(|check| Some((check.severity(strict)?, check)));
        let failed = failed.map(|(severity, check)| {
            let mut lines = vec![check.why(), format!("Check: {} ({})", check.id, check.verdict())];
            lines.extend(check.again().map(|command| format!("Again: {command}")));
            annotation(severity, check.title, &lines.join("\n"))
        });
        let stale = self
            .stale()
            .map(|sentence| annotation(Severity::Error, "A known failure is listed that is none", &sentence));
        failed.chain(stale).collect()
    }
}
