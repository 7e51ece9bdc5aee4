//! The rules of the guide's advice: one file each. [`super::Advisor`] shows every exchange to all of them, in the order
//! in which they end.
//!
//! Those that need nothing but the exchange itself are functions: see [`look_alone`]. The others remember, and run
//! under one lock, beside every exchange: such a [`Rule`] says which it has to see, looks first at what tells most of
//! those apart, and copies nothing where it has nothing to say.

mod browser;
mod collision;
mod content_type;
mod deleted;
mod existing;
mod expired;
mod key_to_s3;
mod lost_user;
mod operations;
mod retry;
mod retry_after;
#[cfg(test)]
mod testing;
mod unused;
mod user_header;
mod version;

use std::{borrow::Cow, time::Instant};

use hyper::header::HeaderName;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;

use crate::{
    exchange::{Operation, Violation, cut},
    files::UserId,
    findings::{About, Entry, IssueId, Ledger},
    journal::Draft,
};

use operations::Operations;

/// An exchange that is over, as the rules see it.
pub struct Seen<'a> {
    /// The exchange.
    pub draft: &'a Draft,
    /// The URLs that were handed out.
    pub ledger: &'a Ledger,
    /// The URL that this exchange was answered with, where it was a presign.
    pub issue: Option<IssueId>,
    /// The URL that this exchange used as it was given, where it is one of S3's side.
    pub used: Option<IssueId>,
    /// When it ended, in real time.
    pub now: Instant,
}

/// An exchange that is over, as it is shown to all rules: see [`Seen`].
#[derive(Clone, Copy)]
pub(super) struct Sight<'a> {
    pub(super) draft: &'a Draft,
    pub(super) issue: Option<IssueId>,
    pub(super) used: Option<IssueId>,
    pub(super) now: Instant,
}

/// What a look at an exchange brought.
#[derive(Debug, Default)]
pub struct Looked {
    /// What is wrong with it.
    pub violations: Vec<Violation>,
    /// The URL that it was answered with: the exchange bears its mark.
    pub issued: Option<IssueId>,
    /// The URL whose PUT was refused in it: of that one, the exchange's id is asked for.
    pub refused: Option<IssueId>,
    /// The rule that it breaks through no fault of the client's: what was found of it is to be left out.
    pub excused: Option<&'static str>,
}

impl<'a> Seen<'a> {
    /// The entry of the URL that this exchange was answered with.
    #[must_use]
    pub fn issued(&self) -> Option<&'a Entry> {
        self.ledger.get(self.issue?)
    }

    /// The entry of the URL that this exchange used.
    #[must_use]
    pub fn used(&self) -> Option<&'a Entry> {
        self.ledger.get(self.used?)
    }

    /// The entry of the URL that a file was uploaded with in this exchange.
    fn uploaded(&self) -> Option<&'a Entry> {
        let is_upload = self.draft.operation == Operation::Put && succeeded(self.draft);
        if is_upload { self.used() } else { None }
    }

    /// When its head had come, in real time.
    fn started(&self) -> Option<Instant> {
        self.now.checked_sub(self.draft.duration)
    }
}

/// The first header of this name in an exchange's request, where it is text.
fn header<'a>(draft: &'a Draft, name: &HeaderName) -> Option<&'a str> {
    draft.request.headers.get(name)?.to_str().ok()
}

/// Whether an operation is one of Alloy's side.
fn is_alloys(operation: Operation) -> bool {
    use Operation::{Get, Head, Preflight, Put, Unknown};
    !matches!(operation, Put | Get | Head | Preflight | Unknown)
}

/// Whether the side said yes. A fault's page may have a 200, too: the request took no effect.
fn succeeded(draft: &Draft) -> bool {
    !draft.is_faults && draft.status.is_some_and(|status| status.is_success())
}

/// Whether an answer went out that says no.
fn failed(draft: &Draft) -> bool {
    draft.status.is_some_and(|status| status.is_client_error() || status.is_server_error())
}

/// The path of an exchange, raw.
fn path(draft: &Draft) -> &str {
    draft.target.split_once('?').map_or(draft.target.as_str(), |(path, _)| path)
}

/// The key that a delete names.
fn key_to_delete(draft: &Draft) -> Cow<'_, str> {
    percent_decode_str(path(draft).rsplit('/').next().unwrap_or_default()).decode_utf8_lossy()
}

/// Somebody else's text as part of a message.
fn quote(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 80;
    if text.len() <= LONGEST {
        return Cow::Borrowed(text);
    }
    let mut text = text.to_owned();
    cut(&mut text, LONGEST);
    Cow::Owned(text)
}

/// What an exchange shows by itself. `used` is the URL that it used as it was given, where it is one of S3's side.
pub(super) fn look_alone(draft: &Draft, used: Option<IssueId>) -> Vec<Violation> {
    let mut found = Vec::new();
    if !is_alloys(draft.operation) {
        found.extend(key_to_s3::look(draft, used));
        return found;
    }
    // Every exchange is asked, and hardly one has such a name: the names are gone through once, and nothing is looked
    // up.
    let (mut may_be_a_pages, mut near) = (false, None);
    for name in draft.request.headers.keys().map(HeaderName::as_str) {
        may_be_a_pages |= browser::is_of_pages(name);
        near = near.or_else(|| user_header::is_near(name).then_some(name));
    }
    if may_be_a_pages {
        found.extend(browser::look(draft));
    }
    if let Some(name) = near {
        found.extend(user_header::look(draft, name));
    }
    found.extend(version::look(draft));
    found
}

