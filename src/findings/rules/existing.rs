//! An upload of what is there already: the presign said `existing`, and the client sends the bytes all the
//! same. The guide: use the `type` field to detect if a file already exists before uploading.

use super::{Operations, Rule, Seen, quote};
use crate::exchange::{Operation, Violation};

/// Looks at what the presign of an upload said.
pub(super) struct UploadOfExisting;

impl Rule for UploadOfExisting {
    fn operations(&self) -> Operations {
        Operations::of(&[Operation::Put])
    }

    fn look(&mut self, seen: &Seen<'_>, found: &mut Vec<Violation>) {
        // What was deleted meanwhile is rightly sent again.
        let Some(entry) = seen.uploaded().filter(|entry| entry.is_surely_existing && !entry.is_deleted)
        else {
            return;
        };
        let message = format!(
            "`{}` was uploaded although the answer to its presign said `\"type\": \"existing\"`: the bytes were there already, as `{}`.",
            quote(entry.issued.filename()),
            quote(entry.issued.key()),
        );
        found.push(Violation::new("upload-of-existing", "path", message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::rules::testing::Bench;

    #[test]
    fn an_upload_after_existing_is_told_and_after_new_not() {
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
    fn where_two_presigns_of_a_second_have_one_url_the_first_may_be_meant() {
        let mut bench = Bench::of(UploadOfExisting);
        let new = bench.presign("a.txt", b"a");
        let signature = bench.ledger.get(new).unwrap().issued.signature;
        let existing = bench.presign_seen("a.txt", b"a", 200, |issued| {
            issued.is_existing = true;
            issued.signature = signature;
        });
        assert_eq!((bench.put(new, 200).len(), bench.put(existing.0, 200).len()), (0, 0));
    }

    #[test]
    fn a_file_that_was_deleted_meanwhile_is_rightly_uploaded() {
        let mut bench = Bench::of(UploadOfExisting);
        let existing = bench.presign_existing("a.txt", b"a");
        bench.delete("a.txt", 200);
        assert_eq!(bench.put(existing, 200).len(), 0);
    }
}
