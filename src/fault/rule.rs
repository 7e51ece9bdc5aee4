//! Rules: which exchanges go wrong, which of those, when, how often, and how. `parse` reads them; a test in Rust puts
//! them together, as in `Fault::put().nth(1).error("SlowDown")`, and nothing is checked before an emulator gets them.

use std::time::Duration;

use super::{EffectSpec, field::Value};
use crate::{
    exchange::{Glob, Operation},
    files::UserId,
};

/// A fault rule.
///
/// All selectors must match. A rule counts every exchange that it selects, also one that an earlier
/// rule takes; `nth`, `every` and `after` refer to that count, from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault<E = EffectSpec> {
    /// Which operation; without it, any that the effect can strike.
    pub on: Option<Operation>,
    /// Whose files it is about.
    pub user: Option<UserId>,
    /// The file's name, as it was presigned.
    pub filename: Option<Glob>,
    /// The file's key.
    pub key: Option<Glob>,
    /// Only the n-th.
    pub nth: Option<u64>,
    /// Each n-th.
    pub every: Option<u64>,
    /// At random: above 0, up to 1.
    pub probability: Option<f64>,
    /// From the n-th on.
    pub after: Option<u64>,
    /// Delay before the rule starts, on the emulator's clock.
    pub from: Option<Duration>,
    /// Duration of the rule, on the emulator's clock.
    pub lasting: Option<Duration>,
    /// Limit on the number of strikes.
    pub times: Option<u64>,
    /// Effect. `()` until a test has chosen one.
    pub effect: E,
}

impl<E> Fault<E> {
    /// Creates a rule that strikes every exchange that its effect can strike.
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

/// Rules by operation, which have no effect yet.
///
/// ```
/// use alloy_assay::Fault;
///
/// let fault = Fault::put().filename("*.pdf").nth(2).reset(65_536);
/// assert_eq!(fault, "put:filename=*.pdf:nth=2:reset=64KiB".parse().unwrap());
/// ```
impl Fault<()> {
    /// Creates a rule for every operation that the effect can strike.
    #[must_use]
    pub fn any() -> Self {
        Self::new(None, ())
    }

    /// Creates a rule for one operation.
    #[must_use]
    pub fn on(operation: Operation) -> Self {
        Self::new(Some(operation), ())
    }

    /// Alloy's request for a presigned URL.
    #[must_use]
    pub fn presign() -> Self {
        Self::on(Operation::Presign)
    }

    /// Alloy's list of files.
    #[must_use]
    pub fn list() -> Self {
        Self::on(Operation::List)
    }

    /// Alloy's deletion of a file.
    #[must_use]
    pub fn delete() -> Self {
        Self::on(Operation::Delete)
    }

    /// Alloy's creation of a user.
    #[must_use]
    pub fn create_user() -> Self {
        Self::on(Operation::CreateUser)
    }

    /// Alloy's list of users.
    #[must_use]
    pub fn list_users() -> Self {
        Self::on(Operation::ListUsers)
    }

    /// Alloy's look at one user.
    #[must_use]
    pub fn get_user() -> Self {
        Self::on(Operation::GetUser)
    }

    /// Alloy's deletion of a user.
    #[must_use]
    pub fn delete_user() -> Self {
        Self::on(Operation::DeleteUser)
    }

    /// Creates a rule for an action of a connector.
    #[must_use]
    pub fn execute() -> Self {
        Self::on(Operation::Execute)
    }

    /// S3's upload.
    #[must_use]
    pub fn put() -> Self {
        Self::on(Operation::Put)
    }

    /// S3's download.
    #[must_use]
    pub fn get() -> Self {
        Self::on(Operation::Get)
    }

    /// S3's look at an object's headers.
    #[must_use]
    pub fn head() -> Self {
        Self::on(Operation::Head)
    }

    /// Creates a rule for a browser's CORS preflight.
    #[must_use]
    pub fn preflight() -> Self {
        Self::on(Operation::Preflight)
    }

    /// Requests without a known operation.
    #[must_use]
    pub fn unknown() -> Self {
        Self::on(Operation::Unknown)
    }

    /// Gives the rule an effect.
    pub(super) fn with_effect(self, effect: EffectSpec) -> Fault {
        let Self {
            on,
            user,
            filename,
            key,
            nth,
            every,
            probability,
            after,
            from,
            lasting,
            times,
            effect: (),
        } = self;
        Fault { on, user, filename, key, nth, every, probability, after, from, lasting, times, effect }
    }
}

impl Fault {
    /// Sets a field of the effect. Does nothing if the effect does not have the field.
    pub(super) fn with_field(mut self, name: &str, value: Value) -> Self {
        self.effect.set(name, value);
        self
    }
}

/// Which exchanges, which of those, and when. All that is said must hold.
impl<E> Fault<E> {
    /// Selects one user.
    #[must_use]
    pub fn user(self, user: UserId) -> Self {
        Self { user: Some(user), ..self }
    }

    /// Selects files whose presigned name matches the pattern: `*` matches any number of characters, `?` exactly one.
    #[must_use]
    pub fn filename(self, pattern: impl Into<String>) -> Self {
        Self { filename: Some(Glob::new(pattern)), ..self }
    }

    /// Selects files whose key matches the pattern.
    #[must_use]
    pub fn key(self, pattern: impl Into<String>) -> Self {
        Self { key: Some(Glob::new(pattern)), ..self }
    }

    /// Selects only the n-th exchange, from 1.
    #[must_use]
    pub fn nth(self, nth: u64) -> Self {
        Self { nth: Some(nth), ..self }
    }

    /// Strikes every n-th selected exchange.
    #[must_use]
    pub fn every(self, nth: u64) -> Self {
        Self { every: Some(nth), ..self }
    }

    /// Strikes at random, with a probability above 0 and up to 1.
    #[must_use]
    pub fn probability(self, probability: f64) -> Self {
        Self { probability: Some(probability), ..self }
    }

    /// From the n-th on.
    #[must_use]
    pub fn after(self, nth: u64) -> Self {
        Self { after: Some(nth), ..self }
    }

    /// From so long after it was set, on the emulator's clock.
    #[must_use]
    pub fn from(self, from: Duration) -> Self {
        Self { from: Some(from), ..self }
    }

    /// For so long, on the emulator's clock.
    #[must_use]
    pub fn lasting(self, lasting: Duration) -> Self {
        Self { lasting: Some(lasting), ..self }
    }

    /// So often at the most.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        Self { times: Some(times), ..self }
    }
}
