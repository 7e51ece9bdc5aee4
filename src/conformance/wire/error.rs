//! Reasons why an exchange has no answer.

use std::{error::Error, time::Duration};

use crate::{http::ConnectError, text::cut};

/// Why an exchange has no answer that can be judged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WireError {
    /// The connection failed.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The connection ended before the answer did.
    #[error("the connection was closed before the answer was complete ({detail})")]
    Closed { detail: String },
    /// The answer is not HTTP.
    #[error("the answer is not HTTP: {detail}")]
    NotHttp { detail: String },
    /// The answer did not come in time.
    #[error("no answer within {after:?} (see --timeout)")]
    TooSlow { after: Duration },
    /// The answer is too long.
    #[error("the answer has more than {most} bytes; the rest was not read")]
    TooLong { most: usize },
    /// The server returned an invalid URL.
    #[error("invalid URL `{url}`: expected an http:// or https:// URL")]
    BadUrl { url: String },
    /// The server returned a URL of another machine.
    #[error("the URL leads to {authority}, which is not this machine; to allow it, add --yes-this-is-remote")]
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
