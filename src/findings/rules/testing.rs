//! What the rules' unit tests share: one rule alone, with a ledger, and exchanges in a line each.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use hyper::StatusCode;
use jiff::Timestamp;

use super::{Rule, Rules, Sight, is_alloys, path};
use crate::{
    exchange::{Operation, Violation},
    files::{S3Key, UserId},
    findings::{About, Announced, IssueId, Ledger, Signature},
    journal::Draft,
};

/// When everything begins, on the emulator's clock.
pub(super) const START: Timestamp = Timestamp::constant(1_767_323_045, 0);

/// The user whose exchanges these are.
pub(super) fn alice() -> UserId {
    UserId::of_key("alice-key")
}

/// An exchange of Alice's that was answered with this status; 0 is no answer.
pub(super) fn draft(operation: Operation, status: u16) -> Draft {
    let mut draft = Draft::of(operation);
    draft.at = START;
    draft.user = Some(alice());
    draft.status = StatusCode::from_u16(status).ok();
    draft
}

/// The exchange, with headers in its request.
pub(super) fn with(mut draft: Draft, headers: &[(&'static str, &str)]) -> Draft {
    for (name, value) in headers {
        draft.request.headers.append(*name, value.parse().unwrap());
    }
    draft
}

/// One rule at work.
pub(super) struct Bench {
    rules: Rules,
    pub(super) ledger: Ledger,
    /// Real time, which only tests move.
    pub(super) now: Instant,
    /// When exchanges come, on the emulator's clock.
    pub(super) at: Timestamp,
    exchanges: u64,
    /// The exchanges in which URLs were handed out.
    issues: HashMap<IssueId, u64>,
}

impl Bench {
    pub(super) fn of(rule: impl Rule + 'static) -> Self {
        #[expect(clippy::disallowed_methods, reason = "there is no other way to an instant")]
        let now = Instant::now() + Duration::from_secs(3600);
        Self {
            rules: Rules::of(vec![Box::new(rule)]),
            ledger: Ledger::default(),
            now,
            at: START,
            exchanges: 0,
            issues: HashMap::new(),
        }
    }

    /// What the rule says of an exchange; its id is the number of exchanges so far.
    pub(super) fn see(&mut self, draft: &Draft) -> Vec<Violation> {
        self.see_with(draft, None)
    }

    fn see_with(&mut self, draft: &Draft, issue: Option<IssueId>) -> Vec<Violation> {
        let sent = Signature::of_query(&draft.target).filter(|_| !is_alloys(draft.operation));
        let used = sent.and_then(|sent| self.ledger.used(path(draft), sent));
        let sight = Sight { draft, issue, used, now: self.now };
        let looked = self.rules.look(sight, Vec::new(), &mut self.ledger);
        self.exchanges += 1;
        if let Some(refused) = looked.refused {
            self.ledger.refused(refused, self.exchanges);
        }
        looked.violations
    }

    fn issue<'a>(
        &mut self,
        filename: &'a str,
        bytes: &[u8],
        change: impl FnOnce(&mut Announced<'a>),
    ) -> IssueId {
        let key = S3Key::of_file(alice(), filename);
        let signature = Signature::of_query(&format!("X-Amz-Signature={:016}{:048}", self.exchanges, 0));
        let mut announced = Announced {
            user: alice(),
            filename,
            mime_type: "text/plain",
            md5: md5(bytes),
            key,
            authority: "h",
            signature,
            is_existing: false,
            at: START,
            signed_at: START,
            expires: 3600,
        };
        change(&mut announced);
        self.ledger.add(announced.into())
    }

    /// A presign in an exchange of its own; what is said of it comes with it.
    pub(super) fn presign_seen<'a>(
        &mut self,
        filename: &'a str,
        bytes: &[u8],
        status: u16,
        change: impl FnOnce(&mut Announced<'a>),
    ) -> (IssueId, Vec<Violation>) {
        let id = self.issue(filename, bytes, change);
        let found = self.see_with(&draft(Operation::Presign, status), Some(id));
        self.issues.insert(id, self.exchanges);
        (id, found)
    }

    /// A presign whose exchange has something special about it, and a URL that was signed then.
    pub(super) fn presign_in(&mut self, filename: &str, at: Timestamp, change: impl FnOnce(&mut Draft)) {
        let id = self.issue(filename, b"a", |issued| issued.signed_at = at);
        let mut presign = draft(Operation::Presign, 200);
        change(&mut presign);
        self.see_with(&presign, Some(id));
        self.issues.insert(id, self.exchanges);
    }

    pub(super) fn presign(&mut self, filename: &str, bytes: &[u8]) -> IssueId {
        self.presign_seen(filename, bytes, 200, |_| ()).0
    }

    pub(super) fn presign_existing(&mut self, filename: &str, bytes: &[u8]) -> IssueId {
        self.presign_seen(filename, bytes, 200, |issued| issued.is_existing = true).0
    }

    pub(super) fn presign_as<'a>(&mut self, filename: &'a str, bytes: &[u8], mime_type: &'a str) -> IssueId {
        self.presign_seen(filename, bytes, 200, |issued| issued.mime_type = mime_type).0
    }

    /// Path and query of a URL.
    pub(super) fn target(&self, id: IssueId) -> String {
        let issued = &self.ledger.get(id).unwrap().issued;
        let signature = issued.signature.unwrap();
        format!("/alloy-user-files/{}?X-Amz-Signature={}", issued.key(), signature.digits())
    }

    pub(super) fn put(&mut self, id: IssueId, status: u16) -> Vec<Violation> {
        self.put_with(id, status, &[])
    }

    pub(super) fn put_with(
        &mut self,
        id: IssueId,
        status: u16,
        headers: &[(&'static str, &str)],
    ) -> Vec<Violation> {
        let mut put = with(draft(Operation::Put, status), headers);
        put.target = self.target(id);
        self.see(&put)
    }

    /// A PUT that S3 refuses since the URL has expired.
    pub(super) fn put_late(&mut self, id: IssueId) -> Vec<Violation> {
        self.put_late_with(id, |_| ())
    }

    /// The same, with something special about it.
    pub(super) fn put_late_with(&mut self, id: IssueId, change: impl FnOnce(&mut Draft)) -> Vec<Violation> {
        let mut put = draft(Operation::Put, 403);
        put.at = self.at;
        put.target = self.target(id);
        put.response.body = Some("<Message>Request has expired</Message>".into());
        change(&mut put);
        self.see(&put)
    }

    pub(super) fn delete(&mut self, filename: &str, status: u16) -> Vec<Violation> {
        let mut delete = draft(Operation::Delete, status);
        delete.target = format!("/connectors/files/{}", S3Key::of_file(alice(), filename));
        self.see(&delete)
    }

    /// What the rule says at this time, each with its exchange.
    pub(super) fn settle(&mut self, now: Timestamp) -> Vec<(u64, Violation)> {
        let found = self.rules.settle(&mut self.ledger, now);
        self.by_exchange(found)
    }

    /// What the rule says at an end, each with its exchange.
    pub(super) fn conclude(&mut self) -> Vec<(u64, Violation)> {
        let found = self.rules.conclude(&mut self.ledger);
        self.by_exchange(found)
    }

    fn by_exchange(&self, found: Vec<(About, Violation)>) -> Vec<(u64, Violation)> {
        let exchange = |about| match about {
            About::Exchange(id) => id,
            About::Issue(issue) => self.issues[&issue],
        };
        found.into_iter().map(|(about, violation)| (exchange(about), violation)).collect()
    }

    pub(super) fn forget(&mut self) {
        self.rules.forget(alice());
    }
}

/// Stands for the MD5: the first byte, sixteen times.
fn md5(bytes: &[u8]) -> crate::files::Md5Digest {
    [bytes.first().copied().unwrap_or_default(); 16].into()
}
