//! Refusals of the Alloy API, and their JSON: `{"message"}`, with `{"errors": [{"rule", "pointer",
//! "message"}]}` where places in the request can be named.

use std::time::Duration;

use hyper::{
    StatusCode,
    header::{self, HeaderValue},
};
use serde::Serialize;

use super::json;
use crate::{
    exchange::{Answer, BodyError, Violation},
    files::DeleteError,
};

/// A refusal of the Alloy API.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No operation has this path.
    #[error("Not found")]
    NotFound,
    /// The path takes only the methods named here.
    #[error("This path takes {0}")]
    MethodNotAllowed(String),
    /// No valid bearer token. The message is Alloy's own.
    #[error("Unauthorized")]
    Unauthorized,
    /// The request breaks the contract.
    #[error("{}", summary(.0))]
    Invalid(Vec<Violation>),
    /// The key is another user's.
    #[error("You are not allowed to delete this file")]
    ForeignFile,
    /// The user does not have the file.
    #[error("File not found")]
    NoSuchFile,
    /// An action names files that do not exist, at these places.
    #[error("{}", summary(.0))]
    NoSuchFiles(Vec<Violation>),
    /// An action names another user's files, at these places.
    #[error("{}", summary(.0))]
    ForeignFiles(Vec<Violation>),
    /// The account does not have the user.
    #[error("User not found")]
    NoSuchUser,
    /// The body is too large.
    #[error("The body is larger than {limit} bytes")]
    BodyTooLarge {
        /// Largest body.
        limit: usize,
    },
    /// The body stopped before its end, and nothing more came.
    #[error("The body did not arrive whole: {0}")]
    Timeout(BodyError),
    /// The body has a transfer coding that is not supported.
    #[error("The body cannot be read: {0}")]
    UnknownCoding(BodyError),
    /// The header section is too large. Servers behind a load balancer refuse it, too.
    #[error("The header section is larger than {limit} bytes")]
    HeadersTooLarge {
        /// Largest header section.
        limit: usize,
    },
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<ErrorItem<'a>>>,
}

#[derive(Serialize)]
struct ErrorItem<'a> {
    rule: &'static str,
    pointer: &'a str,
    message: &'a str,
}

impl Error {
    /// Returns the refusal of a request that breaks one rule at one place.
    pub fn violation(rule: &'static str, pointer: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation::new(rule, pointer, message)])
    }

    /// Returns the mistakes that have a place in the request.
    pub fn violations(&self) -> &[Violation] {
        match self {
            Self::Invalid(violations) | Self::NoSuchFiles(violations) | Self::ForeignFiles(violations) => {
                violations
            }
            _ => &[],
        }
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound | Self::NoSuchFile | Self::NoSuchFiles(_) | Self::NoSuchUser => {
                StatusCode::NOT_FOUND
            }
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::ForeignFile | Self::ForeignFiles(_) => StatusCode::FORBIDDEN,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Timeout(_) => StatusCode::REQUEST_TIMEOUT,
            Self::UnknownCoding(_) => StatusCode::NOT_IMPLEMENTED,
            Self::HeadersTooLarge { .. } => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        }
    }

    /// Returns the error as an answer.
    pub fn into_answer(self) -> Answer {
        let message = self.to_string();
        let violations = self.violations();
        let errors = (!violations.is_empty()).then(|| violations.iter().map(ErrorItem::from).collect());
        let answer = json(self.status(), &ErrorBody { message: &message, errors });
        match self {
            Self::MethodNotAllowed(allow) => match HeaderValue::try_from(allow) {
                Ok(allow) => answer.with(header::ALLOW, allow),
                Err(_) => answer,
            },
            Self::Unauthorized => challenged(answer),
            _ => answer,
        }
    }
}

/// Adds what every 401 says: how to authenticate.
fn challenged(answer: Answer) -> Answer {
    answer.with(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

/// Returns an error that a fault makes, in the form of Alloy's own. Without a message it has the
/// status's reason phrase, as Alloy's 401 has. `retry_after` becomes `Retry-After`, in whole
/// seconds, rounded up.
pub fn fail(status: StatusCode, message: Option<&str>, retry_after: Option<Duration>) -> Answer {
    let message = message.or(status.canonical_reason()).unwrap_or("Error");
    let answer = json(status, &ErrorBody { message, errors: None }).retry_after(retry_after);
    if status == StatusCode::UNAUTHORIZED { challenged(answer) } else { answer }
}

impl<'a> From<&'a Violation> for ErrorItem<'a> {
    fn from(violation: &'a Violation) -> Self {
        Self { rule: violation.rule, pointer: &violation.pointer, message: &violation.message }
    }
}

impl From<BodyError> for Error {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Idle(_) => Self::Timeout(error),
            BodyError::Coding(_) => Self::UnknownCoding(error),
            BodyError::Incomplete | BodyError::Broken(_) => {
                Self::violation("body-incomplete", "", format!("The body did not arrive whole: {error}."))
            }
        }
    }
}

impl From<DeleteError> for Error {
    fn from(error: DeleteError) -> Self {
        match error {
            DeleteError::Foreign => Self::ForeignFile,
            DeleteError::NotFound => Self::NoSuchFile,
        }
    }
}

/// Joins all messages, for clients that show only `message`.
fn summary(violations: &[Violation]) -> String {
    let messages: Vec<&str> = violations.iter().map(|violation| violation.message.as_str()).collect();
    messages.join(" ")
}
