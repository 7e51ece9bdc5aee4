//! Errors that faults make, in the form of S3's own.

use std::time::Duration;

use hyper::{Method, StatusCode};

use super::{answer, xml};
use crate::exchange::{Answer, Rng, S3Code};

/// An error to answer with. Where parts are missing, the status is the code's, the code is the
/// usual one for the status, and the message is the code's; with neither code nor status it is
/// `InternalError`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failure<'a> {
    /// HTTP status.
    pub status: Option<StatusCode>,
    /// `Code`. It need not be one of S3's.
    pub code: Option<&'a str>,
    /// `Message`.
    pub message: Option<&'a str>,
    /// `Retry-After`, in whole seconds, rounded up. S3 itself never sends it.
    pub retry_after: Option<Duration>,
}

impl Failure<'_> {
    /// Returns the answer to a request with `method`.
    pub(super) fn answer(&self, rng: &Rng, method: &Method) -> Answer {
        let named = self.code.and_then(S3Code::find);
        let status = self.status.or(named.map(S3Code::status)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let usual = named.unwrap_or_else(|| usual(status));
        let code = self.code.unwrap_or(usual.name());
        let message = self.message.unwrap_or(usual.message());
        let document = |ids: &answer::Ids| xml::document(code, message, Vec::new(), ids);
        answer::error(rng, method, status, document).retry_after(self.retry_after)
    }
}

/// Returns the usual code for a status, also where S3 never sends that status.
fn usual(status: StatusCode) -> S3Code {
    S3Code::of_status(status).unwrap_or(match status.as_u16() {
        300..400 => S3Code::Redirect,
        400..500 => S3Code::InvalidRequest,
        _ => S3Code::InternalError,
    })
}
