//! What is wrong with a request that leads to no operation. `handle` asks once `route` has found none.

use hyper::Method;

use super::Violation;
use crate::exchange::Operation;

/// How alike a path must be to have been meant: from 0 to 1.
const ALIKE: f64 = 0.7;

/// The longest path that is compared with the known ones, in bytes.
const LONGEST: usize = 256;

/// Nothing is at this path.
pub(super) fn unknown_path(method: &Method, path: &str) -> Violation {
    let meant = nearest(path).map(|(method, path)| format!("; did you mean {method} {path}?"));
    let end = meant.unwrap_or_else(|| ".".to_owned());
    of_paths("contract-path-unknown", format!("No operation has the path `{path}` of this {method}{end}"))
}

/// The path is there, and takes none but the methods of `allow`.
pub(super) fn wrong_method(method: &Method, path: &str, allow: &str) -> Violation {
    of_paths("contract-method", format!("`{path}` is called with {method}, and it takes {allow}."))
}

fn of_paths(rule: &'static str, message: String) -> Violation {
    Violation { spec: Some("/paths".to_owned()), ..Violation::new(rule, "path", message) }
}

/// The operation whose path is most like this one, slashes at the ends and a version aside.
fn nearest(path: &str) -> Option<(Method, &'static str)> {
    if path.len() > LONGEST {
        return None;
    }
    let path = path.trim_matches('/');
    let path = path.split_once('/').filter(|(first, _)| is_version(first)).map_or(path, |(_, rest)| rest);
    let routes = Operation::ALL.into_iter().filter_map(Operation::route);
    let alike = routes
        .map(|route| (strsim::normalized_damerau_levenshtein(path, route.1.trim_start_matches('/')), route));
    let (how_alike, route) = alike.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (how_alike >= ALIKE).then_some(route)
}

/// `2025-09`, say.
fn is_version(segment: &str) -> bool {
    segment.len() == 7
        && segment.split_once('-').is_some_and(|(year, month)| year.len() == 4 && month.len() == 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_named_where_it_is_near() {
        for (path, meant) in [
            ("/connectors/file/list", Some("/connectors/files/list")),
            ("//connectors/files/list/", Some("/connectors/files/list")),
            ("/2025-09/connectors/upload/request", Some("/connectors/files/upload/request")),
            ("/user", Some("/users")),
            ("/favicon.ico", None),
            ("/", None),
        ] {
            assert_eq!(nearest(path).map(|route| route.1), meant, "{path}");
        }
        assert_eq!(nearest(&"/a".repeat(1000)), None);
    }
}
