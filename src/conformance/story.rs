//! What happened in a case, kept as it was sent until somebody wants to read it.

use std::time::Duration;

use bytes::Bytes;
use hyper::{HeaderMap, header};
use jiff::Timestamp;

use super::{
    alteration::Alteration,
    outcome::Evidence,
    shell::{self, Variables},
    wire::{Reply, Request},
};
use crate::exchange::{Exchange, Headers, Masker, Message, Operation, cut};

/// How much of a body is told, in bytes.
const MOST: usize = 16 << 10;

/// One exchange of a case.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) at: Timestamp,
    pub(super) operation: Operation,
    /// Whether it only makes what the case is about: its users.
    pub(super) is_setup: bool,
    /// For whom it was.
    pub(super) user_id: Option<String>,
    pub(super) request: Request,
    /// Where its URL comes from, if it is a presigned one.
    pub(super) url: Option<UrlOf>,
    /// What its answer is called in a shell, where it is used later.
    pub(super) names: Option<Names>,
    pub(super) answer: Option<Answered>,
}

/// A presigned URL: the number of the presign that handed it out, and what was changed.
#[derive(Clone, Debug)]
pub(super) struct UrlOf {
    pub(super) presign: usize,
    pub(super) alterations: Vec<Alteration>,
}

/// What an answer brings that later requests use.
#[derive(Clone, Copy, Debug)]
pub(super) enum Names {
    /// A user's id: `$USER1`.
    User(usize),
    /// A URL and a key: `$URL1` and `$KEY1`.
    Presign(usize),
}

/// An answer, as far as it is recorded.
#[derive(Debug)]
pub(super) struct Answered {
    status: u16,
    headers: HeaderMap,
    bytes: u64,
    body: Bytes,
    took: Duration,
}

/// The exchanges of a case, in their order.
#[derive(Debug, Default)]
pub(super) struct Story {
    exchanges: Vec<Recorded>,
    pub(super) variables: Variables,
}

impl Story {
    pub(super) fn record(&mut self, recorded: Recorded) {
        self.exchanges.push(recorded);
    }

    /// The story, for people: without API keys, signatures and file contents.
    pub(super) fn evidence(&self, scheme_and_host: &str) -> Evidence {
        let commands =
            self.exchanges.iter().map(|recorded| shell::command(recorded, &self.variables, scheme_and_host));
        let mut curl: Vec<String> = commands.collect();
        if curl.iter().any(|command| command.contains(&format!("\"${}\"", shell::RUN))) {
            curl.insert(0, format!("{}=$RANDOM$RANDOM", shell::RUN));
        }
        let own = self.exchanges.iter().filter(|recorded| !recorded.is_setup);
        Evidence {
            output: None,
            findings: Vec::new(),
            exchanges: own.zip(1..).map(|(recorded, id)| recorded.exchange(id)).collect(),
            curl,
        }
    }
}

impl Answered {
    pub(super) fn of(reply: &Reply) -> Self {
        Self {
            status: reply.status.as_u16(),
            headers: reply.headers.clone(),
            bytes: reply.body.len() as u64,
            body: reply.body.slice(..reply.body.len().min(MOST)),
            took: reply.took,
        }
    }
}

impl Recorded {
    fn exchange(&self, id: u64) -> Exchange {
        let masker = Masker::of(&self.request.headers);
        let content = self.request.body.content();
        let is_file = self.url.is_some();
        Exchange {
            id,
            at: self.at,
            operation: self.operation,
            user_id: self.user_id.clone(),
            method: self.request.method.to_string(),
            path: masker.text(&self.request.target).into_owned(),
            status: self.answer.as_ref().map(|answer| answer.status),
            duration_us: self
                .answer
                .as_ref()
                .map_or(0, |answer| u64::try_from(answer.took.as_micros()).unwrap_or(u64::MAX)),
            fault: None,
            request: Message {
                headers: headers(&self.request.headers, &masker),
                bytes: content.len() as u64,
                body: if is_file { None } else { text(content, &masker) },
            },
            response: self.answer.as_ref().map_or_else(Message::default, |answer| Message {
                headers: headers(&answer.headers, &masker),
                bytes: answer.bytes,
                body: text(&answer.body, &masker),
            }),
            ..Exchange::default()
        }
    }
}

fn headers(headers: &HeaderMap, masker: &Masker) -> Headers {
    let shown = headers.iter().filter(|(name, _)| **name != header::HOST);
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    shown
        .map(|(name, value)| (name.as_str(), masker.header(name.as_str(), &text(value.as_bytes()))))
        .collect()
}

fn text(body: &Bytes, masker: &Masker) -> Option<String> {
    if body.is_empty() {
        return None;
    }
    let mut text = masker.text(&String::from_utf8_lossy(body)).into_owned();
    cut(&mut text, MOST);
    Some(text)
}
