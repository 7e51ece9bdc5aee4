//! The report for programs: the model as it is.

use super::Conformance;
use crate::report::json;

impl Conformance {
    /// The report as JSON, with a line end.
    #[must_use]
    pub fn json(&self) -> String {
        json::pretty(self)
    }
}
