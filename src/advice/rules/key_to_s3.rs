//! The API key sent to S3, which knows the signature in the URL and nothing of the key: a client whose every
//! request gets `Authorization`. S3 refuses it; here is told that a secret went where it does not belong.

use hyper::header::{AUTHORIZATION, HeaderValue};

use super::{Operations, Rule, Seen};
use crate::exchange::{Operation, Violation};

/// Looks for the key on S3's side.
pub(super) struct KeyToS3;

impl Rule for KeyToS3 {
    fn operations(&self) -> Operations {
        Operations::S3S
    }

    fn look(&mut self, seen: &Seen<'_>, found: &mut Vec<Violation>) {
        let is_of_file = matches!(seen.draft.operation, Operation::Put | Operation::Get | Operation::Head);
        let value = seen.draft.request.headers.get(AUTHORIZATION);
        if (is_of_file || seen.used.is_some()) && value.is_some_and(is_a_key) {
            let message = "S3 was sent the API key, in `Authorization`: the presigned URL needs none.";
            found.push(Violation::new("key-to-s3", "authorization", message));
        }
    }
}

/// Whether this can be an API key: a bearer token, or a word alone. Other schemes, S3's own among them, carry
/// something else.
fn is_a_key(value: &HeaderValue) -> bool {
    let value = value.as_bytes().trim_ascii();
    let scheme = value.split(u8::is_ascii_whitespace).next().unwrap_or_default();
    let is_alone = scheme.len() == value.len() && !value.is_empty();
    is_alone || scheme.eq_ignore_ascii_case(b"bearer")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advice::rules::testing::{Bench, draft, with};

    #[test]
    fn a_bearer_token_on_s3s_side_is_told_and_never_shown() {
        let mut bench = Bench::of(KeyToS3);
        for value in ["Bearer alice-key", "bearer alice-key", "alice-key"] {
            let found = bench.see(&with(draft(Operation::Put, 400), &[("authorization", value)]));
            assert_eq!((found.len(), found[0].pointer.as_str()), (1, "authorization"), "{value}");
            assert!(!found[0].message.contains("alice-key"));
        }
    }

    #[test]
    fn a_request_of_another_method_with_the_url_is_one_of_s3s() {
        let mut bench = Bench::of(KeyToS3);
        let url = bench.presign("a.txt", b"a");
        let mut post = with(draft(Operation::Unknown, 400), &[("authorization", "Bearer k")]);
        assert_eq!(bench.see(&post).len(), 0);
        post.target = bench.target(url);
        assert_eq!(bench.see(&post).len(), 1);
    }

    #[test]
    fn a_key_on_alloys_side_and_other_schemes_are_fine() {
        let mut bench = Bench::of(KeyToS3);
        assert_eq!(bench.see(&with(draft(Operation::List, 200), &[("authorization", "Bearer k")])).len(), 0);
        for value in ["AWS4-HMAC-SHA256 Credential=x", "Basic eDp5"] {
            assert_eq!(bench.see(&with(draft(Operation::Put, 400), &[("authorization", value)])).len(), 0);
        }
    }
}
