//! An exchange as the journal keeps it: everything that has a length in one allocation of its own. Headers
//! and bodies come as slices of the buffers that hyper reads into, and one small slice would keep all of a
//! buffer; of ten thousand exchanges, that was some 80 MB. [`super::entry`] packs once and unpacks to show.

use std::time::Duration;

use hyper::{Method, StatusCode};
use jiff::Timestamp;

use super::entry::{Draft, Half, MAX_BODY};
use crate::{
    exchange::{Operation, Violation},
    files::UserId,
};

/// An exchange, packed.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) at: Timestamp,
    pub(super) operation: Operation,
    pub(super) user: Option<UserId>,
    pub(super) method: Method,
    pub(super) status: Option<StatusCode>,
    pub(super) duration: Duration,
    pub(super) fault: Option<String>,
    pub(super) violations: Vec<Violation>,
    request: Shape,
    response: Shape,
    /// The target, and then of each half its headers and its body, each behind its length.
    texts: Box<[u8]>,
}

/// What a half has in the texts.
#[derive(Clone, Copy, Debug)]
struct Shape {
    headers: usize,
    has_body: bool,
    bytes: u64,
}

/// The texts of an exchange, unpacked.
pub(super) struct View<'a> {
    pub(super) target: &'a str,
    pub(super) request: HalfView<'a>,
    pub(super) response: HalfView<'a>,
}

/// Those of a request or an answer.
pub(super) struct HalfView<'a> {
    pub(super) headers: Vec<(&'a str, &'a [u8])>,
    pub(super) bytes: u64,
    /// At most [`MAX_BODY`] of it.
    pub(super) body: Option<&'a [u8]>,
}

impl From<Draft> for Packed {
    fn from(draft: Draft) -> Self {
        let size = draft.target.len() + draft.request.packed_size() + draft.response.packed_size();
        let mut texts = Vec::with_capacity(size + LENGTH);
        push(&mut texts, draft.target.as_bytes());
        let request = draft.request.pack(&mut texts);
        let response = draft.response.pack(&mut texts);
        Self {
            at: draft.at,
            operation: draft.operation,
            user: draft.user,
            method: draft.method,
            status: draft.status,
            duration: draft.duration,
            fault: draft.fault,
            violations: draft.violations,
            request,
            response,
            texts: texts.into_boxed_slice(),
        }
    }
}

impl Packed {
    /// Roughly how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        512 + self.texts.len() + self.violations.iter().map(size_of_violation).sum::<usize>()
    }

    /// The texts as they came.
    pub(super) fn view(&self) -> View<'_> {
        let mut texts = Texts(&self.texts);
        let target = texts.text();
        let request = texts.half(self.request);
        let response = texts.half(self.response);
        View { target, request, response }
    }
}

/// Roughly how many bytes a violation takes.
pub(super) fn size_of_violation(violation: &Violation) -> usize {
    let spec = violation.spec.as_ref().map_or(0, String::len);
    256 + violation.message.len() + violation.pointer.len() + spec
}

impl Half {
    /// The body as it is kept: cut.
    fn kept_body(&self) -> Option<&[u8]> {
        self.body.as_ref().map(|body| &body[..body.len().min(MAX_BODY)])
    }

    fn packed_size(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 2 * LENGTH);
        headers.sum::<usize>() + self.kept_body().map_or(0, |body| body.len() + LENGTH)
    }

    fn pack(&self, texts: &mut Vec<u8>) -> Shape {
        for (name, value) in &self.headers {
            push(texts, name.as_str().as_bytes());
            push(texts, value.as_bytes());
        }
        let body = self.kept_body();
        body.into_iter().for_each(|body| push(texts, body));
        Shape { headers: self.headers.len(), has_body: body.is_some(), bytes: self.bytes }
    }
}

/// How many bytes a length takes.
const LENGTH: usize = size_of::<u32>();

/// Adds a text behind its length. Heads are bounded by `http`, bodies by [`MAX_BODY`]: it fits.
fn push(texts: &mut Vec<u8>, text: &[u8]) {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    texts.extend_from_slice(&length.to_le_bytes());
    texts.extend_from_slice(&text[..length as usize]);
}

/// What is left to unpack.
struct Texts<'a>(&'a [u8]);

impl<'a> Texts<'a> {
    fn next(&mut self) -> &'a [u8] {
        let Some((length, rest)) = self.0.split_first_chunk::<LENGTH>() else { return &[] };
        let (text, rest) = rest.split_at(u32::from_le_bytes(*length) as usize);
        self.0 = rest;
        text
    }

    /// The next one, which was text when it was packed.
    fn text(&mut self) -> &'a str {
        std::str::from_utf8(self.next()).unwrap_or_default()
    }

    fn half(&mut self, shape: Shape) -> HalfView<'a> {
        let headers = (0..shape.headers).map(|_| (self.text(), self.next())).collect();
        HalfView { headers, bytes: shape.bytes, body: shape.has_body.then(|| self.next()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_what_is_unpacked() {
        let mut draft = Draft::of(Operation::Presign);
        draft.target = "/a?b=ä".to_owned();
        draft.request.headers.append("x-one", "1".parse().unwrap());
        draft.request.headers.append("x-one", "".parse().unwrap());
        draft.request.bytes = 7;
        draft.response.headers.append("x-two", hyper::header::HeaderValue::from_bytes(b"\xff").unwrap());
        draft.response.body = Some("body".into());
        let packed = Packed::from(draft);
        let view = packed.view();
        assert_eq!(view.target, "/a?b=ä");
        assert_eq!(view.request.headers, [("x-one", &b"1"[..]), ("x-one", b"")]);
        assert_eq!((view.request.bytes, view.request.body), (7, None));
        assert_eq!(view.response.headers, [("x-two", &b"\xff"[..])]);
        assert_eq!(view.response.body, Some(&b"body"[..]));
    }
}
