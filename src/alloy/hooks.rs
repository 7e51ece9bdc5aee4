//! Where a known server bug may be laid around the Alloy API, so that its operations read as if nothing ever went
//! wrong. [`NoHooks`] change nothing.

use bytes::Bytes;
use hyper::http::request::Parts;

use crate::exchange::{Answer, Operation};

/// Looks at an exchange on its way in and out.
pub trait Hooks: Send + Sync {
    /// A request's head as it is answered, whichever side it is for. Nobody has looked at it yet.
    fn request(&self, _head: &mut Parts) {}

    /// The body of a request as it is answered.
    fn body(&self, _operation: Operation, body: Bytes) -> Bytes {
        body
    }

    /// The answer to a request as it is sent.
    fn answer(&self, _operation: Operation, _head: &Parts, answer: Answer) -> Answer {
        answer
    }
}

/// Changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoHooks;

impl Hooks for NoHooks {}
