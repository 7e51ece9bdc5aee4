//! The S3 API: one bucket, with presigned URLs. [`S3::handle`] answers a request: [`S3::begin`]
//! checks its head, then [`S3::finish`] takes its body. `docs/facts-s3.md` says how S3 behaves and
//! how that is known.
//!
//! Faults, findings and defects wrap these handlers, which know nothing of them.

mod answer;
mod condition;
mod cors;
mod error;
mod extras;
mod failure;
mod feature;
mod get;
mod hooks;
mod preflight;
mod put;
mod receive;
mod request;
pub mod sigv4;
mod xml;

use std::{fmt, sync::Arc};

use bytes::Bytes;
use hyper::{Method, body::Body, header::ORIGIN};
use jiff::Timestamp;

pub use cors::{Cors, Denied};
pub use error::{Refusal, Rejection};
pub use extras::{Mismatch, Resource, Times};
pub use failure::Failure;
pub use hooks::{Hooks, NoHooks};
pub use request::{MAX_HEADER_SECTION, RawRequest};

use crate::{
    exchange::{Answer, BodyError, Operation, Rng, header_section_size},
    files::{BadKey, Clock, EtagForm, Keep, S3Key, State, UserId},
};
use request::Place;
use sigv4::{Query, Signer};

/// The S3 API.
#[derive(Debug)]
pub struct S3 {
    /// Name of the bucket.
    pub bucket: String,
    /// Signs and verifies. Shared with the Alloy API's presigning.
    pub signer: Arc<Signer>,
    /// Store of the objects.
    pub state: Arc<State>,
    /// Clock.
    pub clock: Arc<Clock>,
    /// Source of the answers' ids.
    pub rng: Arc<Rng>,
    /// Largest upload, in bytes.
    pub max_object_size: u64,
    /// Largest upload that is kept in memory, in bytes.
    pub spill_over: u64,
    /// CORS rule of the bucket.
    pub cors: Cors,
    /// Form of `ETag`s.
    pub etag: EtagForm,
}

/// Subject of a request, for the journal. Unverified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Operation.
    pub operation: Operation,
    /// Owner of the file, where the key has the form of a file's.
    pub owner: Option<UserId>,
}

/// A request whose head is accepted.
pub struct Accepted(Work);

enum Work {
    Put(put::Upload),
    Read(get::Download),
    Preflight(Answer),
}

impl fmt::Debug for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Work::Put(_) => "Accepted(upload)",
            Work::Read(..) => "Accepted(read)",
            Work::Preflight(_) => "Accepted(preflight)",
        })
    }
}

impl S3 {
    /// Returns the subject of a request.
    pub fn subject(&self, request: &RawRequest<'_>) -> Subject {
        let owner = request.place(&self.bucket).ok().and_then(|place| place.owner());
        Subject { operation: request.operation(), owner }
    }

    /// Returns the object that a request names, if it is in the bucket. Nothing of it is verified.
    pub fn key(&self, request: &RawRequest<'_>) -> Option<S3Key> {
        let place = request.place(&self.bucket).ok().filter(|place| place.bucket == self.bucket)?;
        S3Key::new(&place.key).ok()
    }

    /// Checks all that can be checked before the body, for a request that arrives `now`, in the
    /// order of docs/facts-s3.md#order-of-checks. Never waits.
    ///
    /// # Errors
    ///
    /// The [`Refusal`] to answer with at once, through [`Self::refuse`]. The body has not been
    /// read.
    pub fn begin(&self, request: &RawRequest<'_>, now: Timestamp) -> Result<Accepted, Refusal> {
        if header_section_size(request.headers) > MAX_HEADER_SECTION {
            return Err(Refusal::HeaderSectionTooLarge);
        }
        let place = request.place(&self.bucket)?;
        if *request.method == Method::OPTIONS {
            return preflight::answer(self, request, &place).map(|answer| Accepted(Work::Preflight(answer)));
        }
        let query = self.authorize(request, &place, now)?;
        if !matches!(*request.method, Method::PUT | Method::GET | Method::HEAD) {
            return Err(not_allowed(request, &place)); // no URL is signed for other methods
        }
        let is_root = place.bucket.is_empty() && place.key.is_empty();
        if place.bucket != self.bucket && !is_root {
            return Err(Refusal::NoSuchBucket { bucket: place.bucket }); // after the signature: docs/facts-s3.md#missing-bucket
        }
        feature::must_be_offered(request, &query)?;
        match *request.method {
            Method::PUT => put::Upload::begin(self, request, &place, &query).map(Work::Put),
            _ => get::Download::begin(self, request, &place, &query).map(Work::Read),
        }
        .map(Accepted)
    }

