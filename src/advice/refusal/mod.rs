//! Why S3 refused a request, in the terms of whoever wrote the client: what differs from the URL that was
//! issued, and what the body is instead of the file.

use crate::{
    advice::Entry,
    exchange::Violation,
    files::{Blob, Md5Digest},
    s3::{RawRequest, Refusal},
};

/// A request that S3 refused.
#[derive(Debug)]
pub struct Refused<'a> {
    /// Its head, raw.
    pub request: RawRequest<'a>,
    /// Why.
    pub refusal: &'a Refusal,
    /// Its body, where it came whole.
    pub body: Option<&'a Blob>,
}

/// What there is to say of it. `entry` is the URL that the request most likely means, `of_content` finds the one
/// that was asked for with an MD5. May block, where the body is on disk.
pub(super) fn explain(
    _refused: &Refused<'_>,
    _entry: Option<&Entry>,
    _of_content: impl Fn(Md5Digest) -> Option<Entry>,
) -> Vec<Violation> {
    Vec::new()
}
