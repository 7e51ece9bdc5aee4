//! The rules over exchanges, one file each. [`super::Detector`] passes every exchange to all of
//! them, in the order in which they end.
//!
//! Rules that need only the exchange are functions; the others are a [`Rule`] with bounded memory.
//! All run under one lock, for every exchange, so each first checks what excludes most exchanges.

mod browser;
mod collision;
mod content_type;
mod deleted;
mod existing;
mod expired;
mod key_to_s3;
mod lost_user;
mod retry;
mod retry_after;
#[cfg(test)]
mod testing;
mod unused;
mod user_header;
mod version;

use std::{
    borrow::Cow,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use percent_encoding::percent_decode_str;

use super::{Entry, Late, Ledger};
pub(super) use lost_user::RULE as USERNAME_TAKEN;

use crate::{
    exchange::{Exchange, Operation, Violation},
    files::UserId,
    text::short as quote,
};

/// The rules that need nothing but the exchange.
const ALONE: [fn(&Exchange) -> Option<Violation>; 4] =
    [key_to_s3::look, browser::look, user_header::look, version::look];

/// A rule with its bounded memory.
trait Rule: Send {
    /// Adds the findings of this exchange and earlier ones.
    fn look(&mut self, _context: &ExchangeContext<'_>, _found: &mut Vec<Violation>) {}

    /// Adds the findings that are certain at this time of the emulator's clock, and not reported yet.
    fn settle(&mut self, _ledger: &mut Ledger, _now: Timestamp, _found: &mut Vec<Late>) {}

    /// Adds the findings of the end of the run.
    fn conclude(&mut self, _ledger: &mut Ledger, _found: &mut Vec<Late>) {}

    /// Forgets what one user did.
    fn forget(&mut self, _user: UserId) {}
}

/// All rules that remember.
pub(super) struct Rules {
    all: Vec<Box<dyn Rule>>,
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

/// An exchange that is over, as the rules see it.
struct ExchangeContext<'a> {
    /// The exchange.
    exchange: &'a Exchange,
    /// The issued URLs.
    ledger: &'a Ledger,
    /// When it ended, in real time.
    now: Instant,
}

impl<'a> ExchangeContext<'a> {
    /// Returns the URL that this presign issued.
    fn issued(&self) -> Option<&'a Entry> {
        self.ledger.get(self.exchange.id)
    }

    /// Returns the URL that this exchange used.
    fn used(&self) -> Option<&'a Entry> {
        self.ledger.get(self.exchange.used?.presign)
    }

    /// Returns the URL of the upload in this exchange.
    fn uploaded(&self) -> Option<&'a Entry> {
        let is_upload = self.exchange.operation == Operation::Put && self.exchange.succeeded();
        if is_upload { self.used() } else { None }
    }

    /// Returns when its head had arrived, in real time.
    fn started(&self) -> Option<Instant> {
        self.now.checked_sub(Duration::from_micros(self.exchange.duration_us))
    }
}

impl Rules {
    fn of(all: Vec<Box<dyn Rule>>) -> Self {
        Self { all, lost_user: lost_user::LostUser::default() }
    }

    /// Adds the findings of an exchange, and updates its URLs in the ledger.
    pub(super) fn look(&mut self, exchange: &mut Exchange, ledger: &mut Ledger, now: Instant) {
        let mut found: Vec<Violation> = Self::of_exchange_alone(exchange).collect();
        let context = ExchangeContext { exchange, ledger, now };
        self.all.iter_mut().for_each(|rule| rule.look(&context, &mut found));
        if let Some(excused) = self.lost_user.excuse(exchange) {
            exchange.findings.retain(|finding| finding.rule != excused);
        }
        exchange.report(found);
        update(ledger, exchange);
    }

    /// Returns the findings of an exchange by itself.
    pub(super) fn of_exchange_alone(exchange: &Exchange) -> impl Iterator<Item = Violation> {
        ALONE.iter().filter_map(move |look| look(exchange))
    }

    /// Returns whether an exchange breaks [`USERNAME_TAKEN`] through no fault of the client's.
    pub(super) fn excuses(&self, exchange: &Exchange) -> bool {
        self.lost_user.excuses(exchange)
    }

    pub(super) fn hold(&mut self, exchange: &Exchange) {
        self.lost_user.hold(exchange);
    }

    pub(super) fn settle(&mut self, ledger: &mut Ledger, now: Timestamp) -> Vec<Late> {
        let mut found = Vec::new();
        self.all.iter_mut().for_each(|rule| rule.settle(ledger, now, &mut found));
        found
    }

    pub(super) fn conclude(&mut self, ledger: &mut Ledger) -> Vec<Late> {
        let mut found = Vec::new();
        self.all.iter_mut().for_each(|rule| rule.conclude(ledger, &mut found));
        found
    }

    pub(super) fn forget(&mut self, user: UserId) {
        self.all.iter_mut().for_each(|rule| rule.forget(user));
        self.lost_user.forget(user);
    }
}

/// Notes in the ledger what became of its URLs.
fn update(ledger: &mut Ledger, exchange: &Exchange) {
    match exchange.operation {
        Operation::Presign => {
            let Some(entry) = ledger.get_mut(exchange.id) else { return };
            entry.answer_lost = exchange.answer_lost || exchange.status.is_none();
            // A URL is not missed if it never arrived, or had expired by then. A fault that only delays the answer is
            // no excuse.
            let is_over = exchange.fault.is_some() && entry.issued.ends_at() < exchange.at;
            entry.used |= entry.answer_lost || is_over;
        }
        // The file is gone also where a fault kept the answer from the client.
        Operation::Delete if exchange.succeeded() || exchange.answer_lost => {
            ledger.delete(&key_to_delete(exchange));
        }
        operation if operation.is_alloys() => {}
        operation => {
            // A URL that was changed on its way was used all the same: S3's refusal says how it was changed.
            let meant = || if exchange.failed() { ledger.of_path(exchange.path_alone()) } else { None };
            let used = exchange.used.map(|used| used.presign);
            let Some(presign) = used.or_else(|| Some(meant()?.presign)) else { return };
            let Some(entry) = ledger.get_mut(presign) else { return };
            entry.used = true;
            if operation != Operation::Put {
                return;
            }
            if exchange.failed() {
                entry.refused_in = Some(exchange.id);
            }
            let is_unheard = exchange.answer_lost || exchange.status.is_none();
            if exchange.succeeded() {
                ledger.upload(presign, is_unheard);
            } else if is_unheard {
                ledger.hear(presign, true);
            }
        }
    }
}

/// Returns the user whose files an exchange is about.
fn user_of(exchange: &Exchange) -> Option<UserId> {
    exchange.user_id.as_ref()?.parse().ok()
}

/// Returns the key that a delete names.
fn key_to_delete(exchange: &Exchange) -> Cow<'_, str> {
    percent_decode_str(exchange.path_alone().rsplit('/').next().unwrap_or_default()).decode_utf8_lossy()
}
