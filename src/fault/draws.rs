//! Random numbers that repeat: they depend on the seed, the rule's place, the user, the operation,
//! the file, and how often these came before, so that timing cannot change them.

use std::collections::HashMap;

use super::{faults::Subject, set::Rule};
use crate::exchange::{Fingerprint, Operation, Rng};

/// Limit on the counted subjects. Beyond it, every draw for a new subject is its first.
const MAX_DRAWS: usize = 1 << 18;

/// Number of draws for each subject.
#[derive(Debug, Default)]
pub(super) struct Draws(HashMap<Fingerprint, u32>);

impl Draws {
    /// Returns the generator of a rule for an exchange that it selects.
    pub(super) fn draw(&mut self, rng: &Rng, rule: &Rule, subject: &Subject<'_>) -> fastrand::Rng {
        if !rule.is_random() {
            return fastrand::Rng::with_seed(0);
        }
        let file = match subject.operation {
            // Two names may become one key.
            Operation::Presign => subject.filename,
            _ => subject.key,
        };
        let file = file.unwrap_or_default();
        let what = Fingerprint::default()
            .with(&rule.place.to_le_bytes())
            .with(subject.user.map(|user| user.to_string()).unwrap_or_default().as_bytes())
            .with(subject.operation.name().as_bytes())
            .with(file.as_bytes());
        let time = self.count(what);
        rng.stream_of(what.with(&time.to_le_bytes()))
    }

    fn count(&mut self, what: Fingerprint) -> u32 {
        if self.0.len() >= MAX_DRAWS && !self.0.contains_key(&what) {
            return 0;
        }
        let count = self.0.entry(what).or_default();
        *count = count.saturating_add(1);
        *count - 1
    }
}
