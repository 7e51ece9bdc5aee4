//! Why there is no answer, in the words of whoever started the suite: it is about the server, not about HTTP's
//! libraries.

use std::{error::Error, time::Duration};

use crate::{exchange::cut, http::ConnectError};

/// An exchange without an answer that could be judged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WireError {
    /// There is no connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The connection ended before the answer did.
    #[error("the connection was closed before the answer was complete ({detail})")]
    Closed { detail: String },
    /// What came is no HTTP.
    #[error("what was answered is no HTTP: {detail}")]
    NotHttp { detail: String },
    /// The answer did not come in time.
    #[error("no answer within {after:?} (see --timeout)")]
    TooSlow { after: Duration },
    /// The answer is longer than any should be.
    #[error("the answer has more than {most} bytes; the rest was not read")]
    TooLong { most: usize },
    /// The server handed out a URL that cannot be called.
    #[error("`{url}` is no URL that can be called by HTTP")]
    BadUrl { url: String },
    /// The server handed out a URL of another machine.
    #[error(
        "the URL leads to {authority}, which is not this machine; if that is meant, add --yes-this-is-remote"
    )]
    Elsewhere { authority: String },
}

impl WireError {
    pub(crate) fn of(error: &hyper::Error) -> Self {
        let mut detail = error.to_string();
        if let Some(source) = error.source() {
            detail = format!("{detail}: {source}");
        }
        cut(&mut detail, 200);
        if error.is_parse() { Self::NotHttp { detail } } else { Self::Closed { detail } }
    }
}
