//! The API key sent to S3, by a client that adds `Authorization` to every request. S3 refuses the
//! request; this rule reports that a secret was sent to the wrong server.

use crate::exchange::{Exchange, Operation, Violation};

/// Looks for the key in a request to the S3 API.
pub(super) fn look(exchange: &Exchange) -> Option<Violation> {
    let is_of_file = matches!(exchange.operation, Operation::Put | Operation::Get | Operation::Head);
    let is_sent =
        (is_of_file || exchange.used.is_some()) && is_a_key(exchange.request.headers.get("authorization")?);
    let message = "S3 was sent the API key, in `Authorization`: the presigned URL needs none.";
    is_sent.then(|| Violation::new("key-to-s3", "authorization", message))
}

/// Returns whether this can be an API key: a bearer token, or a single word. Other schemes carry something
/// else.
fn is_a_key(value: &str) -> bool {
    let value = value.trim();
    let scheme = value.split_ascii_whitespace().next().unwrap_or_default();
    let is_alone = scheme.len() == value.len() && !value.is_empty();
    is_alone || scheme.eq_ignore_ascii_case("bearer")
}
