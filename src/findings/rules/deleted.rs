//! A deleted file is used again: deleted twice, named in an action, or uploaded to an old URL. It
//! may be meant, so it is a note.

use std::collections::{HashSet, VecDeque};

use super::{ExchangeContext, Rule, key_to_delete, quote};
use crate::{
    exchange::{Finding, Operation, Violation},
    files::{S3Key, UserId},
};

/// Most deleted keys that are kept. The oldest goes first.
const MAX_KEYS: usize = 1024;

/// Remembers deleted keys.
#[derive(Default)]
pub(super) struct Deleted {
    keys: HashSet<S3Key>,
    oldest_first: VecDeque<S3Key>,
}

impl Rule for Deleted {
    fn look(&mut self, context: &ExchangeContext<'_>, found: &mut Vec<Violation>) {
        match context.exchange.operation {
            Operation::Delete if context.exchange.succeeded() => self.deleted(context),
            Operation::Delete => self.look_at_delete(context, found),
            Operation::Execute => self.look_at_action(context, found),
            Operation::Put => self.look_at_put(context, found),
            _ => {}
        }
    }

    fn forget(&mut self, user: UserId) {
        self.keys.retain(|key| key.owner() != Some(user));
        self.oldest_first.retain(|key| key.owner() != Some(user));
    }
}

impl Deleted {
    fn deleted(&mut self, context: &ExchangeContext<'_>) {
        // If a fault cut the answer short, a second delete is right.
        if context.exchange.answer_lost {
            return;
        }
        let Ok(key) = S3Key::new(&key_to_delete(context.exchange)) else { return };
        if self.keys.insert(key.clone()) {
            self.oldest_first.push_back(key);
        }
        if self.oldest_first.len() > MAX_KEYS
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.keys.remove(&oldest);
        }
    }

    fn look_at_delete(&self, context: &ExchangeContext<'_>, found: &mut Vec<Violation>) {
        if context.exchange.status != Some(404) || self.keys.is_empty() {
            return;
        }
        let key = key_to_delete(context.exchange);
        if self.keys.contains(&*key) {
            let message = format!("`{}` was deleted before: there is nothing left to delete.", quote(&key));
            found.push(Violation::new("deleted-file-used", "path", message));
        }
    }

    /// Explains a missing file of an action that was deleted.
    fn look_at_action(&self, context: &ExchangeContext<'_>, found: &mut Vec<Violation>) {
        let is_missing = |finding: &&Finding| finding.rule == "execute-missing-file";
        let mut missing = context.exchange.findings.iter().filter(is_missing).peekable();
        let Some(body) = context.exchange.request.body.as_ref().filter(|_| !self.keys.is_empty()) else {
            return;
        };
        if missing.peek().is_none() {
            return;
        }
        let Ok(body) = serde_json::from_str::<serde_json::Value>(body) else { return };
        let deleted = missing.find_map(|missing| {
            let key = body.pointer(&missing.pointer)?.as_str()?;
            self.keys.contains(key).then_some((&missing.pointer, key))
        });
        if let Some((pointer, key)) = deleted {
            let message = format!("`{}`, which the action names, was deleted before.", quote(key));
            found.push(Violation::new("deleted-file-used", pointer.as_str(), message));
        }
    }

    fn look_at_put(&mut self, context: &ExchangeContext<'_>, found: &mut Vec<Violation>) {
        let Some(entry) = context.uploaded() else { return };
        let key = entry.issued.key.as_str();
        // Only the first upload after the delete brings the file back.
        if !self.keys.remove(key) {
            return;
        }
        self.oldest_first.retain(|deleted| deleted.as_str() != key);
        if entry.deleted {
            let message = format!(
                "`{}` was deleted after this URL was issued: the upload brings the file back.",
                quote(key)
            );
            found.push(Violation::new("deleted-file-used", "path", message));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        exchange::UsedUrl,
        findings::rules::testing::{Bench, alice, exchange},
    };

    #[test]
    fn a_delete_whose_answer_a_fault_took_may_come_again() {
        let mut bench = Bench::of(Deleted::default());
        let mut lost = exchange(Operation::Delete, 200);
        lost.path = format!("/connectors/files/{}", S3Key::of_file(alice(), "a.txt"));
        lost.fault = Some("1".to_owned());
        lost.answer_lost = true;
        bench.see(&lost);
        assert_eq!(bench.delete("a.txt", 404).len(), 0);
        // A slow answer arrives.
        lost.answer_lost = false;
        bench.see(&lost);
        assert_eq!(bench.delete("a.txt", 404).len(), 1);
    }

    #[test]
    fn a_delete_whose_answer_was_lost_took_effect() {
        let mut bench = Bench::of(Deleted::default());
        let url = bench.presign("a.txt", b"a");
        let mut lost = exchange(Operation::Delete, 0);
        lost.path = format!("/connectors/files/{}", S3Key::of_file(alice(), "a.txt"));
        lost.answer_lost = true;
        bench.see(&lost);
        assert!(bench.ledger.get(url).unwrap().deleted);
    }

    #[test]
    fn repeated_uploads_push_out_no_other_file() {
        let mut rule = Deleted::default();
        let mut bench = Bench::of(Deleted::default());
        let key = S3Key::of_file(alice(), "a.txt");
        let url = bench.presign("a.txt", b"a");
        let (mut delete, mut put) = (exchange(Operation::Delete, 200), exchange(Operation::Put, 200));
        delete.path = format!("/connectors/files/{key}");
        put.path = bench.target(url);
        put.used = Some(UsedUrl { presign: url, last_presign: url });
        for _ in 0..3 {
            for exchange in [&delete, &put] {
                let context = ExchangeContext { exchange, ledger: &bench.ledger, now: bench.now };
                rule.look(&context, &mut Vec::new());
            }
        }
        assert_eq!((rule.keys.len(), rule.oldest_first.len()), (0, 0));
    }

    #[test]
    fn bounds_memory_and_forgets_a_user() {
        let mut bench = Bench::of(Deleted::default());
        for n in 0..=MAX_KEYS {
            bench.delete(&format!("{n}.txt"), 200);
        }
        let found = |bench: &mut Bench, n: usize| bench.delete(&format!("{n}.txt"), 404).len();
        assert_eq!((found(&mut bench, 0), found(&mut bench, 1), found(&mut bench, MAX_KEYS)), (0, 1, 1));
        bench.forget();
        assert_eq!(found(&mut bench, MAX_KEYS), 0);
    }
}
