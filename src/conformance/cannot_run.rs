//! Why a suite cannot begin: mistakes of whoever set it up.

use super::{BadCommand, PastError};
use crate::{StartError, contract::LoadError, http::CaError};

/// Why a suite cannot begin: each is a mistake of whoever set it up, told in one sentence.
#[derive(Debug, thiserror::Error)]
pub enum CannotRun {
    /// The address is none.
    #[error("`{url}` is no address of a server; write one like http://127.0.0.1:7979")]
    BadUrl {
        /// What was given.
        url: String,
    },
    /// The file of trusted certificates cannot be used.
    #[error(transparent)]
    Ca(#[from] CaError),
    /// The server is another machine, and nobody said that this is meant.
    #[error(
        "{authority} is not this machine: the suite makes and deletes files and users there; if that is meant, add \
         --yes-this-is-remote"
    )]
    Remote {
        /// Where the server is.
        authority: String,
    },
    /// The server does not take the API key.
    #[error("the server does not take the API key (401 Unauthorized); give a good one with --api-key")]
    WrongKey,
    /// The server does not take the second API key.
    #[error(
        "the server does not take the second API key (401 Unauthorized); give a good one with --other-api-key"
    )]
    WrongOtherKey,
    /// A pattern chooses no check.
    #[error("`{pattern}` is no check's id, and no pattern that is one's; {remedy}")]
    NoSuchCheck {
        /// What was given.
        pattern: String,
        /// What to do.
        remedy: String,
    },
    /// Nothing is left to run.
    #[error("no check is left: all that were chosen are left out")]
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
    /// It was interrupted.
    #[error("the suite was interrupted; the client was ended, with all that it started")]
    Interrupted,
    /// The emulator cannot be started.
    #[error(transparent)]
    Emulator(#[from] StartError),
    /// The system gives no event queue, or no folder.
    #[error("the suite cannot be run: {0}")]
    System(#[from] std::io::Error),
}
