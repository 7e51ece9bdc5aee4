//! Shared by the rules' unit tests: one rule with a ledger, and exchanges in a line each.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Rule, Rules};
use crate::{
    exchange::{Exchange, IssuedUrl, Operation, Violation},
    files::{S3Key, UserId},
    findings::{Late, Ledger},
};

/// When everything begins, on the emulator's clock.
pub(super) const START: Timestamp = Timestamp::constant(1_767_323_045, 0);

/// Returns the user whose exchanges these are.
pub(super) fn alice() -> UserId {
    UserId::of_key("alice-key")
}

/// Returns an exchange of Alice with this status; 0 is no answer.
pub(super) fn exchange(operation: Operation, status: u16) -> Exchange {
    let user_id = Some(alice().to_string());
    let status = Some(status).filter(|status| *status > 0);
    let method = operation.route().map_or("PUT".to_owned(), |(method, _)| method.to_string());
    Exchange { at: START, operation, user_id, method, status, ..Exchange::default() }
}

/// Adds headers to the request of an exchange.
pub(super) fn with(mut exchange: Exchange, headers: &[(&str, &str)]) -> Exchange {
    headers.iter().for_each(|(name, value)| exchange.request.headers.append(name, value));
    exchange
}

/// One rule at work. An exchange's id is the number of exchanges so far, and a URL is known by its presign's.
pub(super) struct Bench {
    rules: Rules,
    pub(super) ledger: Ledger,
    /// Real time, which only tests move.
    pub(super) now: Instant,
    /// When exchanges come, on the emulator's clock.
    pub(super) at: Timestamp,
    exchanges: u64,
}

impl Bench {
    pub(super) fn of(rule: impl Rule + 'static) -> Self {
        #[expect(clippy::disallowed_methods, reason = "there is no other way to an instant")]
        let now = Instant::now() + Duration::from_secs(3600);
        let rules = Rules::of(vec![Box::new(rule)]);
        Self { rules, ledger: Ledger::default(), now, at: START, exchanges: 0 }
    }

    /// Returns the rule's findings in an exchange.
    pub(super) fn see(&mut self, exchange: &Exchange) -> Vec<Violation> {
        self.exchanges += 1;
        let mut exchange = Exchange { id: self.exchanges, ..exchange.clone() };
        if let Some(issued) = exchange.issued.take() {
            self.ledger.add(exchange.id, *issued);
        }
        if !exchange.operation.is_alloys() && exchange.used.is_none() {
            exchange.used = self.ledger.use_url(Some(&exchange.path));
        }
        let before = exchange.findings.len();
        self.rules.look(&mut exchange, &mut self.ledger, self.now);
        let found = exchange.findings.split_off(before).into_iter();
        found.map(|found| Violation::new(found.rule, found.pointer, found.message)).collect()
    }

    fn issued(&self, filename: &str, bytes: &[u8]) -> IssuedUrl {
        let key = S3Key::of_file(alice(), filename);
        IssuedUrl {
            url: format!("http://h/alloy-user-files/{key}?X-Amz-Signature={:016}{:048}", self.exchanges, 0),
            user: alice(),
            filename: filename.to_owned(),
            mime_type: "text/plain".to_owned(),
            md5: md5(bytes),
            key,
            is_existing: false,
            known_at: START,
            signed_at: START,
            expires: 3600,
        }
    }

    /// Adds a presign as an exchange; returns its findings, with its id.
    pub(super) fn presign_seen(
        &mut self,
        filename: &str,
        bytes: &[u8],
        status: u16,
        change: impl FnOnce(&mut IssuedUrl),
    ) -> (u64, Vec<Violation>) {
        let mut issued = self.issued(filename, bytes);
        change(&mut issued);
        let presign = Exchange { issued: Some(Box::new(issued)), ..exchange(Operation::Presign, status) };
        let found = self.see(&presign);
        (self.exchanges, found)
    }

    /// Adds a presign with a changed exchange, and a URL that was signed at that time.
    pub(super) fn presign_in(&mut self, filename: &str, at: Timestamp, change: impl FnOnce(&mut Exchange)) {
        let issued = IssuedUrl { signed_at: at, ..self.issued(filename, b"a") };
        let mut presign = Exchange { issued: Some(Box::new(issued)), ..exchange(Operation::Presign, 200) };
        change(&mut presign);
        self.see(&presign);
    }

    pub(super) fn presign(&mut self, filename: &str, bytes: &[u8]) -> u64 {
        self.presign_seen(filename, bytes, 200, |_| ()).0
    }

    pub(super) fn presign_existing(&mut self, filename: &str, bytes: &[u8]) -> u64 {
        self.presign_seen(filename, bytes, 200, |issued| issued.is_existing = true).0
    }

    /// Path and query of a URL.
    pub(super) fn target(&self, presign: u64) -> String {
        self.ledger.get(presign).unwrap().issued.url.trim_start_matches("http://h").to_owned()
    }

    pub(super) fn put(&mut self, presign: u64, status: u16) -> Vec<Violation> {
        self.see(&Exchange { path: self.target(presign), ..exchange(Operation::Put, status) })
    }

    /// Begins a PUT: its client does not know later events.
    pub(super) fn begin_put(&mut self, presign: u64) -> Exchange {
        let path = self.target(presign);
        let used = self.ledger.use_url(Some(&path));
        Exchange { path, used, ..exchange(Operation::Put, 200) }
    }

    /// Returns a PUT that S3 refuses because the URL has expired.
    pub(super) fn put_late(&mut self, presign: u64) -> Vec<Violation> {
        self.put_late_with(presign, |_| ())
    }

    /// Like the last, with a change.
    pub(super) fn put_late_with(
        &mut self,
        presign: u64,
        change: impl FnOnce(&mut Exchange),
    ) -> Vec<Violation> {
        let mut put = exchange(Operation::Put, 403);
        put.at = self.at;
        put.path = self.target(presign);
        put.response.body = Some("<Message>Request has expired</Message>".into());
        change(&mut put);
        self.see(&put)
    }

    pub(super) fn delete(&mut self, filename: &str, status: u16) -> Vec<Violation> {
        let mut delete = exchange(Operation::Delete, status);
        delete.path = format!("/connectors/files/{}", S3Key::of_file(alice(), filename));
        self.see(&delete)
    }

    /// Returns the rule's findings at this time, each with its exchange.
    pub(super) fn settle(&mut self, now: Timestamp) -> Vec<Late> {
        self.rules.settle(&mut self.ledger, now)
    }

    /// Returns the rule's findings at the end, each with its exchange.
    pub(super) fn conclude(&mut self) -> Vec<Late> {
        self.rules.conclude(&mut self.ledger)
    }

    pub(super) fn forget(&mut self) {
        self.rules.forget(alice());
    }
}

/// Stands for the MD5: the first byte, sixteen times.
fn md5(bytes: &[u8]) -> crate::files::Md5Digest {
    [bytes.first().copied().unwrap_or_default(); 16].into()
}
