//! The Alloy API: routing, authentication, the contract, and one file an operation.
//! [`Alloy::handle`] answers a request. Faults and the journal wrap it.

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
    exchange::{Answer, Content, Rng, Violation},
    files::{Clock, Md5Digest, Ownership, S3Key, State, UserId},
};

pub use auth::{bearer, named_user};
pub use error::{Error, fail};
pub use handle::{Request, read_json};
pub use hooks::{Hooks, NoHooks};
pub use presign::explain_md5;
pub use route::{Route, route};
pub use unknown::unrouted;

use presign::PresignRequest;
use users::CreateUserRequest;

/// A presigned URL.
#[derive(Debug)]
pub struct SignedUrl {
    /// URL.
    pub url: String,
    /// Start of its validity.
    pub signed_at: Timestamp,
    /// Start of its validity as far as the client knows.
    pub known_at: Timestamp,
    /// Validity in seconds.
    pub expires: u32,
}

/// Makes presigned URLs: the S3 API's part, passed in as a value.
pub trait SignUrl: Send + Sync {
    /// Returns a URL to PUT the bytes with this MD5 as `key`, valid from `at`.
    ///
    /// `base` is the scheme and authority by which the client calls this emulator:
    /// `http://127.0.0.1:7979`.
    fn put_url(&self, at: Timestamp, base: &str, key: &S3Key, md5: Md5Digest, mime_type: &str) -> SignedUrl;
}

/// The Alloy API.
pub struct Alloy {
    /// The emulator's memory.
    pub state: Arc<State>,
    /// Decides whose files are whose.
    pub ownership: Arc<dyn Ownership>,
    /// Where known server bugs enter.
    pub hooks: Arc<dyn Hooks>,
    /// Checks requests and answers.
    pub contract: Contract,
    /// The emulator's clock.
    pub clock: Arc<Clock>,
    /// Source of ids.
    pub rng: Arc<Rng>,
}

impl Alloy {
    /// Returns the paths that the document's `servers` put before those of the operations.
    pub fn base_paths(&self) -> &[String] {
        self.contract.base_paths()
    }

    /// Returns an unused id in the form of Alloy's.
    fn new_id(&self) -> UserId {
        let seconds = u32::try_from(self.clock.now().as_second()).unwrap_or(u32::MAX);
        UserId::new(seconds, self.rng.draw().u64(..))
    }
}

/// Answers a browser's preflight as a server for backends does, without CORS headers:
/// docs/facts-alloy.md#browsers
fn preflight() -> Answer {
    Answer::empty(hyper::StatusCode::NO_CONTENT)
}

/// Returns the violation of a page that calls this API, which must have the API key.
fn preflight_violation() -> Violation {
    let message = "A web page asks to call Alloy's API, which would put the API key into client-side code.";
    Violation::new("key-in-browser", "origin", message)
}

/// Returns a JSON answer with the content type of Alloy's servers.
fn json<T: Serialize>(status: hyper::StatusCode, value: &T) -> Answer {
    // Most answers have a URL.
    let mut body = Vec::with_capacity(1024);
    // Serialising our own structs into memory cannot fail.
    let _ = serde_json::to_writer(&mut body, value);
    Answer::new(status, Content::Whole(body.into())).with(
        hyper::header::CONTENT_TYPE,
        hyper::header::HeaderValue::from_static("application/json; charset=utf-8"),
    )
}
