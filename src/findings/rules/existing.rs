//! An upload of content that exists: the presign said `existing`, and the client uploads anyway.
//! The guide: use the `type` field to detect if a file already exists before uploading.
//!
//! Uses the last answer that the client had for this user, content and key when it sent the PUT, not the URL: two
//! presigns within one second get the same URL.

use super::{ExchangeContext, Rule, quote};
use crate::exchange::Violation;

/// Checks the answer of an upload's presign.
pub(super) struct UploadOfExisting;

impl Rule for UploadOfExisting {
    fn look(&mut self, context: &ExchangeContext<'_>, found: &mut Vec<Violation>) {
        let (Some(used), Some(_)) = (context.exchange.used, context.uploaded()) else { return };
        let Some(entry) = context.ledger.get(used.last_presign) else { return };
        // A file that was deleted meanwhile is rightly sent again, as is one that the client does
        // not know to be stored.
        let tries_again = context.used().is_some_and(|entry| entry.upload_unheard);
        if !entry.issued.is_existing || entry.deleted || tries_again {
            return;
        }
        let message = format!(
            "`{}` was uploaded although the answer to its presign said `\"type\": \"existing\"`: the bytes were there already, as `{}`.",
            quote(&entry.issued.filename),
            quote(entry.issued.key.as_str()),
        );
        found.push(Violation::new("upload-of-existing", "path", message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::rules::testing::Bench;

    #[test]
    fn reports_an_upload_after_existing_but_not_after_new() {
        let mut bench = Bench::of(UploadOfExisting);
        let new = bench.presign("a.txt", b"a");
        assert_eq!(bench.put(new, 200).len(), 0);
        let existing = bench.presign_existing("a.txt", b"a");
        assert_eq!(bench.put(existing, 403).len(), 0, "nothing was uploaded");
        let found = bench.put(existing, 200);
        assert_eq!((found.len(), found[0].rule), (1, "upload-of-existing"));
        assert!(found[0].message.contains("`a.txt`") && found[0].message.contains("existing"));
    }

    #[test]
    fn the_last_answer_counts_where_two_presigns_have_one_url() {
        let mut bench = Bench::of(UploadOfExisting);
        let new = bench.presign("a.txt", b"a");
        assert_eq!(bench.put(new, 200).len(), 0);
        let url = bench.ledger.get(new).unwrap().issued.url.clone();
        bench.presign_seen("a.txt", b"a", 200, |issued| {
            issued.is_existing = true;
            issued.url = url;
        });
        assert_eq!(bench.put(new, 200).len(), 1);
    }

    #[test]
    fn excuses_early_puts_and_lost_answers() {
        let mut bench = Bench::of(UploadOfExisting);
        let new = bench.presign("a.txt", b"a");
        let early = bench.begin_put(new);
        bench.presign_existing("a.txt", b"a");
        assert_eq!(bench.see(&early).len(), 0);
        let mut bench = Bench::of(UploadOfExisting);
        let new = bench.presign("a.txt", b"a");
        bench.presign_seen("a.txt", b"a", 0, |issued| issued.is_existing = true);
        assert_eq!(bench.put(new, 200).len(), 0);
    }

    #[test]
    fn a_file_that_was_deleted_meanwhile_is_rightly_uploaded() {
        let mut bench = Bench::of(UploadOfExisting);
        let existing = bench.presign_existing("a.txt", b"a");
        bench.delete("a.txt", 200);
        assert_eq!(bench.put(existing, 200).len(), 0);
    }
}
