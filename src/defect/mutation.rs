//! Where a defect can be wrong: at each place it is told what would be right, and gives what shall be. One that says
//! nothing of a place leaves it as it is. [`super::Defects`] calls them.

use std::sync::Arc;

use bytes::Bytes;
use hyper::http::request::Parts;
use jiff::Timestamp;

use super::world::World;
use crate::{
    exchange::{Answer, Operation},
    files::{DeleteError, Keep, Md5Digest, Object, S3Key, UserId},
    s3::{Accepted, RawRequest, Refusal, Rejection, S3},
};

/// What one half of S3's side is asked: a request and when it came.
pub(super) struct Asked<'a> {
    pub(super) world: &'a World,
    pub(super) s3: &'a S3,
    pub(super) request: &'a RawRequest<'a>,
    pub(super) now: Timestamp,
}

/// What is left of deleting once a defect had its say.
pub(super) type Deleting<'a> = dyn Fn(&str) -> Result<(), DeleteError> + 'a;

/// A way to be wrong.
pub(super) trait Mutation: Send + Sync {
    /// The head of a request for Alloy's operation.
    fn request(&self, _operation: Operation, _head: &mut Parts) {}

    /// Its body.
    fn body(&self, _operation: Operation, body: Bytes) -> Bytes {
        body
    }

    /// The answer to it.
    fn answer(&self, _world: &World, _operation: Operation, _head: &Parts, answer: Answer) -> Answer {
        answer
    }

    /// Whether an account may call for a user.
    fn may_name(&self, _world: &World, _named: UserId, right: bool) -> bool {
        right
    }

    /// The key of a user's file.
    fn key(&self, _world: &World, _user: UserId, right: S3Key) -> S3Key {
        right
    }

    /// The user's file that has this content already, where `key` is asked for.
    fn duplicate(
        &self,
        _world: &World,
        _user: UserId,
        _key: &S3Key,
        _md5: Md5Digest,
        right: Option<S3Key>,
    ) -> Option<S3Key> {
        right
    }

    /// The user's files.
    fn list(&self, _world: &World, _user: UserId, right: Vec<Arc<Object>>) -> Vec<Arc<Object>> {
        right
    }

    /// Deletes a user's file; `delete` does it right.
    fn delete(
        &self,
        _world: &World,
        _user: UserId,
        key: &str,
        delete: &Deleting<'_>,
    ) -> Result<(), DeleteError> {
        delete(key)
    }

    /// What S3's side makes of a request's head.
    fn begin(&self, _asked: &Asked<'_>, right: Result<Accepted, Refusal>) -> Result<Accepted, Refusal> {
        right
    }

    /// What it keeps of an upload.
    fn keep(&self, _request: &RawRequest<'_>, right: Box<dyn Keep>) -> Box<dyn Keep> {
        right
    }

    /// What it answers.
    fn end(&self, _asked: &Asked<'_>, right: Result<Answer, Rejection>) -> Result<Answer, Rejection> {
        right
    }
}
