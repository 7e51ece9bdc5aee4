//! The domain: digests, keys, users, the bytes of files, the state and the clock. It has no HTTP
//! types and depends on no other module.

mod accounts;
mod blob;
mod clock;
mod digest;
mod keep;
mod key;
mod ownership;
mod state;
mod user;
mod user_objects;

pub use accounts::{AccountError, Accounts, ApiKey, Profile, User};
pub use blob::{Blob, BlobWriter, CannotKeep, Piece};
pub use clock::{Clock, ClockError, ClockReading};
pub use digest::{EtagForm, Md5Digest};
pub use keep::{AsSent, Keep};
pub use key::{BadKey, S3Key};
pub use ownership::Ownership;
pub use state::{CommitError, Condition, Dedup, DeleteError, Initial, Object, State, Stored, Ticket};
pub use user::{NotAUserId, UserId};
