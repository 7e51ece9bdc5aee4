//! One exchange in the journal: kept as it came, shown masked. Masking costs more than recording, and few
//! of many exchanges are ever looked at.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use hyper::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;

use super::packed::{self, HalfView, Packed};
use crate::{
    exchange::{Exchange, Finding, Masker, Message, Operation, Rule, Severity, Violation},
    files::UserId,
};

/// The most of a body that is kept, in bytes.
pub const MAX_BODY: usize = 16 << 10;

/// An exchange that is over, as the pipeline saw it.
#[derive(Debug)]
pub struct Draft {
    /// When its head had come, on the emulator's clock.
    pub at: Timestamp,
    /// What it was for.
    pub operation: Operation,
    /// Whose files it was about.
    pub user: Option<UserId>,
    /// The request's method.
    pub method: Method,
    /// The request's raw path and query.
    pub target: String,
    /// The answer's status, where one went out.
    pub status: Option<StatusCode>,
    /// How long it took, in real time.
    pub duration: Duration,
    /// The fault that struck.
    pub fault: Option<String>,
    /// Whether the answer is the fault's own, rather than the side's: the request took no effect.
    pub is_faults: bool,
    /// Whether the fault kept the answer, or a part of it, from the client.
    pub is_lost: bool,
    /// What came.
    pub request: Half,
    /// What went out.
    pub response: Half,
    /// What is wrong with it.
    pub violations: Vec<Violation>,
    /// A number by which it is found again, within a bound: see [`super::Journal::marked`].
    pub mark: Option<u64>,
}

/// A request or an answer.
#[derive(Debug, Default)]
pub struct Half {
    /// Its headers.
    pub headers: HeaderMap,
    /// How many bytes of body came or went.
    pub bytes: u64,
    /// The body, where it is no file.
    pub body: Option<Bytes>,
}

/// A recorded exchange. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    id: u64,
    first_finding: u64,
    size: usize,
    packed: Arc<Packed>,
    /// What was found wrong later, with the findings' ids. Few have any.
    late: Vec<(u64, Arc<Violation>)>,
}

impl Entry {
    pub(super) fn new(id: u64, first_finding: u64, packed: Arc<Packed>) -> Self {
        Self { id, first_finding, size: packed.size(), packed, late: Vec::new() }
    }

    /// Adds what was found wrong once the exchange was over.
    pub(super) fn add(&mut self, finding: u64, violation: Violation) {
        self.size += packed::size_of_violation(&violation);
        self.late.push((finding, Arc::new(violation)));
    }

    /// All that is wrong with it, with the findings' ids.
    fn violations(&self) -> impl Iterator<Item = (u64, &Violation)> {
        let late = self.late.iter().map(|(id, violation)| (*id, &**violation));
        (self.first_finding..).zip(&self.packed.violations).chain(late)
    }

    /// How many violations that is.
    pub(super) fn found(&self) -> usize {
        self.packed.violations.len() + self.late.len()
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }

    pub(super) fn operation(&self) -> Operation {
        self.packed.operation
    }

    pub(super) fn user(&self) -> Option<UserId> {
        self.packed.user
    }

    /// Roughly how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// The exchange as it may be shown, with `keys` known to be secret.
    pub(super) fn exchange(&self, keys: &[String]) -> Exchange {
        let packed = &*self.packed;
        let view = packed.view();
        let masker = view.request.masker().with_keys(keys);
        let findings = self.violations().map(|(id, _)| id).collect();
        Exchange {
            id: self.id,
            at: packed.at,
            operation: packed.operation,
            user_id: packed.user.map(|user| user.to_string()),
            method: packed.method.to_string(),
            path: masker.text(view.target).into_owned(),
            status: packed.status.map(|status| status.as_u16()),
            duration_us: u64::try_from(packed.duration.as_micros()).unwrap_or(u64::MAX),
            fault: packed.fault.clone(),
            request: view.request.message(&masker),
            response: view.response.message(&masker),
            findings,
        }
    }

    /// What was found wrong with it, as it may be shown.
    pub(super) fn findings(&self, keys: &[String]) -> impl Iterator<Item = Finding> + use<'_> {
        let masker = self.packed.view().request.masker().with_keys(keys);
        self.violations().map(move |(id, violation)| {
            let rule = Rule::find(violation.rule);
            Finding {
                id,
                rule: violation.rule,
                severity: rule.map_or(Severity::Error, |rule| rule.severity),
                exchange: self.id,
                operation: self.packed.operation,
                message: masker.text(&violation.message).into_owned(),
                hint: rule.map_or("", |rule| rule.hint).to_owned(),
                pointer: masker.text(&violation.pointer).into_owned(),
                spec: violation.spec.clone(),
                source: rule.map_or("", |rule| rule.source).to_owned(),
            }
        })
    }
}

impl Draft {
    /// An exchange about which nothing is known but what it was for.
    #[must_use]
    pub fn of(operation: Operation) -> Self {
        Self {
            at: Timestamp::UNIX_EPOCH,
            operation,
            user: None,
            method: Method::GET,
            target: String::new(),
            status: None,
            duration: Duration::ZERO,
            fault: None,
            is_faults: false,
            is_lost: false,
            request: Half::default(),
            response: Half::default(),
            violations: Vec::new(),
            mark: None,
        }
    }
}

impl HalfView<'_> {
    /// Hides what the request with these headers has of secrets.
    fn masker(&self) -> Masker {
        let authorizations = self.headers.iter().filter(|(name, _)| *name == "authorization");
        Masker::of_authorizations(authorizations.map(|(_, value)| *value))
    }

    fn message(&self, masker: &Masker) -> Message {
        let headers = self.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value);
            ((*name).to_owned(), masker.header(name, &value))
        });
        let body = self.body.map(|body| masker.text(&lossy(body)).into_owned());
        Message { headers: headers.collect(), bytes: self.bytes, body }
    }
}

/// The bytes as text. A character that the cut went through is left out.
fn lossy(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    match text.strip_suffix(char::REPLACEMENT_CHARACTER) {
        Some(whole) if body.len() == MAX_BODY => whole.to_owned(),
        _ => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_kept_out_of_what_is_shown() {
        let mut draft = Draft::of(Operation::Presign);
        draft.request.headers.insert("authorization", "Bearer alice-key".parse().unwrap());
        draft.target = "/b/k?X-Amz-Signature=abc".to_owned();
        draft.response.body = Some(r#"{"presignedUrl":"http://x/?X-Amz-Signature=00ff&a=b"}"#.into());
        let shown = serde_json::to_string(&Entry::new(1, 1, Arc::new(draft.into())).exchange(&[])).unwrap();
        assert!(!shown.contains("alice-key") && !shown.contains("abc") && !shown.contains("00ff"), "{shown}");
        assert!(shown.contains("Bearer ***") && shown.contains("X-Amz-Signature=***&a=b"), "{shown}");
    }

    #[test]
    fn a_body_is_cut_between_characters() {
        let mut draft = Draft::of(Operation::Presign);
        draft.request.body = Some("é".repeat(MAX_BODY).into_bytes()[1..].to_vec().into());
        let body = Entry::new(1, 1, Arc::new(draft.into())).exchange(&[]).request.body.unwrap();
        assert!(body.ends_with('é') && body.len() <= MAX_BODY + 2);
    }
}
