//! An unused presigned URL: a file was announced and never sent. Certain once the URL has expired on the emulator's
//! clock, and at the end of the run. Reported once, with the presign. URLs that the ledger has dropped are not
//! reported.
//!
//! Exceptions: an `existing` file need not be sent. A client that repeats a presign, after a lost or slow answer, needs
//! only one of the URLs: a URL is not missed if a later one for its key was used, or an earlier one with the same
//! bytes; nor while such a URL is still valid. A refused PUT uses its URL too, and so does a running one.

use std::collections::HashSet;

use jiff::Timestamp;

use super::{Entry, Late, Ledger, Rule, quote};
use crate::exchange::Violation;

const RULE: &str = "url-unused";

/// Looks for URLs in the ledger that were not used.
pub(super) struct Unused;

impl Rule for Unused {
    fn settle(&mut self, ledger: &mut Ledger, now: Timestamp, found: &mut Vec<Late>) {
        tell(ledger, |entry| is_over(entry, now), "expired unused", found);
    }

    fn conclude(&mut self, ledger: &mut Ledger, found: &mut Vec<Late>) {
        tell(ledger, |_| true, "was never used, and the run is over", found);
    }
}

/// Reports the unused URLs that are over.
fn tell(ledger: &mut Ledger, is_over: impl Fn(&Entry) -> bool, what: &str, found: &mut Vec<Late>) {
    if !ledger.all().any(|entry| is_open(entry) && is_over(entry)) {
        return;
    }
    for presign in missed(ledger, is_over) {
        let Some(entry) = ledger.get_mut(presign) else { continue };
        entry.reported = true;
        let message = format!("The URL for `{}` {what}.", quote(&entry.issued.filename));
        found.push((presign, Violation::new(RULE, "/filename", message)));
    }
}

/// Returns the URLs that are missed, oldest first.
fn missed(ledger: &Ledger, is_over: impl Fn(&Entry) -> bool) -> Vec<u64> {
    let may_be_used = |entry: &Entry| entry.used || !is_over(entry);
    let contents: HashSet<_> = ledger
        .all()
        .filter(|entry| may_be_used(entry) && !entry.deleted)
        .map(|entry| (&entry.issued.key, entry.issued.md5))
        .collect();
    let mut used_later = HashSet::new();
    let mut missed = Vec::new();
    for entry in ledger.all().rev() {
        let key = &entry.issued.key;
        if may_be_used(entry) {
            used_later.insert(key);
        } else if is_open(entry) && !used_later.contains(key) && !contents.contains(&(key, entry.issued.md5))
        {
            missed.push(entry.presign);
        }
    }
    missed.reverse();
    missed
}

/// Returns whether a URL for a missing file is unused and not reported yet.
fn is_open(entry: &Entry) -> bool {
    !entry.used && !entry.issued.is_existing && !entry.reported
}

/// Returns whether S3 takes it no more at this time of the emulator's clock: it compares whole seconds.
fn is_over(entry: &Entry, now: Timestamp) -> bool {
    now.as_second() > entry.issued.expires_at().as_second()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::{
        exchange::Operation,
        findings::rules::testing::{Bench, START, exchange},
    };

    /// Returns the exchanges that are reported at the end of the run.
    fn reported(bench: &mut Bench) -> Vec<u64> {
        bench.conclude().into_iter().map(|(exchange, _)| exchange).collect()
    }

    /// Returns the exchanges that are reported this many seconds after the start.
    fn told_after(bench: &mut Bench, seconds: i64) -> Vec<u64> {
        let now = START + SignedDuration::from_secs(seconds);
        bench.settle(now).into_iter().map(|(exchange, _)| exchange).collect()
    }

    #[test]
    fn nothing_is_missed_while_another_url_for_the_file_can_be_used() {
        let mut bench = Bench::of(Unused);
        bench.presign("a.txt", b"a");
        bench.presign_seen("a.txt", b"edited", 200, |new| new.expires += 1800);
        assert_eq!(told_after(&mut bench, 3601), [0; 0]);
        assert_eq!(told_after(&mut bench, 5401), [1, 2]);
    }

    #[test]
    fn at_the_end_of_the_run_every_unused_url_is_missed() {
        let mut bench = Bench::of(Unused);
        let used = bench.presign("a.txt", b"a");
        bench.presign("b.txt", b"b");
        bench.presign("c.txt", b"c");
        bench.put(used, 200);
        assert_eq!(reported(&mut bench), [2, 3]);
        assert_eq!(reported(&mut bench), [0; 0], "each is told once");
    }

    #[test]
    fn a_refused_request_and_a_changed_url_are_uses() {
        let mut bench = Bench::of(Unused);
        let url = bench.presign("a.txt", b"a");
        bench.put(url, 403);
        let changed = bench.presign("b.txt", b"b");
        let mut put = exchange(Operation::Put, 403);
        put.path = bench.target(changed).replace("X-Amz-Signature=0", "X-Amz-Signature=1");
        bench.see(&put);
        assert_eq!(reported(&mut bench), [0; 0]);
    }

    #[test]
    fn an_existing_file_and_an_answer_that_was_lost_are_fine() {
        let mut bench = Bench::of(Unused);
        bench.presign_existing("a.txt", b"a");
        bench.presign_seen("b.txt", b"b", 0, |_| ());
        assert_eq!(reported(&mut bench), [0; 0]);
    }

    #[test]
    fn an_answer_that_was_slowed_is_none_that_was_lost() {
        for (is_lost, missed) in [(false, 1), (true, 0)] {
            let mut bench = Bench::of(Unused);
            bench.presign_in("a.txt", START, |presign| {
                presign.fault = Some("1".to_owned());
                presign.answer_lost = is_lost;
            });
            assert_eq!(reported(&mut bench).len(), missed);
        }
    }

    #[test]
    fn an_url_that_a_fault_hands_out_too_late_is_of_no_use() {
        // A URL is valid for an hour.
        for (seconds, missed) in [(3601, 0), (3600, 1), (0, 1)] {
            let mut bench = Bench::of(Unused);
            let at = START - SignedDuration::from_secs(seconds);
            bench.presign_in("a.txt", at, |presign| presign.fault = Some("1".to_owned()));
            assert_eq!(reported(&mut bench).len(), missed, "{at}");
        }
    }

    #[test]
    fn of_several_urls_for_a_file_one_is_enough() {
        let mut bench = Bench::of(Unused);
        let first = bench.presign("a.txt", b"a");
        bench.presign("a.txt", b"a");
        bench.put(first, 200);
        assert_eq!(reported(&mut bench), [0; 0]);
        let mut bench = Bench::of(Unused);
        bench.presign("a.txt", b"a");
        let edited = bench.presign("a.txt", b"edited");
        bench.put(edited, 200);
        assert_eq!(reported(&mut bench), [0; 0]);
    }

    #[test]
    fn other_content_and_a_file_deleted_since_are_missed() {
        let mut bench = Bench::of(Unused);
        let first = bench.presign("a.txt", b"a");
        bench.put(first, 200);
        bench.presign("a.txt", b"edited");
        let third = bench.presign("b.txt", b"b");
        bench.put(third, 200);
        bench.delete("b.txt", 200);
        bench.presign("b.txt", b"b");
        assert_eq!(reported(&mut bench), [3, 7]);
    }
}
