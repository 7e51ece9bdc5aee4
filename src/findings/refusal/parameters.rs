//! Wrong parameters of query authentication: lost, escaped, encoded twice, or malformed.

use std::borrow::Cow;

use hyper::header::AUTHORIZATION;

use super::{
    Case, headers,
    words::{list, quoted, quoted_bytes},
};
use crate::exchange::Violation;

/// In the order of S3's message.
const AUTH: [&str; 6] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-Date",
    "X-Amz-SignedHeaders",
    "X-Amz-Expires",
];

const CREDENTIAL: &str = "X-Amz-Credential";

/// Explains parameters that are missing.
pub(super) fn missing(case: &Case<'_>) -> Violation {
    let query = case.refused.request.query.unwrap_or_default();
    let missing = missing_names(case);
    let first = missing.first().copied().unwrap_or("X-Amz-Signature");
    let names = list(missing.iter().copied());
    if let Some(escape) = escaped_ampersand(case, query) {
        let message = format!(
            "The URL's query has {} where `&` should be: it was escaped for a page or for JSON, and not unescaped before use. So S3 does not find {names}.",
            quoted(escape)
        );
        return Violation::new("s3-url-escaped", first, message);
    }
    if let Some(message) = cut(case, query, &names) {
        return Violation::new("s3-url-cut", first, message);
    }
    let other_case = case
        .sent
        .params()
        .iter()
        .find(|param| missing.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(&param.name)));
    let other_case = other_case.filter(|param| !missing.iter().any(|name| *name.as_bytes() == *param.name));
    let hint = other_case.map_or(String::new(), |param| {
        format!(" {} arrived: names are case-sensitive.", quoted_bytes(&param.name))
    });
    let message = format!("The query has some of the six parameters that sign a URL, but not {names}.{hint}");
    Violation::new("s3-auth-parameters", first, message)
}

