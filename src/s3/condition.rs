//! Conditional writes: `If-None-Match: *` and `If-Match: ETAG` on PUT, as headers or signed into the query
//! (s3-facts, B17 to B19c).

use std::borrow::Cow;

use super::{RawRequest, Refusal, sigv4::Query};
use crate::files::{CommitError, Condition, EtagForm, S3Key};

const IF_MATCH: &str = "If-Match";
const IF_NONE_MATCH: &str = "If-None-Match";

/// Reads the condition of an upload.
///
/// # Errors
///
/// B18, B19a and B19c: `If-None-Match` takes `*` alone, `If-Match` takes anything else, and only one may come.
pub(super) fn read(
    request: &RawRequest<'_>,
    query: &Query<'_>,
    form: EtagForm,
) -> Result<Condition, Refusal> {
    let value = |name: &str| -> Option<Cow<'_, str>> {
        let header = request.headers.get(name);
        header.map(|value| String::from_utf8_lossy(value.as_bytes())).or_else(|| {
            // A signer that hoists headers into the query may write their names in lower case (U).
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

/// The refusal of an upload that was not stored.
pub(super) fn refusal(error: &CommitError, condition: &Condition, key: S3Key) -> Refusal {
    match error {
        CommitError::Superseded => Refusal::OperationAborted,
        CommitError::Missing => Refusal::NoSuchKey { key },
        CommitError::ConditionFailed => Refusal::PreconditionFailed {
            condition: if *condition == Condition::Vacant { IF_NONE_MATCH } else { IF_MATCH },
        },
    }
}
