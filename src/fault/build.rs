//! Rules put together in a test: `Fault::put().error("SlowDown").times(2)`. Nothing is looked at before the rule is
//! given to an emulator, which asks `check`.

use std::{num::NonZeroU64, time::Duration};

use hyper::StatusCode;

use super::{Effect, Failure, Fault};
use crate::{
    exchange::{Glob, Operation},
    files::UserId,
};

/// Rules by operation, which have no effect yet.
///
/// ```
/// use alloy_assay::fault::Fault;
///
/// let fault = Fault::put().filename("*.pdf").nth(2).reset(65_536);
/// assert_eq!(fault, "put:filename=*.pdf:nth=2:reset=64KiB".parse().unwrap());
/// ```
impl Fault<()> {
    /// Whatever the effect can strike.
    #[must_use]
    pub fn any() -> Self {
        Self::new(None, ())
    }

    /// One operation.
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

    /// An action of a connector of Alloy's.
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

    /// A browser's CORS preflight.
    #[must_use]
    pub fn preflight() -> Self {
        Self::on(Operation::Preflight)
    }

    /// What is no known operation.
    #[must_use]
    pub fn unknown() -> Self {
        Self::on(Operation::Unknown)
    }

    /// This effect.
    #[must_use]
    pub fn causing(self, effect: Effect) -> Fault {
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

    /// An error: a code of S3's, or an HTTP status.
    ///
    /// ```
    /// use alloy_assay::fault::Fault;
    ///
    /// assert!(Fault::presign().error(429).check().is_ok());
    /// assert!(Fault::put().error("SlowDown").check().is_ok());
    /// let unknown = Fault::put().error("SlowDwon").check().unwrap_err();
    /// assert!(unknown.to_string().contains("did you mean `SlowDown`?"));
    /// assert!(Fault::put().error("OutOfCoffee").status(503).check().is_ok());
    /// ```
    #[must_use]
    pub fn error(self, failure: impl Into<Failure>) -> Fault {
        self.causing(Effect::Error(failure.into()))
    }

    /// A URL that is expired.
    #[must_use]
    pub fn expired(self) -> Fault {
        self.causing(Effect::Expired)
    }

    /// A slow answer, on the emulator's clock.
    #[must_use]
    pub fn delay(self, duration: Duration) -> Fault {
        self.causing(Effect::Delay { duration, jitter: Duration::ZERO })
    }

    /// A slow line. A line on which nothing moves is [`Self::hang`]: 0 counts as 1.
    #[must_use]
    pub fn throttle(self, bytes_per_second: u64) -> Fault {
        let bytes_per_second = NonZeroU64::new(bytes_per_second).unwrap_or(NonZeroU64::MIN);
        self.causing(Effect::Throttle { bytes_per_second })
    }

    /// A connection that is reset once so many bytes of the body came through.
    #[must_use]
    pub fn reset(self, after_bytes: u64) -> Fault {
        self.causing(Effect::Reset { after_bytes })
    }

    /// A connection that is closed without an answer; the request takes no effect.
    #[must_use]
    pub fn close(self) -> Fault {
        self.causing(Effect::Close)
    }

    /// A connection that is closed without an answer; the request takes effect.
    #[must_use]
    pub fn lost_response(self) -> Fault {
        self.causing(Effect::LostResponse)
    }

    /// No answer, until the client leaves.
    #[must_use]
    pub fn hang(self) -> Fault {
        self.causing(Effect::Hang { duration: None })
    }

    /// No answer for so long, on the emulator's clock; then the connection is closed.
    #[must_use]
    pub fn hang_for(self, duration: Duration) -> Fault {
        self.causing(Effect::Hang { duration: Some(duration) })
    }

    /// An answer of which half is missing.
    #[must_use]
    pub fn truncate(self) -> Fault {
        self.causing(Effect::Truncate { bytes: None })
    }

    /// An answer of which only so many bytes are sent, and always less than all.
    #[must_use]
    pub fn truncate_to(self, bytes: u64) -> Fault {
        self.causing(Effect::Truncate { bytes: Some(bytes) })
    }

    /// A proxy's HTML page of this status.
    ///
    /// A status that is none, below 100 or above 999, becomes 999, which is refused where the rule is given to an
    /// emulator.
    #[must_use]
    pub fn garbage(self, status: u16) -> Fault {
        self.causing(Effect::Garbage { status: status_of(status) })
    }

    /// Other bytes are stored than were sent.
    #[must_use]
    pub fn corrupt(self) -> Fault {
        self.causing(Effect::Corrupt)
    }
}

/// Which exchanges, which of those, and when. All that is said must hold.
impl<E> Fault<E> {
    /// Those of one user.
    #[must_use]
    pub fn user(self, user: UserId) -> Self {
        Self { user: Some(user), ..self }
    }

    /// Those about files whose name, as it was presigned, matches the pattern: `*` stands for anything, `?` for one
    /// character.
    #[must_use]
    pub fn filename(self, pattern: impl Into<String>) -> Self {
        Self { filename: Some(Glob::new(pattern)), ..self }
    }

    /// Those about files whose key matches the pattern.
    #[must_use]
    pub fn key(self, pattern: impl Into<String>) -> Self {
        Self { key: Some(Glob::new(pattern)), ..self }
    }

    /// The n-th alone, from 1 on.
    #[must_use]
    pub fn nth(self, nth: u64) -> Self {
        Self { nth: Some(nth), ..self }
    }

    /// Each n-th.
    #[must_use]
    pub fn every(self, nth: u64) -> Self {
        Self { every: Some(nth), ..self }
    }

    /// By chance: above 0, up to 1.
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

/// What is said of an effect beyond its name. Of an effect that has no such thing, nothing is changed.
impl Fault {
    /// An error's message.
    #[must_use]
    pub fn message(self, message: impl Into<String>) -> Self {
        self.failure(|failure| failure.message = Some(message.into()))
    }

    /// An error's status, or that of `garbage`.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        let status = status_of(status);
        if let Effect::Garbage { status: of_page } = &mut self.effect {
            *of_page = status;
        }
        self.failure(|failure| failure.status = Some(status))
    }

    /// What an error's `Retry-After` says, in whole seconds.
    #[must_use]
    pub fn retry_after(self, duration: Duration) -> Self {
        self.failure(|failure| failure.retry_after = Some(duration))
    }

    /// By how much a delay may be more or less.
    #[must_use]
    pub fn jitter(mut self, by: Duration) -> Self {
        if let Effect::Delay { jitter, .. } = &mut self.effect {
            *jitter = by;
        }
        self
    }

    fn failure(mut self, change: impl FnOnce(&mut Failure)) -> Self {
        if let Effect::Error(failure) = &mut self.effect {
            change(failure);
        }
        self
    }
}

impl From<&str> for Failure {
    fn from(code: &str) -> Self {
        Self { code: Some(code.to_owned()), ..Self::default() }
    }
}

impl From<u16> for Failure {
    fn from(status: u16) -> Self {
        Self { status: Some(status_of(status)), ..Self::default() }
    }
}

/// A number that no status can be becomes one that `check` refuses.
fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).or(StatusCode::from_u16(999)).unwrap_or_default()
}
