//! A URL that is used after it expired. S3's refusal is a finding of its own; this rule checks whether the client then
//! requested a new URL. The guide: presigned URLs expire after 1 hour; generate a new one if needed.
//!
//! Two events prove that it did not: a retry with the same URL, and the end of the run. A new URL is only a note: it
//! works, but requesting the URL right before the upload saves a round trip.
//!
//! If a fault lets S3 refuse the URL before it expires, the client could not know: only a retry with the same URL is
//! reported. A refusal that a fault cut short may not have reached the client.

use std::{collections::VecDeque, time::Instant};

use super::{Entry, ExchangeContext, Late, Ledger, Rule, quote};
use crate::{
    exchange::{Exchange, Operation, Violation},
    files::{Md5Digest, S3Key, UserId},
};

/// Most unrenewed URLs that are kept. The oldest goes first.
const MAX_URLS: usize = 256;

/// Remembers expired URLs that were used.
#[derive(Default)]
pub(super) struct Expired {
    open: VecDeque<Open>,
}

/// A URL that was used after it expired, and not renewed so far.
struct Open {
    presign: u64,
    user: UserId,
    key: S3Key,
    md5: Md5Digest,
    /// End of S3's answer.
    refused: Instant,
    /// Whether a fault let it expire early: the client could not know.
    is_fault: bool,
    /// Whether it was reported as not renewed.
    reported: bool,
}

impl Rule for Expired {
    fn look(&mut self, context: &ExchangeContext<'_>, found: &mut Vec<Violation>) {
        match context.exchange.operation {
            Operation::Put => self.look_at_put(context, found),
            Operation::Presign => self.look_at_presign(context, found),
            _ => {}
        }
    }

    fn conclude(&mut self, ledger: &mut Ledger, found: &mut Vec<Late>) {
        for open in self.open.drain(..).filter(|open| !open.reported && !open.is_fault) {
            let Some(entry) = ledger.get(open.presign) else { continue };
            let Some(exchange) = entry.refused_in else { continue };
            let message = format!(
                "The URL for `{}` expired at {} and was used after that, and no new one was requested.",
                quote(&entry.issued.filename),
                entry.issued.expires_at()
            );
            found.push((exchange, Violation::new("expired-url-not-renewed", "path", message)));
        }
    }

    fn forget(&mut self, user: UserId) {
        self.open.retain(|open| open.user != user);
    }
}

impl Expired {
    fn look_at_put(&mut self, context: &ExchangeContext<'_>, found: &mut Vec<Violation>) {
        let Some(entry) = context.used() else { return };
        if context.exchange.succeeded() {
            // The file is stored, by whichever URL.
            self.open.retain(|open| open.key != entry.issued.key);
            return;
        }
        if !says_expired(context.exchange) {
            return;
        }
        match self.open.iter_mut().find(|open| open.presign == entry.presign) {
            None if context.exchange.answer_lost => {}
            None => self.add(Open::of(entry, context)),
            Some(open) => {
                let is_after = context.started().is_some_and(|started| started >= open.refused);
                if is_after && !std::mem::replace(&mut open.reported, true) {
                    found.push(again(entry, open.is_fault));
                }
            }
        }
    }

    fn look_at_presign(&mut self, context: &ExchangeContext<'_>, found: &mut Vec<Violation>) {
        let Some(new) = context.issued().map(|entry| &entry.issued) else { return };
        // The answer may name another key, if it is `existing`.
        let is_same = |open: &Open| open.user == new.user && (open.key == new.key || open.md5 == new.md5);
        let Some(at) = self.open.iter().position(is_same) else { return };
        let Some(open) = self.open.remove(at) else { return };
        let Some(old) = context.ledger.get(open.presign).filter(|_| !open.is_fault && !open.reported) else {
            return;
        };
        let message = format!(
            "This is a new URL for `{}`: the one before expired at {} and was used after that.",
            quote(&new.filename),
            old.issued.expires_at()
        );
        found.push(Violation::new("expired-url-renewed", "/filename", message));
    }

    fn add(&mut self, open: Open) {
        if self.open.len() == MAX_URLS {
            self.open.pop_front();
        }
        self.open.push_back(open);
    }
}

impl Open {
    fn of(entry: &Entry, context: &ExchangeContext<'_>) -> Self {
        let issued = &entry.issued;
        // Also where the presign issued it expired: its own time was not over then.
        let is_early = context.exchange.at <= issued.expires_at();
        Self {
            presign: entry.presign,
            user: issued.user,
            key: issued.key.clone(),
            md5: issued.md5,
            refused: context.now,
            is_fault: context.exchange.answered_by_fault || is_early,
            reported: false,
        }
    }
}

