//! Words that the formats of a suite's report share: totals, what a check's result means for the run, and the
//! exchanges of a counterexample in a few lines. All of it is harmless for a line, whatever the server sent.

use std::{collections::BTreeSet, time::Duration};

use super::{CheckResult, Conformance, Level, Status, Subject};
use crate::{
    exchange::{Exchange, Finding, Message, Operation, Severity, cut},
    report::words::{counted, name, plain, took},
};

/// How many exchanges are told: the last ones, which is where it goes wrong.
const MOST_EXCHANGES: usize = 20;

/// From here on it is told how long a client waited.
const WORTH_A_WORD: Duration = Duration::from_millis(10);

/// How much is told of a path, a header or a body, in bytes. JSON has all there is.
const MOST_OF_A_TEXT: usize = 400;

/// How much is told of a reason, in bytes.
const MOST_OF_A_REASON: usize = 2000;

/// How many lines are told of what a client printed: the last ones.
const MOST_LINES: usize = 20;

/// The headers that an upload depends on.
const OF_AN_UPLOAD: [&str; 2] = ["content-md5", "content-type"];

/// The headers of an answer that clients are to heed.
const OF_A_REFUSAL: [&str; 1] = ["retry-after"];

impl Conformance {
    /// `58 passed, 1 failed, 2 skipped, 0 errors`.
    pub(super) fn totals(&self) -> String {
        let summary = self.summary;
        let errors = counted(summary.error as u64, "error");
        format!("{} passed, {} failed, {} skipped, {errors}", summary.passed, summary.failed, summary.skipped)
    }

    /// `100 cases a check, 3.1s, seed 7`.
    pub(super) fn setting(&self) -> String {
        let cases = counted(self.cases.into(), "case");
        format!("{cases} a check, {}, seed {}", took(self.took), self.seed)
    }

    /// `; the client waited 11.7s in all checks`; empty where it did not, or not for long.
    pub(super) fn waiting(&self) -> String {
        let waited = self.waited();
        if waited < WORTH_A_WORD {
            String::new()
        } else {
            format!("; the client waited {} in all checks", took(waited))
        }
    }

    /// Why a run does not fail in which something failed.
    pub(super) fn excuse(&self, strict: bool) -> Option<&'static str> {
        let is_excused = self.summary.failed > 0 && !self.fails(strict);
        is_excused
            .then_some("What failed does not fail the run: it is advice (see --strict), or known to fail.")
    }

    /// What is wrong with the list of known failures, a harmless sentence each.
    pub(super) fn stale(&self) -> impl Iterator<Item = String> {
        self.stale.iter().map(|sentence| shown(sentence, MOST_OF_A_REASON))
    }
}

impl CheckResult {
    /// What it came to, in a line for a log: `passed   upload/round-trip  100 cases  41ms`. Ids are made `width` wide.
    #[must_use]
    pub fn line(&self, width: usize) -> String {
        let status = self.status.name();
        if self.status == Status::Skipped {
            return format!("{status:<7}  {}", self.id);
        }
        let cases = counted(self.cases.into(), "case");
        format!("{status:<7}  {:<width$}  {cases}  {}{}", self.id, took(self.took), self.waiting())
    }

    /// `, of which the client waited 1.5s`; empty where it did not, or not for long.
    fn waiting(&self) -> String {
        match self.waited {
            Some(waited) if waited >= WORTH_A_WORD => {
                format!(", of which the client waited {}", took(waited))
            }
            _ => String::new(),
        }
    }