    /// Carries out an accepted request, and reads the body if it has one. `keep` decides the stored bytes of an upload,
    /// and so its `ETag` and checksum.
    ///
    /// # Errors
    ///
    /// The [`Refusal`] to answer with, through [`Self::refuse`], and the body if it is the reason. Nothing has been
    /// stored.
    pub async fn finish<B>(
        &self,
        accepted: Accepted,
        body: B,
        keep: Box<dyn Keep>,
    ) -> Result<Answer, Rejection>
    where
        B: Body<Data = Bytes, Error = BodyError> + Unpin,
    {
        match accepted.0 {
            Work::Put(upload) => upload.finish(self, body, keep).await,
            Work::Read(download) => Ok(download.answer(self)),
            Work::Preflight(answer) => Ok(answer),
        }
    }

    /// Returns the answer to a request with `method` that is refused.
    pub fn refuse(&self, method: &Method, refusal: &Refusal) -> Answer {
        answer::refused(&self.rng, method, refusal)
    }

    /// Returns the answer to a request with `method` that a fault makes fail, in the form of S3's
    /// own errors.
    pub fn fail(&self, method: &Method, failure: &Failure<'_>) -> Answer {
        failure.answer(&self.rng, method)
    }

    /// Adds CORS headers to an answer where the bucket allows the page's origin and the method:
    /// docs/facts-s3.md#request-from-allowed-origin. Answers to preflights stay as they are, since
    /// no rule allows OPTIONS.
    pub fn share(&self, request: &RawRequest<'_>, mut answer: Answer) -> Answer {
        if let Some(origin) = request.headers.get(ORIGIN)
            && self.cors.check(origin, request.method.as_str()).is_ok()
            && request.names_bucket(&self.bucket)
        {
            self.cors.put(origin, &mut answer.headers);
        }
        answer
    }

    /// Answers a request that arrives `now`, and returns the reason for a refusal. `keep` decides the stored bytes of
    /// an upload.
    pub async fn handle<B>(
        &self,
        request: &RawRequest<'_>,
        hooks: &dyn Hooks,
        now: Timestamp,
        keep: Box<dyn Keep>,
        body: Option<B>,
    ) -> (Answer, Option<Rejection>)
    where
        B: Body<Data = Bytes, Error = BodyError> + Unpin,
    {
        let answer = match (hooks.begin(self, request, now), body) {
            (Ok(accepted), Some(body)) => self.finish(accepted, body, hooks.keep(request, keep)).await,
            (Ok(_), None) => Err(Refusal::Internal.into()),
            (Err(refusal), _) => Err(refusal.into()),
        };
        let (answer, rejection) = match hooks.end(self, request, now, answer) {
            Ok(answer) => (answer, None),
            Err(rejection) => (self.refuse(request.method, &rejection.refusal), Some(rejection)),
        };
        (self.share(request, answer), rejection)
    }

    /// Returns the query of a request with a good signature.
    fn authorize<'a>(
        &self,
        request: &RawRequest<'a>,
        place: &Place,
        now: Timestamp,
    ) -> Result<Query<'a>, Refusal> {
        match sigv4::verify(request, &self.signer, now) {
            Ok(query) => Ok(query),
            // docs/facts-s3.md#form-post: the method is reported before the missing signature.
            Err(Refusal::AccessDenied) if *request.method == Method::POST => Err(not_allowed(request, place)),
            Err(refusal) => Err(refusal),
        }
    }
}

fn not_allowed(request: &RawRequest<'_>, place: &Place) -> Refusal {
    Refusal::MethodNotAllowed { method: request.method.clone(), resource: Resource::of(place) }
}

/// Returns the key of a place; `None` for the bucket itself.
fn key(place: &Place) -> Result<Option<S3Key>, Refusal> {
    match S3Key::new(&place.key) {
        Ok(key) => Ok(Some(key)),
        Err(BadKey::Empty) => Ok(None),
        Err(BadKey::TooLong { size }) => Err(Refusal::KeyTooLong { size }),
    }
}
