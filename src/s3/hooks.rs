//! Hooks with which known server bugs wrap the S3 API. Its handlers do not know them.

use jiff::Timestamp;

use super::{Accepted, RawRequest, Refusal, Rejection, S3};
use crate::{exchange::Answer, files::Keep};

/// Wraps the two halves of [`S3`].
pub trait Hooks: Send + Sync {
    /// Wraps [`S3::begin`].
    ///
    /// # Errors
    ///
    /// The [`Refusal`] to answer with.
    fn begin(&self, s3: &S3, request: &RawRequest<'_>, now: Timestamp) -> Result<Accepted, Refusal> {
        s3.begin(request, now)
    }

    /// Wraps the policy for the stored bytes of an upload.
    fn keep(&self, _request: &RawRequest<'_>, keep: Box<dyn Keep>) -> Box<dyn Keep> {
        keep
    }

    /// Replaces the outcome of a request.
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
