//! The exchanges of a counterexample, in a few lines each, harmless whatever was sent.

use std::collections::{BTreeSet, HashSet};

use super::words::{counted, name, plain, shown};
use crate::exchange::{Exchange, Finding, Message, Operation};

/// Limit on the shown exchanges: the last ones, which fail.
const MAX_EXCHANGES: usize = 20;

/// Limit on the shown bytes of a path, a header or a body. JSON is complete.
pub(super) const MAX_TEXT: usize = 400;

/// Limit on the shown bytes of a finding.
const MAX_FINDING: usize = 2000;

/// The headers that an upload depends on.
const UPLOAD_HEADERS: &[&str] = &["content-md5", "content-type"];

/// The headers of an answer that clients should heed.
const ANSWER_HEADERS: &[&str] = &["retry-after"];

/// Formats exchanges with their findings. Repeated parts are shown once. `errors` remembers S3's errors, which are
/// shown once for all cases.
pub(super) fn lines(
    exchanges: &[Exchange],
    findings: &[Finding],
    errors: &mut HashSet<String>,
) -> Vec<String> {
    let users: BTreeSet<_> = exchanges.iter().map(|exchange| &exchange.user_id).collect();
    let left_out = exchanges.len().saturating_sub(MAX_EXCHANGES);
    let mut lines = Vec::new();
    if left_out > 0 {
        lines.push(format!("… {} before these", counted(left_out, "exchange")));
    }
    let mut shown_before = HashSet::new();
    for (exchange, number) in exchanges.iter().zip(1..).skip(left_out) {
        lines.push(head(exchange, number, users.len() > 1));
        let headers = if exchange.operation == Operation::Put { UPLOAD_HEADERS } else { &[] };
        lines.extend(half(&exchange.request, headers).map(|text| format!("   sent {text}")));
        if let Some(text) = half(&exchange.response, ANSWER_HEADERS) {
            let error = s3_error(exchange).filter(|(code, rest)| !errors.insert(format!("{code} {rest}")));
            let text = error.map_or(text, |(code, _)| format!("{} (as above)", plain(code)));
            lines.push(format!("   got  {text}"));
        }
        for finding in findings.iter().filter(|finding| finding.exchange == exchange.id) {
            let message = shown(&finding.message, MAX_FINDING);
            let is_new = shown_before.insert(format!("{} {message}", finding.rule));
            let message = if is_new { &message } else { "as above" };
            lines.push(format!("   {}: {message} ({})", name(finding.severity), finding.rule));
        }
    }
    lines
}

/// `2. PUT /alloy-user-files/… -> 200`.
fn head(exchange: &Exchange, number: usize, with_user: bool) -> String {
    let answer = exchange.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let user = exchange.user_id.as_deref().filter(|_| with_user);
    let user = user.map(|user| format!(", user {}", shown(user, MAX_TEXT))).unwrap_or_default();
    let fault = if exchange.fault.is_some() { ", by a fault" } else { "" };
    let (method, path) = (plain(&exchange.method), shown(&exchange.shown(&exchange.path), MAX_TEXT));
    format!("{number}. {method} {path} -> {answer}{fault}{user}")
}

/// Formats the body of a message, or its length, and some headers.
fn half(message: &Message, headers: &[&str]) -> Option<String> {
    let body = match &message.body {
        Some(body) => Some(shown(&without_queries(body), MAX_TEXT)),
        None if message.bytes > 0 || headers == UPLOAD_HEADERS => Some(counted(message.bytes, "byte")),
        None => None,
    };
    let named = message.headers.iter().filter(|(name, _)| headers.contains(name));
    let named = named.map(|(name, value)| format!("{name}: {}", shown(value, MAX_TEXT)));
    let parts: Vec<String> = body.into_iter().chain(named).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Returns the code and the message of S3's XML.
fn s3_error(exchange: &Exchange) -> Option<(&str, &str)> {
    let (_, error) = exchange.response.body.as_deref()?.split_once("<Error>")?;
    let element = |begin, end| Some(error.split_once(begin)?.1.split_once(end)?.0);
    Some((element("<Code>", "</Code>")?, element("<Message>", "</Message>").unwrap_or_default()))
}

/// Removes the queries of presigned URLs from a body: what follows them matters more.
fn without_queries(body: &str) -> String {
    const QUERY: &str = "?X-Amz-";
    let mut parts = body.split(QUERY);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str("?…");
        text.push_str(part.find(['"', '<', ' ']).map_or("", |end| &part[end..]));
    }
    text
}