/// Returns whether S3 said that the URL has expired.
fn says_expired(exchange: &Exchange) -> bool {
    let says_so = |body: &String| body.contains("Request has expired");
    exchange.status == Some(403) && exchange.response.body.as_ref().is_some_and(says_so)
}

/// Returns the violation of an expired URL that is used again.
fn again(entry: &Entry, is_fault: bool) -> Violation {
    let name = quote(&entry.issued.filename);
    let message = if is_fault {
        format!("The URL for `{name}` is used again after S3 said that it has expired, instead of a new one.")
    } else {
        let at = entry.issued.expires_at();
        format!(
            "The URL for `{name}`, which expired at {at}, is used again after S3 said so, instead of a new one."
        )
    };
    Violation::new("expired-url-not-renewed", "path", message)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::findings::rules::testing::{Bench, START, exchange};

    /// Returns a bench on which the URL of `a.txt` was used late, in the second exchange.
    fn used_late() -> (Bench, u64) {
        let mut bench = Bench::of(Expired::default());
        bench.at = START + jiff::SignedDuration::from_mins(61);
        let url = bench.presign("a.txt", b"a");
        assert_eq!(bench.put_late(url).len(), 0);
        (bench, url)
    }

    #[test]
    fn reports_an_unrenewed_url_at_the_end() {
        let (mut bench, _) = used_late();
        let found = bench.conclude();
        assert_eq!((found.len(), found[0].0, found[0].1.rule), (1, 2, "expired-url-not-renewed"));
        assert!(found[0].1.message.contains("`a.txt`"), "{}", found[0].1.message);
        assert_eq!(bench.conclude().len(), 0);
    }

    #[test]
    fn a_fault_that_lets_it_expire_makes_no_note() {
        let mut bench = Bench::of(Expired::default());
        let url = bench.presign("a.txt", b"a");
        bench.put_late(url);
        assert_eq!(bench.presign_seen("a.txt", b"a", 200, |_| ()).1.len(), 0);
        bench.put_late(url);
        assert_eq!(bench.conclude().len(), 0);
    }

    #[test]
    fn a_fault_that_only_slowed_the_refusal_is_no_excuse() {
        let mut bench = Bench::of(Expired::default());
        bench.at = START + jiff::SignedDuration::from_mins(61);
        let url = bench.presign("a.txt", b"a");
        bench.put_late_with(url, |put| put.fault = Some("1".to_owned()));
        assert_eq!(bench.conclude().len(), 1);
    }

    #[test]
    fn ignores_refusals_by_faults() {
        for (is_faults, is_lost) in [(true, false), (false, true)] {
            let mut bench = Bench::of(Expired::default());
            bench.at = START + jiff::SignedDuration::from_mins(61);
            let url = bench.presign("a.txt", b"a");
            bench.put_late_with(url, |put| (put.answered_by_fault, put.answer_lost) = (is_faults, is_lost));
            assert_eq!(bench.conclude().len(), 0);
        }
        let mut bench = Bench::of(Expired::default());
        let url = bench.presign("a.txt", b"a");
        bench.put_late_with(url, |put| put.answer_lost = true);
        bench.now += Duration::from_secs(1);
        assert_eq!(bench.put_late(url).len(), 0, "it could not be read why");
    }

    #[test]
    fn a_page_with_a_200_uploads_nothing() {
        let (mut bench, url) = used_late();
        let mut page = exchange(Operation::Put, 200);
        page.path = bench.target(url);
        page.answered_by_fault = true;
        bench.see(&page);
        assert_eq!(bench.conclude().len(), 1);
    }

    #[test]
    fn after_a_fault_the_time_that_is_to_come_is_not_named() {
        let mut bench = Bench::of(Expired::default());
        let url = bench.presign("a.txt", b"a");
        bench.put_late(url);
        bench.now += Duration::from_secs(1);
        let found = bench.put_late(url);
        assert_eq!((found.len(), found[0].rule), (1, "expired-url-not-renewed"));
        assert!(!found[0].message.contains("04:04:05"), "{}", found[0].message);
    }

    #[test]
    fn only_an_upload_of_the_same_file_counts_as_renewal() {
        let (mut bench, _) = used_late();
        assert_eq!(bench.presign_seen("b.txt", b"b", 200, |_| ()).1.len(), 0);
        let (mut other, _) = used_late();
        let early = other.presign("a.txt", b"other");
        other.put(early, 200);
        assert_eq!((bench.conclude().len(), other.conclude().len()), (1, 0));
    }

    #[test]
    fn a_users_reset_forgets_it() {
        let (mut bench, _) = used_late();
        bench.forget();
        assert_eq!(bench.conclude().len(), 0);
    }
}
