//! The Alloy API: which operation a request is for, who calls, the contract, and one file an operation.
//! [`Alloy::handle`] answers a request. It reads as if nothing ever went wrong: faults and the journal are laid around.

mod auth;
mod delete;
mod error;
mod execute;
mod handle;
mod hooks;
mod list;
mod presign;
mod route;
mod unknown;
mod users;

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    contract::Contract,
    exchange::{Answer, Chance, Content, Violation},
    files::{Clock, Md5Digest, Ownership, S3Key, State, UserId},
};

pub use error::{Error, fail};
pub use handle::{Request, read_json};
pub use hooks::{Hooks, NoHooks};
pub use route::{Route, route};

use presign::{PresignRequest, explain_md5};
use unknown::{is_probe, unknown_path, wrong_method};
use users::CreateUserRequest;

/// A presigned URL.
#[derive(Debug)]
pub struct SignedUrl {
    /// The URL.
    pub url: String,
    /// From when it is good.
    pub signed_at: Timestamp,
    /// From when it is good as far as the client knows.
    pub known_at: Timestamp,
    /// For how many seconds it is good.
    pub expires: u32,
}

/// Makes presigned URLs. S3's craft, given to this API as a value.
pub trait SignUrl: Send + Sync {
    /// A URL to which the bytes with this MD5 can be PUT as `key`, from `at` until it expires.
    ///
    /// `base` is the scheme and authority that the client calls this emulator by: `http://127.0.0.1:7979`.
    fn put_url(&self, at: Timestamp, base: &str, key: &S3Key, md5: Md5Digest, mime_type: &str) -> SignedUrl;
}

/// Alloy's file API.
pub struct Alloy {
    state: Arc<State>,
    ownership: Arc<dyn Ownership>,
    hooks: Arc<dyn Hooks>,
    contract: Contract,
    clock: Arc<Clock>,
    chance: Arc<Chance>,
}

impl Alloy {
    /// The API over this state; `ownership` says what of it is whose, and requests are checked against `contract`.
    #[must_use]
    pub fn new(
        state: Arc<State>,
        ownership: Arc<dyn Ownership>,
        hooks: Arc<dyn Hooks>,
        contract: Contract,
        clock: Arc<Clock>,
        chance: Arc<Chance>,
    ) -> Self {
        Self { state, ownership, hooks, contract, clock, chance }
    }

    /// The paths that the document's `servers` put before those of the operations.
    #[must_use]
    pub fn base_paths(&self) -> &[String] {
        self.contract.base_paths()
    }

    /// An id that nothing has yet, in the form that Alloy's ids have.
    fn new_id(&self) -> UserId {
        let seconds = u32::try_from(self.clock.now().as_second()).unwrap_or(u32::MAX);
        UserId::new(seconds, self.chance.draw().u64(..))
    }
}

/// The answer to a browser's preflight: as of a server that is meant for backends, without CORS headers. The
/// guide: never put the API key into client-side code.
fn preflight() -> Answer {
    Answer::empty(hyper::StatusCode::NO_CONTENT)
}

/// What is wrong where a browser asks: a page that calls this API has the API key.
fn preflight_violation() -> Violation {
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
