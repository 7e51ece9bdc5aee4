//! An exchange: one request and its response, from the socket to the journal and the reports.
//!
//! It owns its data, so that the journal keeps no read buffer alive, and it is unmasked: [`Exchange::masked`] returns a
//! version for display.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::{Difference, Finding, IssuedUrl, Keys, Masker, Operation, UsedUrl};
use crate::files::Md5Digest;

/// The most of a body that is kept, in bytes.
pub const MAX_BODY: usize = 16 << 10;

/// One request and its response.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Exchange {
    /// Counts up from 1 since the start or the last reset, in the order in which exchanges ended.
    pub id: u64,
    /// When the request's head had come, on the emulator's clock.
    #[serde(serialize_with = "rfc3339")]
    pub at: Timestamp,
    /// Operation of the request.
    pub operation: Operation,
    /// Whose files it was about, where that is known.
    pub user_id: Option<String>,
    /// The request's method.
    pub method: String,
    /// Scheme, host and port that the client called, where it said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Path and query as they came.
    pub path: String,
    /// The status of the answer; `None` where no answer went out.
    pub status: Option<u16>,
    /// From the request's head to the answer's end, in microseconds of real time.
    pub duration_us: u64,
    /// The id of the fault that made or changed the answer.
    pub fault: Option<String>,
    /// Request.
    pub request: Message,
    /// Response.
    pub response: Message,
    /// Findings. As JSON, their ids.
    #[serde(serialize_with = "ids")]
    pub findings: Vec<Finding>,
    /// MD5 of the uploaded file, computed on request.
    #[serde(skip)]
    pub md5: Option<Md5Digest>,
    /// Differences between the proxied server and the document.
    #[serde(skip)]
    pub differences: Vec<Difference>,
    /// Whether the answer is a fault's own: the request took no effect.
    #[serde(skip)]
    pub answered_by_fault: bool,
    /// Whether a fault kept the answer, or part of it, from the client.
    #[serde(skip)]
    pub answer_lost: bool,
    /// The URL that it was answered with, until the findings take it over.
    #[serde(skip)]
    pub issued: Option<Box<IssuedUrl>>,
    /// The URL that it used as it was given.
    #[serde(skip)]
    pub used: Option<UsedUrl>,
}

/// One half of an exchange.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Message {
    /// Its headers.
    pub headers: Headers,
    /// The length of the body in bytes, as far as it came or went out.
    pub bytes: u64,
    /// The body as text, up to 16 KiB; `None` where there was none, or where it is a file's content.
    pub body: Option<String>,
}

impl Exchange {
    /// Adds violations. Their findings get ids when the exchange is recorded.
    pub fn report(&mut self, found: impl IntoIterator<Item = super::Violation>) {
        let operation = self.operation;
        self.findings.extend(found.into_iter().map(|violation| Finding::of(violation, operation)));
    }

    /// Returns whether something is wrong with it by this rule.
    pub fn has_finding(&self, rule: &str) -> bool {
        self.findings.iter().any(|finding| finding.rule == rule)
    }

    /// Returns the path without its query.
    pub fn path_alone(&self) -> &str {
        self.path.split_once('?').map_or(self.path.as_str(), |(path, _)| path)
    }

    /// Returns the path for reports: over TLS with the host, since a client may call several.
    pub fn shown(&self, path: &str) -> String {
        let origin = self.origin.as_deref().filter(|origin| origin.starts_with("https:"));
        format!("{}{path}", origin.unwrap_or_default())
    }

    /// Returns what a report names this exchange by, with `keys` masked.
    pub fn place(&self, keys: &Arc<Keys>) -> Place {
        let path = self.masker(keys).text(&self.path).into_owned();
        let path = self.shown(path.split_once('?').map_or(path.as_str(), |(path, _)| path));
        Place { method: self.method.clone(), path, status: self.status }
    }

    /// Returns whether the API said yes. A fault's page may have a 200, too: the request took no effect.
    pub fn succeeded(&self) -> bool {
        !self.answered_by_fault && self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Returns whether an answer went out that says no.
    pub fn failed(&self) -> bool {
        self.status.is_some_and(|status| (400..600).contains(&status))
    }

    /// Masks the secrets of this exchange: values of secret-looking names in the request, and `keys`.
    pub fn masker(&self, keys: &Arc<Keys>) -> Masker {
        let headers = self.request.headers.iter().map(|(name, value)| (name, value.as_bytes()));
        Masker::of_headers(headers)
            .with_target(&self.path)
            .with_body(self.request.body.as_deref().map(str::as_bytes))
            .with_keys(keys)
    }

    /// Returns the exchange as it may be shown, with `keys` masked.
    #[must_use]
    pub fn masked(&self, keys: &Arc<Keys>) -> Self {
        let masker = self.masker(keys);
        Self {
            path: masker.text(&self.path).into_owned(),
            request: self.request.masked(&masker),
            response: self.response.masked(&masker),
            findings: self.findings.iter().map(|finding| finding.masked(&masker)).collect(),
            user_id: self.user_id.clone(),
            method: self.method.clone(),
            origin: self.origin.clone(),
            fault: self.fault.clone(),
            differences: self.differences.iter().map(|one| one.masked(&masker)).collect(),
            issued: None,
            used: None,
            ..*self
        }
    }

    /// Roughly how many bytes of memory it takes.
    pub fn size(&self) -> usize {
        let findings: usize = self.findings.iter().map(Finding::size).sum();
        512 + self.origin.as_ref().map_or(0, String::len)
            + self.path.len()
            + self.request.size()
            + self.response.size()
            + findings
    }
}

impl Message {
    /// Keeps a body, as text.
    pub fn set_body(&mut self, body: &[u8]) {
        self.body = (!body.is_empty()).then(|| String::from_utf8_lossy(body).into_owned());
    }

