//! A URL that was changed as a text before it was used: cut, wrapped, escaped, put behind another,
//! masked. It is compared with the issued URL character by character, whatever S3 refused it for.

use hyper::header::HOST;
use percent_encoding::percent_decode_str;

use super::{
    Case, SIGNATURE,
    words::{count, inline, quoted},
};
use crate::{
    exchange::{BUCKET, Violation, is_host_of_bucket, is_masked},
    s3::Refusal,
};

/// Longest text that may have replaced a separator, in characters.
const MAX_GAP: usize = 24;

/// Explains a URL that was changed as a whole. Other modules explain a single changed parameter,
/// key or host.
pub(super) fn altered(case: &Case<'_>) -> Option<Violation> {
    masked(case).or_else(|| {
        let issued = target(case.url)?;
        let sent = &case.target();
        if sent == issued {
            return None;
        }
        behind(sent, issued)
            .or_else(|| cut(case, sent, issued))
            .or_else(|| before(case, issued))
            .or_else(|| separators(case, sent, issued))
            .or_else(|| inserted(sent, issued))
            .or_else(|| letter_case(sent, issued))
    })
}

/// Returns path and query of a whole URL.
fn target(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.get(rest.find('/')?..)
}

/// Finds a parameter that a log or a CI system masked.
fn masked(case: &Case<'_>) -> Option<Violation> {
    let params = case.sent.params().iter();
    let (name, value) = params
        .map(|param| (String::from_utf8_lossy(&param.name), String::from_utf8_lossy(&param.value)))
        .find(|(name, value)| name.starts_with("X-Amz-") && value.split('/').any(is_masked))?;
    let message = format!(
        "`{}` is {}: a log or a CI system put a mask in place of a secret. The URL was copied from its output, or \
         passed through it.",
        inline(&name),
        quoted(&value)
    );
    Some(Violation::new("s3-url-masked", name, message))
}

/// Finds text behind the URL.
fn behind(sent: &str, issued: &str) -> Option<Violation> {
    let rest = sent.strip_prefix(issued).filter(|rest| !rest.starts_with('&'))?;
    let plain = percent_decode_str(rest).decode_utf8_lossy().into_owned();
    let what = match plain.as_str() {
        "\n" | "\r" | "\r\n" | "\\n" | "\\r\\n" => "a line end",
        " " | "+" | "\t" => "a blank",
        "\"" | "'" | "`" | "”" | "’" => "a quote",
        "." | "," | ";" | ":" | "!" => "a punctuation mark",
        ")" | "]" | "}" | ">" => "a bracket",
        "/" => "a slash",
        rest if rest.starts_with('/') => "a path",
        rest if rest.contains("://") => "another URL",
        rest if rest.starts_with('?') => "a second query",
        _ => "more text",
    };
    let message = format!(
        "The request's URL is the issued one with {what} behind it, {}, which became part of its last parameter's value.",
        quoted(rest)
    );
    Some(Violation::new("s3-url-suffix", "query", message))
}

/// Finds a URL that was cut.
fn cut(case: &Case<'_>, sent: &str, issued: &str) -> Option<Violation> {
    let lost = issued.strip_prefix(sent)?;
    let (_, query) = sent.split_once('?')?;
    // If whole parameters are missing but S3's are there, `query` names them.
    let lacks = matches!(case.refused.refusal, Refusal::MissingAuthParameters | Refusal::AccessDenied);
    if lost.starts_with('&') && !lacks {
        return None;
    }
    let names: Vec<&str> =
        query.split('&').map(|param| param.split('=').next().unwrap_or_default()).collect();
    let message = match names.as_slice() {
        [only] if lost.starts_with('&') => format!(
            "Only the first parameter of the URL's query arrived, {}. A shell ends a command at an unquoted `&`, so the rest was lost.",
            quoted(only)
        ),
        _ => format!(
            "The URL was cut off: its query ends in {}, and {} of {} at its end {} missing.",
            quoted(names.last().copied().unwrap_or_default()),
            lost.len(),
            count(issued.len(), "character"),
            if lost.len() == 1 { "is" } else { "are" }
        ),
    };
    Some(Violation::new("s3-url-cut", pointer(case), message))
}

