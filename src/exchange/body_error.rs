//! Reasons why a request's body is incomplete. `http` finds them, the APIs answer.

/// Why a body did not arrive whole.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The client closed its side before the promised length had come.
    #[error("the body ended before its Content-Length")]
    Incomplete,
    /// Nothing came for as long as the idle timeout allows (real time).
    #[error("no byte arrived for {0:?}")]
    Idle(std::time::Duration),
    /// The body has a transfer coding other than a single `chunked`, which nothing here decodes.
    #[error(
        "transfer coding `{0}` is not supported: send a Content-Length, or `chunked` once and nothing else"
    )]
    Coding(String),
    /// The connection broke, or the bytes were no HTTP.
    #[error("the body could not be read: {0}")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
}
