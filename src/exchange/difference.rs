//! Differences between a server and the document or the emulator.

use serde::Serialize;
use serde_json::Value;

use super::{Masker, Operation};
use crate::text::cut;

/// The longest message, and the longest pointer, in bytes.
const LONGEST: usize = 512;

/// In which way a server differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It accepts a request that breaks the contract.
    Looser,
    /// It refuses a request that keeps the contract.
    Stricter,
    /// Its answer is not as the document describes it.
    Answer,
    /// S3 answers otherwise than the emulator's table for the same cause.
    S3,
    /// The answer contradicts earlier ones.
    Behaviour,
    /// It gave no answer that could be passed on.
    NoAnswer,
}

impl Verdict {
    /// Returns the name in reports and baselines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Looser => "looser",
            Self::Stricter => "stricter",
            Self::Answer => "answer",
            Self::S3 => "s3",
            Self::Behaviour => "behaviour",
            Self::NoAnswer => "no-answer",
        }
    }

    /// Returns the title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Looser => "Server accepts a request that breaks the document",
            Self::Stricter => "Server refuses a request that keeps the document",
            Self::Answer => "Answer is not in the document",
            Self::S3 => "S3 answers otherwise than the emulator",
            Self::Behaviour => "Server contradicts its earlier answers",
            Self::NoAnswer => "Server gives no valid answer",
        }
    }
}

/// One difference in one exchange.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// In which way the server differs.
    pub verdict: Verdict,
    /// The status of its answer.
    pub status: Option<u16>,
    /// Kind of difference, as a word: `property`, `required`, `BadDigest`.
    pub what: String,
    /// The place in the message: a JSON Pointer with `*` for the items of lists, or a header's name.
    pub pointer: String,
    /// Description, as a full sentence.
    pub message: String,
    /// The place in the OpenAPI document, as a JSON Pointer.
    pub spec: Option<String>,
    /// The undocumented value, or null.
    pub seen: Value,
}

impl Difference {
    /// Creates a difference without a place in the document. Long messages and pointers are cut.
    pub fn new(verdict: Verdict, what: &str, pointer: &str, message: impl Into<String>) -> Self {
        let (mut pointer, mut message) = (generic(pointer), message.into());
        cut(&mut pointer, LONGEST);
        cut(&mut message, LONGEST);
        let what = what.to_owned();
        Self { verdict, status: None, what, pointer, message, spec: None, seen: Value::Null }
    }

    /// Returns what makes it the same difference in another run.
    pub fn id(&self, operation: Operation) -> String {
        let mut id = format!("{} {operation}", self.verdict.name());
        if let Some(status) = self.status {
            id.extend([" ", &status.to_string()]);
        }
        for part in [&self.what, &self.pointer] {
            if !part.is_empty() {
                id.extend([" ", part]);
            }
        }
        id
    }

    /// Returns it as it may be shown.
    pub fn masked(&self, masker: &Masker) -> Self {
        Self {
            message: masker.text(&self.message).into_owned(),
            pointer: masker.text(&self.pointer).into_owned(),
            // Only its form is shown.
            ..self.clone()
        }
    }
}

/// Puts `*` in the place of a list's indexes.
fn generic(pointer: &str) -> String {
    if !pointer.starts_with('/') {
        return pointer.to_owned();
    }
    let is_index = |segment: &str| !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
    let segments = pointer.split('/').map(|segment| if is_index(segment) { "*" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_same_for_every_item_of_a_list() {
        let [one, other] = ["/files/0/size", "/files/17/size"].map(|pointer| {
            let difference = Difference::new(Verdict::Answer, "type", pointer, "It must be an integer.");
            Difference { status: Some(200), ..difference }.id(Operation::List)
        });
        assert_eq!((one.as_str(), &one), ("answer list 200 type /files/*/size", &other));
    }
}