    /// Cuts a body to the journal's limit.
    pub fn cut(&mut self) {
        let Some(body) = &mut self.body else { return };
        if body.len() > MAX_BODY {
            body.truncate(body.floor_char_boundary(MAX_BODY));
            body.shrink_to_fit();
        }
    }

    fn masked(&self, masker: &Masker) -> Self {
        let headers = self.headers.iter().map(|(name, value)| (name, masker.header(name, value)));
        let body = self.body.as_ref().map(|body| masker.text(body).into_owned());
        Self { headers: headers.collect(), bytes: self.bytes, body }
    }

    fn size(&self) -> usize {
        self.headers.0.len() + self.body.as_ref().map_or(0, String::len)
    }
}

/// An exchange, as a person finds it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The request's method.
    pub method: String,
    /// Its path, without the query.
    pub path: String,
    /// The status of its answer, if there was one.
    pub status: Option<u16>,
}

/// The headers of a message: names in lower case with their values, in no particular order. Several of one name are
/// several entries.
///
/// They are kept as one text, between ASCII's own separators, which no header can have in it: many exchanges are
/// recorded, and few are looked at.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(String);

/// Separate names from values, and headers from each other.
const SEPARATORS: [char; 2] = ['\u{1f}', '\u{1e}'];

impl Headers {
    /// Iterates over names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let [name_end, end] = SEPARATORS;
        self.0.split_terminator(end).filter_map(move |header| header.split_once(name_end))
    }

    /// Iterates over the values of a name, in lower case.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Returns the first value of a name, in lower case.
    pub fn get<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.get_all(name).next()
    }

    /// Adds a header.
    pub fn append(&mut self, name: &str, value: &str) {
        let [name_end, end] = SEPARATORS;
        self.0.push_str(name);
        self.0.push(name_end);
        self.0.extend(value.chars().filter(|character| !SEPARATORS.contains(character)));
        self.0.push(end);
    }
}

impl From<&hyper::HeaderMap> for Headers {
    fn from(headers: &hyper::HeaderMap) -> Self {
        let [name_end, end] = SEPARATORS;
        let length = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 2).sum();
        let mut text = String::with_capacity(length);
        for (name, value) in headers {
            text.push_str(name.as_str());
            text.push(name_end);
            text.push_str(&String::from_utf8_lossy(value.as_bytes()));
            text.push(end);
        }
        Self(text)
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Self {
        let mut all = Self::default();
        headers.into_iter().for_each(|(name, value)| all.append(name.as_ref(), value.as_ref()));
        all
    }
}

impl std::fmt::Debug for Headers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// `{"name": "value"}`, and `{"name": ["one", "two"]}` where a name came more than once.
impl Serialize for Headers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde_json::{Map, Value};
        let mut map = Map::new();
        for (name, value) in self.iter() {
            match map.get_mut(name) {
                None => drop(map.insert(name.to_owned(), value.into())),
                Some(Value::Array(values)) => values.push(value.into()),
                Some(first) => *first = Value::Array(vec![first.take(), value.into()]),
            }
        }
        map.serialize(serializer)
    }
}

/// Returns the size of a header section: a line `name: value` and its line end for each header. The
/// request line does not count, so that long presigned URLs do not.
pub fn header_section_size(headers: &hyper::HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len()).sum()
}

fn rfc3339<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{at:.3}"))
}

fn ids<S: Serializer>(findings: &[Finding], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(findings.iter().map(|finding| finding.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_secrets_in_the_excerpt() {
        let mut exchange = Exchange { path: "/b/k?X-Amz-Signature=abc".to_owned(), ..Exchange::default() };
        exchange.request.headers.append("authorization", "Bearer alice-key");
        exchange.response.body = Some(r#"{"presignedUrl":"http://x/?X-Amz-Signature=00ff&a=b"}"#.into());
        let shown = serde_json::to_string(&exchange.masked(&Arc::default())).unwrap();
        assert!(!shown.contains("alice-key") && !shown.contains("abc") && !shown.contains("00ff"), "{shown}");
        assert!(shown.contains("Bearer ***") && shown.contains("X-Amz-Signature=***&a=b"), "{shown}");
    }

    #[test]
    fn cuts_a_body_between_characters() {
        let mut message = Message { body: Some(format!("x{}", "é".repeat(MAX_BODY))), ..Message::default() };
        message.cut();
        let body = message.body.unwrap();
        assert!(body.ends_with('é') && body.len() <= MAX_BODY && body.len() > MAX_BODY - 2);
    }

    #[test]
    fn finds_each_value_of_a_header() {
        let headers: Headers =
            [("a", "1"), ("b", ""), ("a", "2: x"), ("c", "two\n\u{1e}lines")].into_iter().collect();
        assert_eq!(headers.get_all("a").collect::<Vec<_>>(), ["1", "2: x"]);
        assert_eq!(
            (headers.get("b"), headers.get("c"), headers.get("d")),
            (Some(""), Some("two\nlines"), None)
        );
        assert_eq!(serde_json::to_string(&headers).unwrap(), r#"{"a":["1","2: x"],"b":"","c":"two\nlines"}"#);
    }
}
