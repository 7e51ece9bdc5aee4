//! The rules over several exchanges: one file each. [`super::Advisor`] shows every exchange to all of them, in
//! the order in which they end.

use std::time::Instant;

use crate::{
    advice::{End, Entry, IssueId, Ledger},
    exchange::Violation,
    files::UserId,
    journal::Draft,
};

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
}

/// One rule, with what it remembers. What it remembers is bounded.
trait Rule: Send {
    /// What this exchange shows together with those before it.
    fn look(&mut self, seen: &Seen<'_>, found: &mut Vec<Violation>);

    /// What is certain at this end and was not told yet, each with the exchange that it is about.
    fn conclude(&mut self, _ledger: &mut Ledger, _end: End, _found: &mut Vec<(u64, Violation)>) {}

    /// Forgets what one user did.
    fn forget(&mut self, _user: UserId) {}
}

/// All rules.
#[derive(Default)]
pub(super) struct Rules(Vec<Box<dyn Rule>>);

impl Rules {
    pub(super) fn look(
        &mut self,
        draft: &Draft,
        issue: Option<IssueId>,
        ledger: &mut Ledger,
    ) -> Vec<Violation> {
        #[expect(clippy::disallowed_methods, reason = "how soon a client comes again is real time")]
        let now = Instant::now();
        let used = ledger.of_signature(draft.target.split_once('?').map(|(_, query)| query));
        let mut found = Vec::new();
        let seen = Seen { draft, ledger, issue, used, now };
        self.0.iter_mut().for_each(|rule| rule.look(&seen, &mut found));
        if draft.operation == crate::exchange::Operation::Put
            && let Some(entry) = used.and_then(|id| ledger.get_mut(id))
        {
            entry.attempts += 1;
            entry.uploads += u32::from(draft.status.is_some_and(|status| status.is_success()));
        }
        found
    }

    pub(super) fn conclude(&mut self, ledger: &mut Ledger, end: End) -> Vec<(u64, Violation)> {
        let mut found = Vec::new();
        self.0.iter_mut().for_each(|rule| rule.conclude(ledger, end, &mut found));
        found
    }

    pub(super) fn forget(&mut self, user: UserId) {
        self.0.iter_mut().for_each(|rule| rule.forget(user));
    }
}