/// Finds text before or behind the path, with an unchanged query.
fn before(case: &Case<'_>, issued: &str) -> Option<Violation> {
    let (path, _) = issued.split_once('?')?;
    let sent = case.refused.request.path;
    if !case.is_issued() || sent == path {
        return None;
    }
    if let Some(behind) = sent.strip_prefix(path) {
        let message =
            format!("The request's path has {} behind the one of the URL, {}.", quoted(behind), quoted(path));
        return Some(Violation::new("s3-url-suffix", "path", message));
    }
    let key = path.rsplit('/').next().filter(|key| !key.is_empty())?;
    let before_key = sent.strip_suffix(key)?;
    // Without the bucket, or with another in its place. The bucket's own host needs none.
    let host = case.refused.request.headers.get(HOST).map_or(&b""[..], |host| host.as_bytes());
    let bucket = before_key.trim_matches('/');
    if !bucket.contains('/') && bucket != BUCKET && before_key.len() <= bucket.len() + 2 {
        return (!is_host_of_bucket(host, BUCKET)).then(|| super::address::other_bucket(bucket, key));
    }
    let prefix = sent.strip_suffix(path).or_else(|| {
        // Something between the bucket and the key.
        let between = before_key.strip_prefix('/')?.strip_prefix(BUCKET)?.strip_prefix('/');
        between.filter(|between| between.ends_with('/'))
    })?;
    let rest = prefix.trim_matches('/');
    // `path` explains a normalised path.
    if rest.is_empty() || rest == "." || rest == ".." {
        return None;
    }
    let why = if rest.contains("http:") || rest.contains("https:") || rest.contains("http%3") {
        "The whole URL was put behind another one, as a client does that has a base URL."
    } else {
        "A client with a base URL, or a proxy, adds such a prefix."
    };
    let message =
        format!("The request's path has {} before the one of the URL, {}. {why}", quoted(rest), quoted(path));
    Some(Violation::new("s3-url-prefixed", "path", message))
}

/// Replacement of a separator.
struct Change<'t> {
    from: &'t str,
    to: &'t str,
}

/// Finds separators that were changed, between all or the first pieces of the URL.
fn separators(case: &Case<'_>, sent: &str, issued: &str) -> Option<Violation> {
    let (mut changes, is_cut) = changes(sent, issued)?;
    let is_same = |change: &Change<'_>| {
        change.from.eq_ignore_ascii_case(change.to) || percent_decode_str(change.from).eq(change.to.bytes())
    };
    changes.retain(|change| !is_same(change));
    // `query` and `path` explain double encoding.
    let is_twice = |change: &Change<'_>| {
        let encoded = change.to.strip_prefix("%25");
        encoded.is_some_and(|digits| change.from.strip_prefix('%') == Some(digits))
    };
    if changes.iter().all(is_twice) {
        return None;
    }
    let is_mark = |change: &&Change<'_>| !change.from.starts_with('%');
    let change = changes.iter().find(is_mark).or_else(|| changes.iter().find(|change| !is_twice(change)))?;
    let (rule, why) = reason(change);
    let became = if change.to.is_empty() { "nothing".to_owned() } else { quoted(change.to) };
    let message = format!(
        "In the URL {} became {became}, in {}: {why}.{}",
        quoted(change.from),
        count(changes.len(), "place"),
        if is_cut { " Behind that the URL was cut off." } else { "" }
    );
    Some(Violation::new(rule, pointer(case), message))
}

/// Returns the text between the pieces of the URL, and whether its end is missing; `None` if a piece differs.
fn changes<'t>(sent: &'t str, issued: &'t str) -> Option<(Vec<Change<'t>>, bool)> {
    let mut changes = Vec::new();
    let (mut rest, mut issued_rest) = (sent, issued);
    loop {
        let (piece, from, after) = split(issued_rest);
        let Some(behind) = rest.strip_prefix(piece) else {
            // A cut URL ends within a piece.
            return piece.starts_with(rest).then_some((changes, true));
        };
        if from.is_empty() {
            return behind.is_empty().then_some((changes, false));
        }
        if behind.is_empty() {
            return Some((changes, true));
        }
        let (next, ..) = split(after);
        let is_itself = behind.strip_prefix(from).is_some_and(|behind| behind.starts_with(next));
        let at = if is_itself { Some(from.len()) } else { behind.find(next).filter(|_| !next.is_empty()) };
        let to = &behind[..at.filter(|at| *at <= MAX_GAP)?];
        // Text added at a separator is another change.
        let is_escape = to.ends_with(';') || to.eq_ignore_ascii_case("=3D") || to.eq_ignore_ascii_case("=26");
        let is_mark = |mark: &str| matches!(mark, "\\" | "^" | "%" | "%5C" | "%5c" | "%5E" | "%5e");
        let is_behind = to.starts_with(from) && !is_escape;
        let is_before = to.strip_suffix(from).is_some_and(|mark| !is_mark(mark));
        if to != from && (is_behind || is_before) {
            return None;
        }
        changes.push(Change { from, to });
        rest = &behind[to.len()..];
        issued_rest = after;
    }
}

