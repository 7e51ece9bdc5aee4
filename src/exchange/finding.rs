//! Violations, as checks find them, and findings, as they are reported.

use serde::Serialize;

use super::{Masker, Operation, Rule};
use crate::text::cut;

/// One broken rule in one message, as the check that saw it describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The id of the rule that is broken.
    pub rule: &'static str,
    /// Place: a JSON Pointer into the body (empty for all of it), or the name of a header or
    /// parameter.
    pub pointer: String,
    /// Description of the mistake, as a full sentence.
    pub message: String,
    /// The place in the OpenAPI document that says so, as a JSON Pointer; `None` for rules from elsewhere.
    pub spec: Option<String>,
}

/// Longest message and pointer, in bytes: both may quote the client.
const LONGEST: usize = 512;

impl Violation {
    /// Creates a violation of a rule that is not from the document. Long messages and pointers are cut.
    pub fn new(rule: &'static str, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        let (mut pointer, mut message) = (pointer.into(), message.into());
        cut(&mut pointer, LONGEST);
        cut(&mut message, LONGEST);
        Self { rule, pointer, message, spec: None }
    }
}

/// Severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// May well be meant.
    Note,
    /// Goes against the guide's advice.
    Warning,
    /// Breaks the contract, or was refused by S3.
    Error,
}

/// One thing that is wrong in one exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Counts up from 1 since the start or the last reset.
    pub id: u64,
    /// The id of the rule that is broken.
    pub rule: &'static str,
    /// Severity.
    pub severity: Severity,
    /// The id of the exchange it was found in.
    pub exchange: u64,
    /// Operation of the exchange.
    pub operation: Operation,
    /// Description, as a full sentence.
    pub message: String,
    /// How to fix it.
    pub hint: String,
    /// The place in the body (JSON Pointer) or the header's name.
    pub pointer: String,
    /// The place in the OpenAPI document, where the rule comes from it.
    pub spec: Option<String>,
    /// The sentence of the document, the guide or S3's documentation behind the rule.
    pub source: String,
    /// Whether a test said that it is meant: it fails nothing. Left out of JSON where it is not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub expected: bool,
    /// The test that its user belongs to, where one was named. Left out of JSON where none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

impl Finding {
    /// Makes the finding of a violation in an exchange for this operation. Ids follow when the
    /// exchange is recorded.
    pub fn of(violation: Violation, operation: Operation) -> Self {
        let rule = Rule::find(violation.rule);
        debug_assert!(rule.is_some(), "{}", violation.rule);
        Self {
            id: 0,
            rule: violation.rule,
            severity: rule.map_or(Severity::Error, |rule| rule.severity),
            exchange: 0,
            operation,
            message: violation.message,
            hint: rule.map_or("", |rule| rule.hint).to_owned(),
            pointer: violation.pointer,
            spec: violation.spec,
            source: rule.map_or("", |rule| rule.source).to_owned(),
            expected: false,
            label: None,
        }
    }

    /// Returns the finding, masked.
    #[must_use]
    pub fn masked(&self, masker: &Masker) -> Self {
        Self {
            message: masker.text(&self.message).into_owned(),
            pointer: masker.text(&self.pointer).into_owned(),
            ..self.clone()
        }
    }

    /// Roughly how many bytes of memory it takes.
    pub fn size(&self) -> usize {
        let spec = self.spec.as_ref().map_or(0, String::len);
        256 + self.message.len() + self.hint.len() + self.pointer.len() + spec + self.source.len()
    }
}
