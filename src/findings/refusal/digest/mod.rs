//! A body that is not what `Content-MD5` announces (B3): what it is instead, as far as it can be told. What is
//! said is proven by MD5 where it can be: something is undone, and what comes out has the announced digest.

mod announced;
mod look;
mod signs;
mod text;
mod wrapped;

use hyper::header::CONTENT_LENGTH;
use md5::{Digest, Md5};

use super::{
    Case,
    words::{count, header, quoted},
};
use crate::{exchange::Violation, files::Md5Digest, findings::Entry};
use look::Looked;

/// What a body turns out to be.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    rule: &'static str,
    /// What it is, as a sentence.
    what: String,
}

impl Told {
    fn new(rule: &'static str, what: impl Into<String>) -> Self {
        Self { rule, what: what.into() }
    }
}

/// What is asked of a body: whether something has the digest that was announced.
struct Wanted(Md5Digest);

impl Wanted {
    fn is(&self, bytes: &[u8]) -> bool {
        of(bytes) == self.0
    }
}

/// The MD5 of these bytes.
fn of(bytes: &[u8]) -> Md5Digest {
    let digest: [u8; 16] = Md5::digest(bytes).into();
    digest.into()
}

/// What the body is, beside what was announced. Blocks, and takes its time.
pub(super) fn explain(
    case: &Case<'_>,
    expected: Md5Digest,
    calculated: Md5Digest,
    of_content: impl Fn(Md5Digest) -> Option<Entry>,
) -> Violation {
    let looked = Looked::at(case);
    let told = told(case, &looked, expected, calculated, of_content);
    let message = format!(
        "{} The body has {} with the MD5 `{}`, and `Content-MD5` announces `{}`.",
        told.what,
        count(looked.size, "byte"),
        calculated.to_base64(),
        expected.to_base64()
    );
    Violation::new(told.rule, "body", message)
}

fn told(
    case: &Case<'_>,
    looked: &Looked,
    expected: Md5Digest,
    calculated: Md5Digest,
    of_content: impl Fn(Md5Digest) -> Option<Entry>,
) -> Told {
    if looked.size == 0 {
        let what = "The body is empty. A stream that was read before, to hash it perhaps, has nothing left.";
        return Told::new("s3-body-empty", what);
    }
    if let Some(other) = of_content(calculated) {
        let what = format!(
            "The body is another file: {}, which has a URL of its own.",
            quoted(&other.issued.filename)
        );
        return Told::new("s3-body-other-file", what);
    }
    let proven = || {
        // Of a body that was not looked at to its end nothing can be proven.
        let body = looked.whole()?;
        let wanted = Wanted(expected);
        wrapped::prove(case, body, &wanted)
            .or_else(|| text::prove(body, &wanted))
            .or_else(|| announced::prove(case, body, &wanted))
    };
    proven()
        .or_else(|| signs::read(case, looked))
        .unwrap_or_else(|| Told::new("s3-body-other", other(case, looked)))
}

/// What there is to say of a body of which nothing else is known.
fn other(case: &Case<'_>, looked: &Looked) -> String {
    let announced = header(case.refused.request.headers, CONTENT_LENGTH.as_str()).unwrap_or_default();
    let more = if case.entry.is_some_and(|entry| entry.uploads > 0) {
        " A file was uploaded with this URL before: a PUT replaces it, and does not append to it.".to_owned()
    } else if announced.parse() == Ok(looked.size) {
        format!(
            " S3 read as many bytes as `Content-Length` says, {announced}: of a file with more, only so many."
        )
    } else {
        String::new()
    };
    format!(
        "The bytes of the body are not those that were announced: the file has changed since it was hashed, or \
         something on the way has changed, cut or encoded them anew.{more}"
    )
}

#[cfg(test)]
mod tests;
