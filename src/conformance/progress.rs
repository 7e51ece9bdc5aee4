//! The progress of a suite.

use super::Description;
use crate::report::CheckResult;

/// Progress of a suite.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// A check began.
    Began(&'a Description),
    /// A check has run some of its cases.
    Cases {
        /// The check.
        check: &'a Description,
        /// Cases that were run.
        done: u32,
        /// All cases.
        of: u32,
    },
    /// A case failed and is being shrunk.
    Shrinking {
        /// The check.
        check: &'a Description,
        /// Smaller cases that were tried.
        tried: u32,
    },
    /// A check ended.
    Ended(&'a CheckResult),
}
