//! Alloy's side: which operation a request is for, who calls, and one file an operation. Reads as if the
//! world were well: the contract is checked before, faults and the journal are laid around.

mod around;
mod auth;
mod delete;
mod error;
mod execute;
mod list;
mod presign;
mod route;
mod unknown;
mod users;

use std::{ops::Range, sync::Arc};

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    exchange::{Answer, Chance, Content, Violation},
    files::{Clock, Md5Digest, Ownership, S3Key, State, UserId},
};

pub use around::{Around, Bare};
pub use error::{Error, fail};
pub use presign::{PresignRequest, Presigned};
pub use route::{Route, route};
pub use unknown::{unknown_path, wrong_method};
pub use users::CreateUserRequest;

/// Makes presigned URLs. S3's craft, handed to this side as a value.
pub trait SignUrl: Send + Sync {
    /// A URL to which the bytes with this MD5 can be PUT as `key`, from `at` until it expires; and where in it its
    /// signature stands.
    ///
    /// `base` is the scheme and authority that the client calls this emulator by: `http://127.0.0.1:7979`.
    fn put_url(
        &self,
        at: Timestamp,
        base: &str,
        key: &S3Key,
        md5: Md5Digest,
        mime_type: &str,
    ) -> (String, Range<usize>);
}

/// Alloy's file API.
pub struct Alloy {
    state: Arc<State>,
    ownership: Arc<dyn Ownership>,
    sign: Arc<dyn SignUrl>,
    clock: Arc<Clock>,
    chance: Arc<Chance>,
}

impl Alloy {
    /// The API over this state; `ownership` says what of it is whose.
    #[must_use]
    pub fn new(
        state: Arc<State>,
        ownership: Arc<dyn Ownership>,
        sign: Arc<dyn SignUrl>,
        clock: Arc<Clock>,
        chance: Arc<Chance>,
    ) -> Self {
        Self { state, ownership, sign, clock, chance }
    }

    /// An id that nothing has yet, in the form that Alloy's ids have.
    fn new_id(&self) -> UserId {
        let seconds = u32::try_from(self.clock.now().as_second()).unwrap_or(u32::MAX);
        UserId::new(seconds, self.chance.draw().u64(..))
    }
}

/// The answer to a browser's preflight: as of a server that is meant for backends, without CORS headers. The
/// guide: never put the API key into client-side code.
#[must_use]
pub fn preflight() -> Answer {
    Answer::empty(hyper::StatusCode::NO_CONTENT)
}

/// What is wrong where a browser asks: a page that calls this API has the API key.
#[must_use]
pub fn preflight_violation() -> Violation {
    let message = "A web page asks to call Alloy's API, which would put the API key into client-side code.";
    Violation::new("key-in-browser", "origin", message)
}

/// A JSON answer, with the content type that Alloy's servers send.
fn json<T: Serialize>(status: hyper::StatusCode, value: &T) -> Answer {
    // Room for a URL, which is what most answers have.
    let mut body = Vec::with_capacity(1024);
    // Serialising our own structs of texts and numbers into memory cannot fail.
    let _ = serde_json::to_writer(&mut body, value);
    Answer::new(status, Content::Whole(body.into())).with(
        hyper::header::CONTENT_TYPE,
        hyper::header::HeaderValue::from_static("application/json; charset=utf-8"),
    )
}
