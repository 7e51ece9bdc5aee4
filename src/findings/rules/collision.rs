//! Two filenames with one key (`a b.txt` and `a_b.txt`): one file silently replaces the other.
//! Reported at the PUT, since a URL alone loses nothing.

use super::{ExchangeContext, Rule, quote};
use crate::{exchange::Violation, findings::Entry};

/// URLs of one key that are compared.
const FURTHEST: usize = 64;

/// Looks for another file that was uploaded to the same key.
pub(super) struct Collision;

impl Rule for Collision {
    fn look(&mut self, context: &ExchangeContext<'_>, found: &mut Vec<Violation>) {
        let Some(new) = context.uploaded() else { return };
        let is_replaced = |old: &&Entry| {
            !old.deleted
                && !old.issued.is_existing
                && old.issued.md5 != new.issued.md5
                && old.issued.filename != new.issued.filename
        };
        // An `existing` URL has the key of this content, whatever the filename.
        if new.issued.is_existing {
            return;
        }
        // The earlier file may have been replaced already.
        let uploaded = context.ledger.of_key(new.issued.key.as_str()).take(FURTHEST);
        let last = uploaded.filter(|old| old.uploads > 0).max_by_key(|old| old.last_upload);
        if let Some(old) = last.filter(is_replaced) {
            let message = format!(
                "`{}` took the place of `{}`: both filenames become the key `{}`.",
                quote(&new.issued.filename),
                quote(&old.issued.filename),
                quote(new.issued.key.as_str()),
            );
            found.push(Violation::new("filename-collision", "path", message));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        exchange::Operation,
        findings::rules::testing::{Bench, exchange},
    };

    #[test]
    fn another_filename_of_the_same_key_is_told_with_both_names() {
        let mut bench = Bench::of(Collision);
        let (one, other) = (bench.presign("a b.txt", b"1"), bench.presign("a_b.txt", b"2"));
        assert_eq!(bench.put(one, 200).len(), 0);
        let found = bench.put(other, 200);
        assert_eq!((found.len(), found[0].rule), (1, "filename-collision"));
        for part in ["`a b.txt`", "`a_b.txt`"] {
            assert!(found[0].message.contains(part), "{}", found[0].message);
        }
    }

    #[test]
    fn a_page_with_a_200_stored_nothing_that_could_be_replaced() {
        let mut bench = Bench::of(Collision);
        let (one, other) = (bench.presign("a b.txt", b"1"), bench.presign("a_b.txt", b"2"));
        let mut page = exchange(Operation::Put, 200);
        page.path = bench.target(one);
        page.answered_by_fault = true;
        bench.see(&page);
        assert_eq!(bench.put(other, 200).len(), 0);
    }

    #[test]
    fn it_is_told_once_each_time_that_the_filename_changes() {
        let mut bench = Bench::of(Collision);
        let told =
            [("a b.txt", b"1"), ("a_b.txt", b"2"), ("a_b.txt", b"3"), ("a_b.txt", b"4"), ("a b.txt", b"5")]
                .map(|(name, bytes)| {
                    let url = bench.presign(name, bytes);
                    bench.put(url, 200).len()
                });
        assert_eq!(told, [0, 1, 0, 0, 1]);
    }

    #[test]
    fn nothing_is_lost_by_an_edit_a_refusal_a_copy_or_after_a_delete() {
        let mut bench = Bench::of(Collision);
        let put = |bench: &mut Bench, name: &str, bytes: &[u8], status| {
            let url = bench.presign(name, bytes);
            bench.put(url, status).len()
        };
        assert_eq!(put(&mut bench, "a b.txt", b"1", 200), 0);
        assert_eq!(put(&mut bench, "a b.txt", b"edited", 200), 0);
        assert_eq!(put(&mut bench, "a_b.txt", b"2", 403), 0);
        assert_eq!(put(&mut bench, "c d.txt", b"3", 200), 0);
        assert_eq!(put(&mut bench, "c_d.txt", b"3", 200), 0);
        bench.delete("a_b.txt", 200);
        assert_eq!(put(&mut bench, "a_b.txt", b"2", 200), 0);
    }
}
