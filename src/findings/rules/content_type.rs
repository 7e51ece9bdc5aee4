//! A `Content-Type` that differs from the announced `mimeType`. If the URL does not sign it, S3
//! stores whatever comes; the guide's sample sends the announced one.
//!
//! Compares only the types, ignoring case: libraries add parameters such as `charset`.

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
