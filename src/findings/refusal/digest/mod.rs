//! Explains a body whose MD5 differs from `Content-MD5`. Most explanations are proven: one change is undone, and the
//! result has the announced MD5.

mod announced;
mod compared;
mod printed;
mod rewritten;
mod sample;
mod signs;
mod text;
mod wrapped;

use std::sync::Arc;

use md5::{Digest, Md5};

use super::{
    Case,
    words::{count, quoted},
};
use crate::{
    exchange::Violation,
    files::{Md5Digest, Object},
    findings::Entry,
};
use sample::Sample;

/// Explanation of a body.
#[derive(Debug, PartialEq, Eq)]
struct Explanation {
    rule: &'static str,
    /// The explanation, as a sentence.
    what: String,
}

impl Explanation {
    fn new(rule: &'static str, what: impl Into<String>) -> Self {
        Self { rule, what: what.into() }
    }
}

/// Announced digest, which candidates are compared with.
struct Wanted(Md5Digest);

impl Wanted {
    fn is(&self, bytes: &[u8]) -> bool {
        of(bytes) == self.0
    }
}

/// Returns the MD5 of these bytes.
fn of(bytes: &[u8]) -> Md5Digest {
    finish(Md5::new_with_prefix(bytes))
}

fn finish(hash: Md5) -> Md5Digest {
    let digest: [u8; 16] = hash.finalize().into();
    digest.into()
}

/// Explains a body whose digest differs from the announced one. Blocks.
pub(super) fn explain(
    case: &Case<'_>,
    expected: Md5Digest,
    calculated: Md5Digest,
    of_content: impl Fn(Md5Digest) -> Option<Entry>,
    stored: impl Fn(Md5Digest) -> Option<Arc<Object>>,
) -> Violation {
    let sample = Sample::at(case);
    let explanation = explanation(case, &sample, expected, calculated, of_content, stored);
    let message = format!(
        "{} The body has {} with the MD5 `{}`, and `Content-MD5` announces `{}`.",
        explanation.what,
        count(sample.size, "byte"),
        calculated.to_base64(),
        expected.to_base64()
    );
    Violation::new(explanation.rule, "body", message)
}

fn explanation(
    case: &Case<'_>,
    sample: &Sample,
    expected: Md5Digest,
    calculated: Md5Digest,
    of_content: impl Fn(Md5Digest) -> Option<Entry>,
    stored: impl Fn(Md5Digest) -> Option<Arc<Object>>,
) -> Explanation {
    if sample.size == 0 {
        let what = "The body is empty. A stream that was read before, to hash it or for an earlier attempt, has \
                    nothing left.";
        return Explanation::new("s3-body-empty", what);
    }
    if let Some(other) = of_content(calculated) {
        let what =
            format!("The body is another file: {}, which needs its own URL.", quoted(&other.issued.filename));
        return Explanation::new("s3-body-other-file", what);
    }
    proven(case, sample, expected)
        .or_else(|| signs::instead_of_content(case, sample))
        .or_else(|| Some(compared::with_known(sample, &stored(expected)?.blob)))
        .or_else(|| signs::read(case, sample))
        .unwrap_or_else(|| Explanation::new("s3-body-other", compared::with_nothing(case, sample)))
}

/// Returns the proven explanation of a complete body.
fn proven(case: &Case<'_>, sample: &Sample, expected: Md5Digest) -> Option<Explanation> {
    let body = sample.whole()?;
    let wanted = &Wanted(expected);
    compared::cut_by_length(case, body, wanted)
        .or_else(|| wrapped::prove(case, body, wanted))
        .or_else(|| printed::prove(body, wanted))
        .or_else(|| text::prove(body, wanted))
        .or_else(|| rewritten::prove(body, wanted))
        .or_else(|| announced::prove(case, body, wanted))
}

/// Returns the proven explanation of an incomplete body: a change lost the rest.
pub(super) fn of_partial(case: &Case<'_>, expected: Md5Digest) -> Option<(Option<&'static str>, String)> {
    let sample = Sample::at(case);
    let body = sample.whole().filter(|body| !body.is_empty())?;
    let wanted = Wanted(expected);
    if wanted.is(body) {
        return Some((None, "All of the file arrived, but `Content-Length` is too large.".to_owned()));
    }
    let explanation = text::prove(body, &wanted)?;
    Some((Some(explanation.rule), explanation.what))
}

/// Names what else has as many bytes as were announced for an incomplete body.
pub(super) fn same_length(case: &Case<'_>, announced: u64) -> Option<&'static str> {
    let sample = Sample::at(case);
    compared::same_length(sample.whole()?, announced)
}

#[cfg(test)]
mod tests;
