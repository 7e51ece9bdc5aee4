//! Where a known server bug may be laid around the two halves of the S3 API, so that they read as if nothing ever
//! went wrong. [`NoHooks`] change nothing.

use jiff::Timestamp;

use super::{Accepted, RawRequest, Refusal, Rejection, S3};
use crate::{exchange::Answer, files::Keep};

/// Stands between the pipeline and [`S3`].
pub trait Hooks: Send + Sync {
    /// What [`S3::begin`] is to come to.
    ///
    /// # Errors
    ///
    /// The [`Refusal`] to answer with.
    fn begin(&self, s3: &S3, request: &RawRequest<'_>, now: Timestamp) -> Result<Accepted, Refusal> {
        s3.begin(request, now)
    }

    /// What is to be kept of an upload, where `keep` is what else would be.
    fn keep(&self, _request: &RawRequest<'_>, keep: Box<dyn Keep>) -> Box<dyn Keep> {
        keep
    }

    /// What a request comes to, where `answer` is what both halves came to.
    ///
    /// # Errors
    ///
    /// The [`Rejection`] to answer with.
    fn end(
        &self,
        _s3: &S3,
        _request: &RawRequest<'_>,
        _now: Timestamp,
        answer: Result<Answer, Rejection>,
    ) -> Result<Answer, Rejection> {
        answer
    }
}

/// Changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoHooks;

impl Hooks for NoHooks {}
