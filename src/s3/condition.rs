//! Conditional writes: `If-None-Match: *` and `If-Match: ETAG` on PUT, as headers or signed into
//! the query (docs/facts-s3.md#conditional-writes).

use std::borrow::Cow;

use super::{RawRequest, Refusal, sigv4::Query};
use crate::files::{CommitError, Condition, EtagForm, S3Key};

const IF_MATCH: &str = "If-Match";
const IF_NONE_MATCH: &str = "If-None-Match";

/// Reads the condition of an upload.
///
/// # Errors
///
/// `If-None-Match` takes only `*`, `If-Match` takes everything else, and only one of them may be
/// there.
pub(super) fn read(
    request: &RawRequest<'_>,
    query: &Query<'_>,
    form: EtagForm,
) -> Result<Condition, Refusal> {
    let value = |name: &str| -> Option<Cow<'_, str>> {
        let header = request.headers.get(name);
        header.map(|value| String::from_utf8_lossy(value.as_bytes())).or_else(|| {
            // A signer that moves headers into the query may write their names in lower case.
            let param = query.params().iter().find(|param| param.name.eq_ignore_ascii_case(name.as_bytes()));
            param.map(|param| String::from_utf8_lossy(&param.value))
        })
    };
    let unsupported = |headers, additional| Err(Refusal::UnsupportedCondition { headers, additional });
    match (value(IF_MATCH), value(IF_NONE_MATCH)) {
        (None, None) => Ok(Condition::None),
        (Some(_), Some(_)) => unsupported(
            "If-Match,If-None-Match",
            "Multiple conditional request headers present in the request",
        ),
        (None, Some(value)) if value.trim() == "*" => Ok(Condition::Vacant),
        (None, Some(_)) => unsupported(
            IF_NONE_MATCH,
            "We don't accept the provided value of If-None-Match header for this API",
        ),
        (Some(value), None) if value.trim() == "*" => {
            unsupported(IF_MATCH, "We don't accept the provided value of If-Match header for this API")
        }
        (Some(etag), None) => Ok(Condition::Holds(etag.trim().trim_matches('"').to_owned(), form)),
    }
}

/// Returns the refusal of an upload that was not stored.
pub(super) fn refusal(error: &CommitError, condition: &Condition, key: S3Key) -> Refusal {
    match error {
        CommitError::Superseded => Refusal::OperationAborted,
        CommitError::Missing => Refusal::NoSuchKey { key },
        CommitError::ConditionFailed => Refusal::PreconditionFailed {
            condition: if *condition == Condition::Vacant { IF_NONE_MATCH } else { IF_MATCH },
        },
    }
}