    /// The theme: what stands before the slash of the id.
    pub(super) fn theme(&self) -> &'static str {
        self.id.split('/').next().unwrap_or_default()
    }

    /// The verdict in a word or two.
    pub(super) fn verdict(&self) -> &'static str {
        match self.status {
            Status::Failed if self.is_known => "known to fail",
            Status::Passed if self.is_known => "passed, and known to fail",
            status => status.name(),
        }
    }

    /// How much it matters to the run; `None` where nothing is wrong.
    pub(super) fn severity(&self, strict: bool) -> Option<Severity> {
        match self.status {
            _ if self.fails(strict) => Some(Severity::Error),
            Status::Failed if self.is_known => Some(Severity::Note),
            Status::Failed => Some(Severity::Warning),
            _ => None,
        }
    }

    /// Why it came to this; empty where nothing is to be said.
    pub(super) fn why(&self) -> String {
        self.reason.as_deref().map(|reason| shown(reason, MOST_OF_A_REASON)).unwrap_or_default()
    }

    /// The counterexample, a line each; what belongs to an exchange is further in.
    pub(super) fn story(&self) -> Vec<String> {
        let users: BTreeSet<_> = self.counterexample.iter().map(|exchange| &exchange.user_id).collect();
        let left_out = self.counterexample.len().saturating_sub(MOST_EXCHANGES);
        let mut lines = Vec::new();
        if left_out > 0 {
            lines.push(format!("… {} before these", counted(left_out as u64, "exchange")));
        }
        for (exchange, number) in self.counterexample.iter().zip(1..).skip(left_out) {
            tell(exchange, number, users.len() > 1, &mut lines);
            let findings = self.findings.iter().filter(|finding| finding.exchange == exchange.id);
            lines.extend(findings.map(wrong));
        }
        lines
    }

    /// Whether there is more to tell than a line has. What is known to fail needs no more.
    pub(super) fn has_story(&self) -> bool {
        let is_judged = matches!(self.status, Status::Failed | Status::Error) && !self.is_known;
        is_judged && !(self.counterexample.is_empty() && self.curl.is_empty() && self.replay.is_none())
    }

    /// The command that runs the case again.
    pub(super) fn again(&self) -> Option<String> {
        self.replay.as_deref().map(plain)
    }

    /// What a client printed, as far as it is told, a harmless line each.
    pub(super) fn printed(&self) -> Vec<String> {
        let lines: Vec<&str> = self.output.iter().flat_map(|output| output.lines()).collect();
        let left_out = lines.len().saturating_sub(MOST_LINES);
        let before = (left_out > 0).then(|| format!("… {} before these", counted(left_out as u64, "line")));
        before.into_iter().chain(lines[left_out..].iter().map(|line| shown(line, MOST_OF_A_TEXT))).collect()
    }

    /// The commands that show it again, one a line.
    pub(super) fn commands(&self) -> impl Iterator<Item = String> {
        self.curl.iter().map(|command| plain(command))
    }
}

impl Status {
    /// Its name, as reports have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Error => "error",
        }
    }
}

impl Subject {
    /// Its name, as reports have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
        }
    }
}

impl Level {
    /// Its name, as reports have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
        }
    }
}

fn tell(exchange: &Exchange, number: usize, with_user: bool, lines: &mut Vec<String>) {
    let answer = exchange.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let user = exchange.user_id.as_deref().filter(|_| with_user);
    let user = user.map(|user| format!(", user {}", shown(user, MOST_OF_A_TEXT))).unwrap_or_default();
    let (method, path) = (plain(&exchange.method), shown(&exchange.path, MOST_OF_A_TEXT));
    let fault = if exchange.fault.is_some() { ", made to go wrong" } else { "" };
    lines.push(format!("{number}. {method} {path} -> {answer}{fault}{user}"));
    let headers: &[&str] = if exchange.operation == Operation::Put { &OF_AN_UPLOAD } else { &[] };
    let halves =
        [("sent", half(&exchange.request, headers)), ("got ", half(&exchange.response, &OF_A_REFUSAL))];
    lines.extend(halves.into_iter().filter_map(|(which, told)| Some(format!("   {which} {}", told?))));
}

/// What was wrong with an exchange.
fn wrong(finding: &Finding) -> String {
    let severity = name(finding.severity);
    format!("   {severity}: {} ({})", shown(&finding.message, MOST_OF_A_REASON), finding.rule)
}

/// What matters of a message: its body, or how long that is, and these headers.
fn half(message: &Message, headers: &[&str]) -> Option<String> {
    let body = match &message.body {
        Some(body) => Some(shown(&without_queries(body), MOST_OF_A_TEXT)),
        None if message.bytes > 0 || headers == OF_AN_UPLOAD => Some(counted(message.bytes, "byte")),
        None => None,
    };
    let named = message.headers.iter().filter(|(name, _)| headers.contains(&name.as_str()));
    let named = named.map(|(name, value)| format!("{name}: {}", shown(value, MOST_OF_A_TEXT)));
    let told: Vec<String> = body.into_iter().chain(named).collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// A body without the queries of the presigned URLs in it: what stands behind them matters more. JSON has them.
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

/// A text on one line, and not a long one.
fn shown(text: &str, most: usize) -> String {
    let mut shown = plain(text);
    cut(&mut shown, most);
    shown
}
