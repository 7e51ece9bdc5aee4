//! Reasons why a suite cannot start.

use super::{BadCommand, PastError};
use crate::{StartError, contract::LoadError, http::CaError};

/// Reason why a suite cannot start, as one sentence for the user.
#[derive(Debug, thiserror::Error)]
pub enum CannotRun {
    /// The URL is invalid.
    #[error("invalid URL `{0}`: expected one such as http://127.0.0.1:7979")]
    BadUrl(String),
    /// The file of trusted certificates cannot be used.
    #[error(transparent)]
    Ca(#[from] CaError),
    /// The server is not on this machine, and this was not allowed.
    #[error(
        "{0} is not on this machine: the suite creates and deletes files and users there; to allow it, add \
         --yes-this-is-remote"
    )]
    Remote(String),
    /// The server refuses the API key.
    #[error("the server refuses the API key (401 Unauthorized): set a valid one with --api-key")]
    WrongKey,
    /// The server refuses the second API key.
    #[error("the server refuses the second API key (401 Unauthorized): set a valid one with --other-api-key")]
    WrongOtherKey,
    /// A pattern matches no check.
    #[error("{0}")]
    NoSuchCheck(String),
    /// No check is left to run.
    #[error("no check is left to run: skip less")]
    NothingLeft,
    /// The file of past failures cannot be used.
    #[error(transparent)]
    Past(#[from] PastError),
    /// The built-in contract cannot be used.
    #[error(transparent)]
    Contract(#[from] LoadError),
    /// The client cannot be started.
    #[error(transparent)]
    Command(#[from] BadCommand),
    /// The suite was interrupted.
    #[error("the suite was interrupted; the client was ended, with all that it started")]
    Interrupted,
    /// The emulator cannot be started.
    #[error(transparent)]
    Emulator(#[from] StartError),
    /// The system provides no event queue, or no folder.
    #[error("the suite cannot be run: {0}")]
    System(#[from] std::io::Error),
}
