//! Results, told to people and to tools: one model, one file a format. `assay run`, the control side and the
//! library make a [`Run`] and show it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::exchange::{Finding, Operation};

/// What a run came to.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// The version of this program.
    pub version: &'static str,
    /// The seed that repeats the run.
    pub seed: u64,
    /// When it began, in real time.
    pub started: Timestamp,
    /// How many exchanges there were.
    pub exchanges: u64,
    /// How many of each operation; those that did not happen are left out.
    pub operations: BTreeMap<Operation, u64>,
    /// What is wrong, oldest first.
    pub findings: Vec<Finding>,
}