/// One rule, with what it remembers. What it remembers is bounded.
trait Rule: Send {
    /// Which exchanges it looks at, by what it remembers. Asked whenever that may have changed.
    fn operations(&self) -> Operations;

    /// What this exchange shows together with those before it.
    fn look(&mut self, _seen: &Seen<'_>, _found: &mut Vec<Violation>) {}

    /// What is certain once the emulator's clock shows this, and was not told yet, each with the exchange that it is
    /// about.
    fn settle(&mut self, _ledger: &mut Ledger, _now: Timestamp, _found: &mut Vec<(About, Violation)>) {}

    /// The same once nothing comes any more.
    fn conclude(&mut self, _ledger: &mut Ledger, _found: &mut Vec<(About, Violation)>) {}

    /// Forgets what one user did.
    fn forget(&mut self, _user: UserId) {}
}

/// All rules.
pub(super) struct Rules {
    all: Vec<(Operations, Box<dyn Rule>)>,
    lost_user: lost_user::LostUser,
}

impl Default for Rules {
    fn default() -> Self {
        Self::of(vec![
            Box::new(existing::UploadOfExisting),
            Box::new(content_type::ContentType),
            Box::new(collision::Collision),
            Box::new(deleted::Deleted::default()),
            Box::new(expired::Expired::default()),
            Box::new(unused::Unused),
            Box::new(retry::Retry::default()),
            Box::new(retry_after::RetryAfter::default()),
        ])
    }
}

impl Rules {
    fn of(all: Vec<Box<dyn Rule>>) -> Self {
        let all = all.into_iter().map(|rule| (rule.operations(), rule)).collect();
        Self { all, lost_user: lost_user::LostUser::default() }
    }

    /// What an exchange brings, where it showed these by itself: see [`look_alone`].
    pub(super) fn look(
        &mut self,
        sight: Sight<'_>,
        mut violations: Vec<Violation>,
        ledger: &mut Ledger,
    ) -> Looked {
        let Sight { draft, issue, used, now } = sight;
        let seen = Seen { draft, ledger, issue, used, now };
        for (operations, rule) in &mut self.all {
            if operations.have(draft) {
                rule.look(&seen, &mut violations);
                *operations = rule.operations();
            }
        }
        let excused = self.lost_user.excuse(draft);
        Looked { violations, issued: issue, refused: take_down(draft, issue, used, ledger), excused }
    }

    pub(super) fn hold(&mut self, draft: &Draft) {
        self.lost_user.hold(draft);
    }

    pub(super) fn settle(&mut self, ledger: &mut Ledger, now: Timestamp) -> Vec<(About, Violation)> {
        let mut found = Vec::new();
        self.all.iter_mut().for_each(|(_, rule)| rule.settle(ledger, now, &mut found));
        found
    }

    pub(super) fn conclude(&mut self, ledger: &mut Ledger) -> Vec<(About, Violation)> {
        let mut found = Vec::new();
        for (operations, rule) in &mut self.all {
            rule.conclude(ledger, &mut found);
            *operations = rule.operations();
        }
        found
    }

    pub(super) fn forget(&mut self, user: UserId) {
        for (operations, rule) in &mut self.all {
            rule.forget(user);
            *operations = rule.operations();
        }
        self.lost_user.forget(user);
    }
}

/// Writes into the ledger what became of its URLs; gives the one whose PUT was refused.
fn take_down(
    draft: &Draft,
    issue: Option<IssueId>,
    used: Option<IssueId>,
    ledger: &mut Ledger,
) -> Option<IssueId> {
    match draft.operation {
        Operation::Presign => {
            // Nobody uses a URL that never arrived, or whose time was up when it did. A fault that only slowed the
            // answer is no reason.
            if let Some(entry) = issue.and_then(|id| ledger.get_mut(id)) {
                entry.is_touched |= draft.is_lost || draft.status.is_none() || is_over(entry, draft);
            }
            None
        }
        // The file is gone also where a fault kept the answer from the client.
        Operation::Delete if succeeded(draft) || draft.is_lost => {
            ledger.deleted(&key_to_delete(draft));
            None
        }
        operation if is_alloys(operation) => None,
        operation => {
            // A URL that was changed on its way was used all the same: S3's refusal says how it was changed.
            let meant = || failed(draft).then(|| ledger.of_path(path(draft))).flatten();
            let id = used.or_else(meant)?;
            let entry = ledger.get_mut(id)?;
            entry.is_touched = true;
            if operation != Operation::Put {
                return None;
            }
            if succeeded(draft) {
                ledger.uploaded(id);
            }
            failed(draft).then_some(id)
        }
    }
}

/// Whether a fault handed a URL out whose time was up.
fn is_over(entry: &Entry, draft: &Draft) -> bool {
    draft.fault.is_some() && entry.issued.ends_at() < draft.at
}
