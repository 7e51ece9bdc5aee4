//! The exchanges of a case, kept as they were sent until they are shown.

use bytes::Bytes;
use hyper::{HeaderMap, header};
use jiff::Timestamp;

use super::{
    alteration::Alteration,
    outcome::Evidence,
    shell::{self, Variables},
    wire::{Reply, Request},
};
use crate::{
    exchange::{Exchange, Headers, Masker, Message, Operation},
    text::cut,
};

/// Limit on the shown bytes of a body.
const MAX_BODY: usize = 16 << 10;

/// One exchange of a case.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) at: Timestamp,
    pub(super) operation: Operation,
    /// Set if it prepares the case.
    pub(super) is_setup: bool,
    pub(super) user_id: Option<String>,
    pub(super) request: Request,
    /// Origin of its URL, if it is presigned.
    pub(super) url: Option<UrlOf>,
    /// The variables for its answer in a shell, if later requests use it.
    pub(super) names: Option<Names>,
    pub(super) answer: Option<Reply>,
}

/// A presigned URL: the number of its presign, and the change.
#[derive(Clone, Debug)]
pub(super) struct UrlOf {
    pub(super) presign: usize,
    pub(super) alteration: Option<Alteration>,
}

/// Values of an answer that later requests use.
#[derive(Clone, Copy, Debug)]
pub(super) enum Names {
    /// A user's id: `$USER1`.
    User(usize),
    /// A URL and a key: `$URL1` and `$KEY1`.
    Presign(usize),
}

/// The exchanges of a case, in their order.
#[derive(Debug, Default)]
pub(super) struct Story {
    pub(super) exchanges: Vec<Recorded>,
    pub(super) variables: Variables,
}

impl Story {
    /// Returns the story for people: without API keys, signatures and file contents.
    pub(super) fn evidence(&self, scheme_and_host: &str) -> Evidence {
        let commands = self.exchanges.iter();
        let commands = commands.map(|recorded| shell::command(recorded, &self.variables, scheme_and_host));
        let mut curl: Vec<String> = commands.collect();
        if curl.iter().any(|command| command.contains(&format!("\"${}\"", shell::RUN))) {
            curl.insert(0, format!("{}=$RANDOM$RANDOM", shell::RUN));
        }
        let own = self.exchanges.iter().filter(|recorded| !recorded.is_setup);
        let exchanges = own.zip(1..).map(|(recorded, id)| recorded.exchange(id)).collect();
        Evidence { exchanges, curl, ..Evidence::default() }
    }
}

impl Recorded {
    fn exchange(&self, id: u64) -> Exchange {
        let masker = Masker::of(&self.request.headers);
        let content = self.request.body.content();
        let answer = self.answer.as_ref();
        let message = |headers: &HeaderMap, body: &Bytes, is_file: bool| Message {
            headers: shown_headers(headers, &masker),
            bytes: body.len() as u64,
            body: if is_file { None } else { text(body, &masker) },
        };
        Exchange {
            id,
            at: self.at,
            operation: self.operation,
            user_id: self.user_id.clone(),
            method: self.request.method.to_string(),
            origin: self.request.origin.is_tls().then(|| self.request.origin.to_string()),
            path: masker.text(&self.request.target).into_owned(),
            status: answer.map(|answer| answer.status.as_u16()),
            duration_us: answer
                .map_or(0, |answer| u64::try_from(answer.took.as_micros()).unwrap_or(u64::MAX)),
            request: message(&self.request.headers, content, self.url.is_some()),
            response: answer.map(|answer| message(&answer.headers, &answer.body, false)).unwrap_or_default(),
            ..Exchange::default()
        }
    }
}

fn shown_headers(headers: &HeaderMap, masker: &Masker) -> Headers {
    let shown = headers.iter().filter(|(name, _)| **name != header::HOST);
    let masked = |name: &str, value: &[u8]| masker.header(name, &String::from_utf8_lossy(value));
    shown.map(|(name, value)| (name.as_str(), masked(name.as_str(), value.as_bytes()))).collect()
}

fn text(body: &Bytes, masker: &Masker) -> Option<String> {
    if body.is_empty() {
        return None;
    }
    let start = &body[..body.len().min(2 * MAX_BODY)];
    let mut text = masker.text(&String::from_utf8_lossy(start)).into_owned();
    cut(&mut text, MAX_BODY);
    Some(text)
}
