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

/// Whether this can be an API key: a bearer token, or a single word. Other schemes carry something
/// else.
fn is_a_key(value: &str) -> bool {
    let value = value.trim();
    let scheme = value.split_ascii_whitespace().next().unwrap_or_default();
    let is_alone = scheme.len() == value.len() && !value.is_empty();
    is_alone || scheme.eq_ignore_ascii_case("bearer")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        exchange::UsedUrl,
        findings::rules::testing::{exchange, look_at, with},
    };

    fn found(operation: Operation, key: &str, used: Option<UsedUrl>) -> Vec<Violation> {
        look_at(&Exchange { used, ..with(exchange(operation, 400), &[("authorization", key)]) })
    }

    #[test]
    fn a_bearer_token_on_s3s_side_is_told_and_never_shown() {
        for value in ["Bearer alice-key", "bearer alice-key", "alice-key"] {
            let found = found(Operation::Put, value, None);
            assert_eq!((found.len(), found[0].pointer.as_str()), (1, "authorization"), "{value}");
            assert!(!found[0].message.contains("alice-key"));
        }
    }

    #[test]
    fn a_request_of_another_method_with_the_url_is_one_of_s3s() {
        let url = UsedUrl { presign: 1, last_presign: 1 };
        assert_eq!(found(Operation::Unknown, "Bearer k", None).len(), 0);
        assert_eq!(found(Operation::Unknown, "Bearer k", Some(url)).len(), 1);
    }

    #[test]
    fn a_key_on_alloys_side_and_other_schemes_are_fine() {
        assert_eq!(found(Operation::List, "Bearer k", None).len(), 0);
        for value in ["AWS4-HMAC-SHA256 Credential=x", "Basic eDp5"] {
            assert_eq!(found(Operation::Put, value, None).len(), 0);
        }
    }
}
