//! What may be laid around this side's operations, so that they read as if the world were well. The composition root
//! lays [`Bare`] around them; whoever wants a worse world hands in another.

use bytes::Bytes;
use hyper::http::request::Parts;

use crate::exchange::{Answer, Operation};

/// Looks at an exchange on its way in and out.
pub trait Around: Send + Sync {
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

/// Nothing is around.
#[derive(Clone, Copy, Debug)]
pub struct Bare;

impl Around for Bare {}
