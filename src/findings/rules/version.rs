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

/// The version before the operation's own path, which begins with `connectors` or `users`.
fn version_of(path: &str) -> Option<&str> {
    let mut before = path.split('/').take_while(|segment| !matches!(*segment, "connectors" | "users"));
    before.find(|segment| is_version(segment.as_bytes()))
}

/// Whether a segment is of the form `YYYY-MM`.
fn is_version(segment: &[u8]) -> bool {
    let is_digit = |at: usize| segment[at].is_ascii_digit();
    segment.len() == 7 && segment[4] == b'-' && [0, 1, 2, 3, 5, 6].into_iter().all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        exchange::Operation,
        findings::rules::testing::{exchange, look_at, with},
    };

    fn found(target: &str, version: &str) -> Vec<Violation> {
        let mut seen = with(exchange(Operation::List, 200), &[("x-api-version", version)]);
        seen.path = target.to_owned();
        look_at(&seen)
    }

    #[test]
    fn two_versions_that_differ_are_both_named() {
        for path in ["/2025-09/connectors/files/list", "/api/2025-09/connectors/files/list?x=1"] {
            let found = found(path, "2025-06");
            assert_eq!((found.len(), found[0].pointer.as_str()), (1, "x-api-version"));
            assert!(found[0].message.contains("`2025-09`") && found[0].message.contains("`2025-06`"));
        }
    }

    #[test]
    fn one_version_or_the_same_twice_is_fine() {
        assert_eq!(found("/2025-09/connectors/files/list", "2025-09").len(), 0);
        assert_eq!(found("/connectors/files/list", "2025-06").len(), 0);
        assert_eq!(found("/connectors/2025-09/actions/x/execute", "2025-06").len(), 0);
        let mut without = exchange(Operation::List, 400);
        without.path = "/2025-09/connectors/files/list".to_owned();
        assert_eq!(look_at(&without).len(), 0);
    }
}
