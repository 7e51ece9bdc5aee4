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
    /// The user has no such file.
    #[error("File not found")]
    NoSuchFile,
    /// An action names files that do not exist, at these places.
    #[error("{}", summary(.0))]
    NoSuchFiles(Vec<Violation>),
    /// An action names another user's files, at these places.
    #[error("{}", summary(.0))]
    ForeignFiles(Vec<Violation>),
    /// The account has no such user.
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

    /// Returns what is wrong, where it has a place in the request.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn body(error: Error) -> serde_json::Value {
        serde_json::from_slice(error.into_answer().content.text().unwrap()).unwrap()
    }

    #[test]
    fn errors_are_there_where_a_place_can_be_named() {
        assert_eq!(body(Error::Unauthorized), serde_json::json!({"message": "Unauthorized"}));
        let violation = Violation {
            rule: "user-id",
            pointer: "x-alloy-userid".to_owned(),
            message: "userId must be valid".to_owned(),
            spec: None,
        };
        assert_eq!(
            body(Error::Invalid(vec![violation])),
            serde_json::json!({
                "message": "userId must be valid",
                "errors": [{"rule": "user-id", "pointer": "x-alloy-userid", "message": "userId must be valid"}],
            })
        );
    }

    fn failed(status: u16, message: Option<&str>, wait: Option<Duration>) -> (Answer, String) {
        let answer = fail(StatusCode::from_u16(status).unwrap(), message, wait);
        assert_eq!(answer.status, status);
        let text = String::from_utf8(answer.content.text().unwrap().to_vec()).unwrap();
        (answer, text)
    }

    #[test]
    fn a_failure_has_the_words_of_its_status_or_those_that_are_given() {
        let (answer, text) = failed(429, None, Some(Duration::from_secs(1)));
        assert_eq!(text, r#"{"message":"Too Many Requests"}"#);
        assert_eq!(answer.headers[header::RETRY_AFTER], "1");
        let (answer, text) = failed(503, Some("Say \"when\""), None);
        assert_eq!(text, r#"{"message":"Say \"when\""}"#);
        assert_eq!(answer.headers.keys().collect::<Vec<_>>(), [header::CONTENT_TYPE]);
        assert_eq!(failed(599, None, None).1, r#"{"message":"Error"}"#);
    }

    #[test]
    fn an_unauthorized_failure_is_alloys_own() {
        let (failed, text) = failed(401, None, None);
        let own = Error::Unauthorized.into_answer();
        assert_eq!(text.as_bytes(), own.content.text().unwrap());
        assert_eq!(failed.headers, own.headers);
    }
}
