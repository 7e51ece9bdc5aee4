//! The report for programs: the model as it is.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::Run;

impl Run {
    /// The report as JSON, with a line end.
    #[must_use]
    pub fn json(&self) -> String {
        pretty(self)
    }
}

/// A model as people can read it, too, with a line end.
pub(super) fn pretty(model: &impl Serialize) -> String {
    // Serialising our own structs into memory cannot fail.
    let mut text = serde_json::to_string_pretty(model).unwrap_or_default();
    text.push('\n');
    text
}

/// RFC 3339, as in the journal.
pub(super) fn time<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{time:.3}"))
}
