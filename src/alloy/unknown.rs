//! Explains requests without an operation.

use hyper::Method;
use percent_encoding::percent_decode_str;

use super::{Route, UserId, Violation, preflight_violation};
use crate::exchange::{Md5Form, Operation, stand_in};

/// Least similarity of a path that may have been meant, from 0 to 1.
const ALIKE: f64 = 0.7;

/// Longest path that is compared with the known ones, in bytes.
const LONGEST: usize = 256;

/// Paths that browsers fetch by themselves.
const FETCHED_BY_BROWSERS: [&str; 6] = [
    "/favicon.ico",
    "/apple-touch-icon.png",
    "/apple-touch-icon-precomposed.png",
    "/robots.txt",
    "/.well-known/appspecific/com.chrome.devtools.json",
    "/.well-known/change-password",
];

/// Explains a request that leads to no operation; `None` where it leads to one, or browsers send it by themselves.
pub fn unrouted(method: &Method, path: &str, route: &Route<'_>) -> Option<Violation> {
    match route {
        Route::Operation(..) => None,
        Route::Preflight => Some(preflight_violation()),
        Route::MethodNotAllowed(allow) => Some(wrong_method(method, path, allow)),
        Route::NotFound => (!is_probe(method, path)).then(|| unknown_path(method, path)),
    }
}

/// Returns whether browsers or readiness probes send this request on their own.
fn is_probe(method: &Method, path: &str) -> bool {
    matches!(*method, Method::GET | Method::HEAD) && (path == "/" || FETCHED_BY_BROWSERS.contains(&path))
}

/// Explains an unknown path.
fn unknown_path(method: &Method, path: &str) -> Violation {
    if *method == Method::PUT
        && let Some(what) = in_place_of_url(path)
    {
        let message = format!(
            "The upload goes to `{}`: {what}. The URL is the field `presignedUrl` inside the answer's `presignedUrl`.",
            path.chars().take(LONGEST).collect::<String>()
        );
        return Violation::new("upload-url-wrong", "path", message);
    }
    let meant = nearest(path).map(|(method, path)| format!("; did you mean {method} {path}?"));
    let end = meant.unwrap_or_else(|| ".".to_owned());
    of_paths("contract-path-unknown", format!("No operation matches `{method} {path}`{end}"))
}

/// Describes a path that was used in place of a presigned URL.
fn in_place_of_url(path: &str) -> Option<String> {
    if path == "/" {
        return Some("the URL was empty, so that only the base URL is left".to_owned());
    }
    let last = path.rsplit('/').find(|segment| !segment.is_empty())?;
    let last = percent_decode_str(last).decode_utf8_lossy();
    let is_key = || last.get(..UserId::LENGTH).is_some_and(|id| id.parse::<UserId>().is_ok());
    let is_md5 = || matches!(Md5Form::of(path.trim_start_matches('/')), Md5Form::Base64(_) | Md5Form::Hex(_));
    let is_placeholder = || last.starts_with(['{', '<', '$', ':']);
    match &*last {
        "new" | "existing" => Some("that is the answer's `type`".to_owned()),
        last if stand_in(last).is_some() => stand_in(last).map(|what| format!("that is {what}")),
        _ if is_placeholder() => Some("that is a placeholder that was not filled in".to_owned()),
        _ if is_key() => Some("that is the answer's `s3Key`".to_owned()),
        _ if is_md5() => Some("that is the answer's `md5`".to_owned()),
        _ => None,
    }
}

/// Explains another method than those in `allow`.
fn wrong_method(method: &Method, path: &str, allow: &str) -> Violation {
    of_paths("contract-method", format!("`{path}` is called with {method}, and it takes {allow}."))
}

fn of_paths(rule: &'static str, message: String) -> Violation {
    Violation { spec: Some("/paths".to_owned()), ..Violation::new(rule, "path", message) }
}

/// Returns the operation with the most similar path, without slashes at the ends and a version.
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

/// Returns whether a segment is a version such as `2025-09`.
fn is_version(segment: &str) -> bool {
    segment.len() == 7
        && segment.split_once('-').is_some_and(|(year, month)| year.len() == 4 && month.len() == 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinguishes_another_field_from_a_presigned_url() {
        for (path, telling) in [
            ("/", Some("empty")),
            ("/[object%20Object]", Some("JavaScript object")),
            ("/uploads/undefined", Some("undefined")),
            ("/651eb6e11d156e0d7a42c59d_report.pdf", Some("`s3Key`")),
            ("/4QrcOUm6Wau+VuBX8g+IPg==", Some("`md5`")),
            ("/new", Some("`type`")),
            ("/{presignedUrl}", Some("placeholder")),
            ("/report.pdf", None),
        ] {
            let reported = in_place_of_url(path);
            assert_eq!(reported.is_some(), telling.is_some(), "{path}: {reported:?}");
            assert!(reported.unwrap_or_default().contains(telling.unwrap_or_default()), "{path}");
        }
    }

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
