//! A fault's rule: which exchanges go wrong, which of those, when, how often, and how. Rules are read by `parse`, or put
//! together in a test.

use std::time::Duration;

use super::Effect;
use crate::{
    exchange::{Glob, Operation},
    files::UserId,
};

/// A rule for what goes wrong: the RULE of the command line, of files and of the control side.
///
/// All that selects must hold. A rule counts every exchange that it selects, also one that an earlier rule took;
/// `nth`, `every` and `after` speak of that count, which begins at 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault<E = Effect> {
    /// Which operation; without it, any that the effect can strike.
    pub on: Option<Operation>,
    /// Whose files it is about.
    pub user: Option<UserId>,
    /// The file's name, as it was presigned.
    pub filename: Option<Glob>,
    /// The file's key.
    pub key: Option<Glob>,
    /// The n-th alone.
    pub nth: Option<u64>,
    /// Each n-th.
    pub every: Option<u64>,
    /// By chance: from 0 to 1.
    pub probability: Option<f64>,
    /// From the n-th on.
    pub after: Option<u64>,
    /// How long after it was set it begins, on the emulator's clock.
    pub from: Option<Duration>,
    /// How long it lasts from then on, on the emulator's clock.
    pub lasting: Option<Duration>,
    /// How often it strikes at the most.
    pub times: Option<u64>,
    /// What happens. `()` while a test has not said yet.
    pub effect: E,
}

impl<E> Fault<E> {
    /// A rule that strikes every exchange that its effect can strike.
    #[must_use]
    pub fn new(on: Option<Operation>, effect: E) -> Self {
        Self {
            on,
            user: None,
            filename: None,
            key: None,
            nth: None,
            every: None,
            probability: None,
            after: None,
            from: None,
            lasting: None,
            times: None,
            effect,
        }
    }
}