/// Returns the parameters that S3 needs and does not find.
pub(super) fn missing_names(case: &Case<'_>) -> Vec<&'static str> {
    AUTH.into_iter().filter(|name| case.param(name).is_empty()).collect()
}

/// Returns the replacement of `&` in the query.
fn escaped_ampersand(case: &Case<'_>, query: &str) -> Option<&'static str> {
    if case.sent.params().iter().any(|param| param.name.starts_with(b"amp;")) {
        return Some("&amp;");
    }
    let lower = query.to_ascii_lowercase();
    if lower.contains("%26x-amz-") {
        return Some("%26");
    }
    ["\\u0026", "%5cu0026"].into_iter().any(|escape| lower.contains(escape)).then_some("\\u0026")
}

/// Explains why the query counts as cut off: it is a prefix of the issued URL, or the only part.
fn cut(case: &Case<'_>, query: &str, missing: &str) -> Option<String> {
    let issued = case.url.split_once('?').map_or("", |(_, query)| query);
    let kept = case.sent.params();
    let is_beginning = !query.is_empty() && issued.len() > query.len() && issued.starts_with(query);
    match kept {
        [only] if is_beginning || *only.name == *b"X-Amz-Algorithm" => Some(format!(
            "Only the first parameter of the URL's query arrived, {}. A shell ends a command at an unquoted `&`, so the rest was lost: {missing}.",
            quoted_bytes(&only.name)
        )),
        [.., last] if is_beginning => Some(format!(
            "The URL was cut off: its query ends in {}, and {missing} did not arrive. The query has {} of its {} issued characters.",
            quoted_bytes(&last.name),
            query.len(),
            issued.len()
        )),
        _ => None,
    }
}

/// Explains a request without authentication, or for the bucket itself.
pub(super) fn access_denied(case: &Case<'_>) -> Violation {
    if case.sent.has_auth() {
        let message =
            "The request asks for the bucket itself: the emulator does not list it, and no URL allows it.";
        return Violation::new("s3-bucket", "path", message);
    }
    let path = case.refused.request.path.to_ascii_lowercase();
    let instead = if path.contains("x-amz-") {
        " They are in the path: the URL's `?` was percent-encoded as `%3F`.".to_owned()
    } else if let Some(value) = case.refused.request.headers.get(AUTHORIZATION) {
        let scheme = headers::scheme(&String::from_utf8_lossy(value.as_bytes()));
        format!(" It has an `Authorization` header instead ({scheme}), which has no effect here.")
    } else {
        String::new()
    };
    let whole = match case.entry {
        Some(entry) => format!(
            "The URL that Alloy gave out for {} has them behind its `?`; the whole of it is needed.",
            quoted(&entry.issued.filename)
        ),
        None => "The bucket is private.".to_owned(),
    };
    let message =
        format!("Nothing signs the request: its query has none of the `X-Amz-` parameters.{instead} {whole}");
    Violation::new("s3-auth-none", "X-Amz-Signature", message)
}

/// Explains another algorithm.
pub(super) fn algorithm(case: &Case<'_>) -> Violation {
    wrong(case, "s3-auth-algorithm", "X-Amz-Algorithm", "S3 takes `AWS4-HMAC-SHA256`")
}

/// Explains a malformed credential.
pub(super) fn credential(case: &Case<'_>) -> Violation {
    let value = case.param(CREDENTIAL);
    if is_encoded(&value) {
        let message = format!(
            "The URL was percent-encoded twice: once decoded, `X-Amz-Credential` is {}, which still has \
             escapes where slashes should be (`%2F` became `%252F`).",
            quoted(&value)
        );
        return Violation::new("s3-url-encoded-twice", CREDENTIAL, message);
    }
    let date = case.param("X-Amz-Date");
    let day = date.get(..8).unwrap_or_default();
    let expected = format!(
        "the access key's id, the day of `X-Amz-Date` ({day}), the region, `s3` and `aws4_request`, with slashes between them, are expected"
    );
    wrong(case, "s3-auth-credential", CREDENTIAL, &expected)
}

/// Explains a credential for another region.
pub(super) fn region(case: &Case<'_>, given: &str, expected: &str) -> Violation {
    let message = format!(
        "`X-Amz-Credential` is for the region {}, and the bucket is in {}.{}",
        quoted(given),
        quoted(expected),
        case.edited(CREDENTIAL).unwrap_or_default()
    );
    Violation::new("s3-auth-region", CREDENTIAL, message)
}

/// Explains an unknown access key.
pub(super) fn access_key(case: &Case<'_>, id: &str) -> Violation {
    let message = format!(
        "`X-Amz-Credential` names the access key {}, which S3 does not know.{}",
        quoted(id),
        case.edited(CREDENTIAL).unwrap_or_default()
    );
    Violation::new("s3-auth-access-key", CREDENTIAL, message)
}

/// Explains a malformed date.
pub(super) fn date(case: &Case<'_>) -> Violation {
    wrong(case, "s3-auth-date", "X-Amz-Date", "it must have the form `20260102T030405Z`, in UTC")
}

/// Explains a malformed `X-Amz-Expires`.
pub(super) fn expires(case: &Case<'_>) -> Violation {
    let expected = "it must be a number of seconds from 1 to 604800, which is a week";
    wrong(case, "s3-auth-expires", "X-Amz-Expires", expected)
}

/// Explains a parameter that S3 does not take.
fn wrong(case: &Case<'_>, rule: &'static str, name: &'static str, expected: &str) -> Violation {
    let value = case.param(name);
    let edited = case.edited(name).unwrap_or_default();
    Violation::new(rule, name, format!("`{name}` is {}: {expected}.{edited}", quoted(&value)))
}

/// Returns whether a value, decoded once, still has escapes.
pub(super) fn is_encoded(value: &str) -> bool {
    let lower: Cow<'_, str> = value.to_ascii_lowercase().into();
    lower.contains("%2f") || lower.contains("%3b")
}
