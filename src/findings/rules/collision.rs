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
