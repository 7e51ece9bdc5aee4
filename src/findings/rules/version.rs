//! A version in the path and another in `x-api-version`: the client was moved to a new version by half.

use super::quote;
use crate::exchange::{Exchange, Violation};

/// Compares the two places of the version.
pub(super) fn look(exchange: &Exchange) -> Option<Violation> {
    if !exchange.operation.is_alloys() {
        return None;
    }
    let of_path = version_of(exchange.path_alone())?;
    let of_header = exchange.request.headers.get("x-api-version")?.trim();
    if of_header == of_path {
        return None;
    }
    let message =
        format!("The path says version `{of_path}`, and `x-api-version` says `{}`.", quote(of_header));
    Some(Violation::new("version-differs", "x-api-version", message))
}

/// Returns the version before the operation's own path, which begins with `connectors` or `users`.
fn version_of(path: &str) -> Option<&str> {
    let mut before = path.split('/').take_while(|segment| !matches!(*segment, "connectors" | "users"));
    before.find(|segment| is_version(segment.as_bytes()))
}

/// Returns whether a segment is of the form `YYYY-MM`.
fn is_version(segment: &[u8]) -> bool {
    let is_digit = |at: usize| segment[at].is_ascii_digit();
    segment.len() == 7 && segment[4] == b'-' && [0, 1, 2, 3, 5, 6].into_iter().all(is_digit)
}