/// Returns the first parameter that S3 does not find, or else the query.
fn pointer(case: &Case<'_>) -> &'static str {
    super::parameters::missing_names(case).first().copied().unwrap_or("query")
}

/// Splits a text at the next separator.
fn split(text: &str) -> (&str, &str, &str) {
    let Some(at) = text.find(['?', '&', '=', '%']) else { return (text, "", "") };
    let length = if text[at..].starts_with('%') { 3.min(text.len() - at) } else { 1 };
    (&text[..at], &text[at..at + length], &text[at + length..])
}

/// Names what changes a separator like this.
fn reason(change: &Change<'_>) -> (&'static str, &'static str) {
    let plain = percent_decode_str(change.to).decode_utf8_lossy().to_ascii_lowercase();
    let is_before = |mark: char| plain.strip_prefix(mark).is_some_and(|rest| rest == change.from);
    match plain.as_str() {
        "&amp;" | "&#38;" | "&#x26;" | "&#038;" | "&amp;amp;" => {
            ("s3-url-escaped", "it was escaped for a page (HTML or XML) and not read back")
        }
        "\\u0026" | "\\u003d" | "\\u003f" | "\\/" => {
            ("s3-url-escaped", "it was cut out of JSON text, which has to be parsed")
        }
        "=3d" | "=26" => {
            ("s3-url-escaped", "it was encoded for an e-mail (quoted-printable) and not decoded")
        }
        _ if is_before('\\') => {
            ("s3-url-escaped", "a backslash was put before it, for a shell or a template")
        }
        _ if is_before('^') => ("s3-url-escaped", "a caret was put before it, for a Windows shell"),
        plain if plain == change.from && change.to.starts_with('%') => {
            ("s3-url-escaped", "the URL was percent-encoded as if it were one value, its separators too")
        }
        _ if change.from.starts_with('%') => (
            "s3-url-percent",
            "a `%` is a command to `printf`, format strings and batch files, which take it out of the URL",
        ),
        _ => ("s3-url-escaped", "something on the way interprets it as a command"),
    }
}

/// Finds invisible characters in the URL.
fn inserted(sent: &str, issued: &str) -> Option<Violation> {
    let marks = [
        ("%0D%0A", "a line end"),
        ("%0A", "a line end"),
        ("%0D", "a line end"),
        ("%5Cn", "a line end"),
        ("%20", "a blank"),
        ("%09", "a tab"),
        ("%E2%80%8B", "an invisible character"),
        ("%EF%BB%BF", "a byte order mark"),
        ("%C2%A0", "a non-breaking blank"),
        ("%C2%AD", "a soft hyphen"),
        ("=%0A", "a line end"),
        ("=%0D%0A", "a line end"),
    ];
    let upper = |text: &str| text.replace("%0d", "%0D").replace("%0a", "%0A");
    let sent = upper(sent);
    let (mark, what) =
        marks.into_iter().find(|(mark, _)| sent.contains(mark) && sent.replace(mark, "") == issued)?;
    let message = format!(
        "The URL has {what} in it ({}) that was not issued with it: a text that is wrapped, or copied from a chat or \
         a document, gets them.",
        quoted(mark)
    );
    Some(Violation::new("s3-url-wrapped", "query", message))
}

/// Finds a URL in upper or lower case. `signature` explains a change of only the signature.
fn letter_case(sent: &str, issued: &str) -> Option<Violation> {
    if !sent.eq_ignore_ascii_case(issued) {
        return None;
    }
    let (path, query) = issued.split_once('?')?;
    let (sent_path, sent_query) = sent.split_once('?')?;
    let without = |query: &str| -> Vec<String> {
        let is_signature = |param: &&str| {
            param.get(..SIGNATURE.len()).is_some_and(|name| name.eq_ignore_ascii_case(SIGNATURE))
        };
        query.split('&').filter(|param| !is_signature(param)).map(str::to_owned).collect()
    };
    if path == sent_path && without(query) == without(sent_query) {
        return None;
    }
    let message = "The URL is the issued one with the case of its letters changed. Path, names and values are \
                   case-sensitive.";
    Some(Violation::new("s3-url-case", "query", message))
}
