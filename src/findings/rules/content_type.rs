//! A `Content-Type` that differs from the announced `mimeType`. If the URL does not sign it, S3
//! stores whatever comes; the guide's sample sends the announced one.
//!
//! Only the types are compared, whatever their case: libraries add parameters such as `charset` by
//! themselves.

use super::{ExchangeContext, Rule, quote};
use crate::exchange::Violation;

/// Compares the type of an upload with the announced one.
pub(super) struct ContentType;

/// S3's type of an upload without one, and its usual synonym.
const BYTES: [&str; 2] = ["binary/octet-stream", "application/octet-stream"];

impl Rule for ContentType {
    fn look(&mut self, context: &ExchangeContext<'_>, found: &mut Vec<Violation>) {
        let Some(entry) = context.uploaded() else { return };
        let announced = essence(&entry.issued.mime_type);
        let sent =
            context.exchange.request.headers.get("content-type").map(essence).filter(|sent| !sent.is_empty());
        let is_announced = |kind: &str| announced.eq_ignore_ascii_case(kind);
        let what = match sent {
            _ if announced.is_empty() => return,
            Some(sent) if is_announced(sent) => return,
            None if BYTES.into_iter().any(is_announced) => return,
            Some(sent) => format!("uploaded as `{}`", quote(sent)),
            None => "uploaded without `Content-Type`, so S3 stores it as `binary/octet-stream`".to_owned(),
        };
        let name = quote(&entry.issued.filename);
        let message = format!("`{name}` was announced as `{}` and {what}.", quote(announced));
        found.push(Violation::new("content-type-differs", "content-type", message));
    }
}

/// Returns a type without its parameters.
fn essence(value: &str) -> &str {
    value.split_once(';').map_or(value, |(essence, _)| essence).trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::rules::testing::Bench;

    fn found(announced: &str, sent: Option<&str>, status: u16) -> Vec<Violation> {
        let mut bench = Bench::of(ContentType);
        let url = bench.presign_as("a.txt", b"a", announced);
        let headers: Vec<_> = sent.into_iter().map(|sent| ("content-type", sent)).collect();
        bench.put_with(url, status, &headers)
    }

    #[test]
    fn another_type_is_told_with_both() {
        let found = found("text/plain", Some("application/x-www-form-urlencoded"), 200);
        assert_eq!((found.len(), found[0].pointer.as_str()), (1, "content-type"));
        for part in ["`a.txt`", "`text/plain`", "`application/x-www-form-urlencoded`"] {
            assert!(found[0].message.contains(part), "{}", found[0].message);
        }
    }

    #[test]
    fn none_is_what_s3_makes_of_it() {
        for sent in [None, Some("")] {
            assert!(found("text/plain", sent, 200)[0].message.contains("`binary/octet-stream`"));
        }
        for announced in ["application/octet-stream", "binary/octet-stream", ""] {
            assert_eq!(found(announced, None, 200).len(), 0, "{announced}");
        }
    }

    #[test]
    fn the_same_type_is_fine_whatever_its_case_and_parameters() {
        for (announced, sent) in [
            ("text/plain", "text/plain"),
            ("text/plain", "Text/Plain; charset=utf-8"),
            ("text/plain; charset=utf-8", "text/plain"),
        ] {
            assert_eq!(found(announced, Some(sent), 200).len(), 0, "{announced}, {sent}");
        }
    }

    #[test]
    fn what_was_not_stored_has_no_type() {
        assert_eq!(found("text/plain", Some("image/png"), 403).len(), 0);
    }
}
