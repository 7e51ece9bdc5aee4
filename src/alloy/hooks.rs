//! Hooks with which known server bugs wrap the Alloy API. Its operations do not know them.

use bytes::Bytes;
use hyper::http::request::Parts;

use crate::exchange::{Answer, Operation};

/// Wraps requests and answers.
pub trait Hooks: Send + Sync {
    /// Changes a request's head, whichever API it is for, before anything has read it.
    fn request(&self, _head: &mut Parts) {}

    /// Changes the body of a request.
    fn body(&self, _operation: Operation, body: Bytes) -> Bytes {
        body
    }

    /// Changes the answer to a request.
    fn answer(&self, _operation: Operation, _head: &Parts, answer: Answer) -> Answer {
        answer
    }
}

/// Changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoHooks;

impl Hooks for NoHooks {}
