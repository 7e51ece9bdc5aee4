//! A browser's preflight that S3 refuses. The page sees a CORS error, and the upload is never sent.

use hyper::header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};

use super::{
    Case,
    words::{header, list, quoted},
};
use crate::{exchange::Violation, s3::Denied};

/// What the page's author sees.
const SEEN: &str = "The browser shows a CORS error and does not send the request itself.";

/// Explains a preflight without `Origin`.
pub(super) fn origin_needed() -> Violation {
    let message = "The OPTIONS request has no `Origin` header, which every browser sends with a preflight. \
                   S3 answers only preflights.";
    Violation::new("s3-cors-preflight", ORIGIN.as_str(), message)
}

/// Explains a preflight without a method.
pub(super) fn method_needed() -> Violation {
    let message = "The preflight does not say which method it asks for: it has no \
                   `Access-Control-Request-Method` header.";
    Violation::new("s3-cors-preflight", ACCESS_CONTROL_REQUEST_METHOD.as_str(), message)
}

/// Explains a bucket without a CORS configuration.
pub(super) fn not_enabled(case: &Case<'_>) -> Violation {
    let message =
        format!("A page of {} asks, and the bucket has no CORS rule (`--cors off`). {SEEN}", origin(case));
    Violation::new("s3-cors-off", ORIGIN.as_str(), message)
}

/// Explains what the bucket's rule does not allow.
pub(super) fn denied(case: &Case<'_>, method: &str, denied: &Denied) -> Violation {
    let (origin, method) = (origin(case), quoted(method));
    match denied {
        Denied::Origin => {
            let message = format!(
                "A page of {origin} asks for {method}, and the bucket's CORS rule does not allow this origin. {SEEN}"
            );
            Violation::new("s3-cors-origin", ORIGIN.as_str(), message)
        }
        Denied::Method => {
            let message = format!(
                "A page of {origin} asks for {method}, and the bucket's CORS rule does not allow this method. {SEEN}"
            );
            Violation::new("s3-cors-method", ACCESS_CONTROL_REQUEST_METHOD.as_str(), message)
        }
        Denied::Headers(names) => {
            let message = format!(
                "A page of {origin} asks to send {}, and the bucket's CORS rule does not allow it. {SEEN}",
                list(names.iter().map(String::as_str))
            );
            Violation::new("s3-cors-headers", "access-control-request-headers", message)
        }
    }
}

fn origin(case: &Case<'_>) -> String {
    quoted(&header(case.refused.request.headers, ORIGIN.as_str()).unwrap_or_default())
}
