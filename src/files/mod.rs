//! The domain: digests, keys, users, the bytes of files, the state that holds them and the clock that all
//! of it goes by. No HTTP in here, and no other room.

mod accounts;
mod blob;
mod clock;
mod digest;
mod keep;
mod key;
mod ownership;
mod shelf;
mod state;
mod user;

pub use accounts::{AccountError, Accounts, ApiKey, Profile, User};
pub use blob::{Blob, BlobWriter, CannotKeep, Extent, Piece};
pub use clock::{Clock, ClockError, ClockReading};
pub use digest::{EtagForm, Md5Digest, NotAnMd5};
pub use keep::{AsSent, Keep};
pub use key::{BadKey, S3Key};
pub use ownership::Ownership;
pub use state::{CommitError, Condition, Dedup, DeleteError, Initial, Object, State, Stored, Ticket};
pub use user::{NotAUserId, UserId};
