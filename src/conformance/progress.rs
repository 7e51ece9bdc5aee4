//! What happens while a suite runs, for whoever shows it.

use super::Description;
use crate::report::CheckResult;

/// What happens while a suite runs, for whoever shows it.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// A check begins.
    Began(&'a Description),
    /// A check has had so many of its cases.
    Cases {
        /// The check.
        check: &'a Description,
        /// How many are done.
        done: u32,
        /// How many there are to be.
        of: u32,
    },
    /// A case failed and is made smaller.
    Shrinking {
        /// The check.
        check: &'a Description,
        /// How many smaller ones were tried.
        tried: u32,
    },
    /// A check is over.
    Ended(&'a CheckResult),
}
