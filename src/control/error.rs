//! Errors of the control API, as the same JSON as the Alloy API's.

use hyper::{
    StatusCode,
    header::{self, HeaderValue},
};
use serde_json::{Value, json};

use super::json_answer;
use crate::exchange::Answer;

/// A refusal.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Error {
    #[error("Unknown call: GET /_assay/openapi.yaml lists the calls")]
    NotFound,
    #[error("This call takes {0}")]
    MethodNotAllowed(&'static str),
    #[error(
        "The control API does not answer to the host `{0}`: call it by an IP address or localhost, or start with --control-host {0}"
    )]
    ForeignHost(String),
    #[error("The control API refuses calls from web pages; this one comes from `{0}`")]
    ForeignOrigin(String),
    #[error("The control API takes no calls from web pages, and this one has `{0}: {1}`")]
    ForeignPage(&'static str, String),
    #[error("The body did not arrive whole: {0}")]
    BadBody(String),
    #[error("The body cannot be read: {0}")]
    UnknownCoding(String),
    #[error("The body is larger than {} KiB", .0 >> 10)]
    BodyTooLarge(usize),
    #[error("{message}")]
    Invalid { pointer: String, message: String },
    #[error("{}", summary(.0))]
    Mistakes(Vec<(String, String)>),
    #[error("No fault has this id: GET /_assay/faults lists them")]
    NoSuchFault,
    #[error("No local certificate authority: {0}")]
    NoAuthority(String),
    #[error("No object with this key")]
    NoSuchObject,
    #[error("Limit of {0} open journal streams reached: close one")]
    TooManyStreams(usize),
    #[error("Too many large answers are being read at once: read them, or try again later")]
    Busy,
}

impl Error {
    pub(super) fn invalid(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { pointer: pointer.into(), message: message.into() }
    }

    pub(super) fn into_answer(self) -> Answer {
        let mut body = json!({"message": self.to_string()});
        let wrong = |pointer: &str, message: &str| json!({"rule": "control-call", "pointer": pointer, "message": message});
        match &self {
            Self::Invalid { pointer, message } => body["errors"] = vec![wrong(pointer, message)].into(),
            Self::Mistakes(places) => {
                let errors = places.iter().map(|(pointer, message)| wrong(pointer, message));
                body["errors"] = errors.collect::<Vec<Value>>().into();
            }
            _ => {}
        }
        let answer = json_answer(self.status(), &body);
        match self {
            Self::MethodNotAllowed(allow) => answer.with(header::ALLOW, HeaderValue::from_static(allow)),
            _ => answer,
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound | Self::NoSuchObject | Self::NoSuchFault => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::ForeignHost(_) | Self::ForeignOrigin(_) | Self::ForeignPage(..) => StatusCode::FORBIDDEN,
            Self::NoAuthority(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::UnknownCoding(_) => StatusCode::NOT_IMPLEMENTED,
            Self::TooManyStreams(_) | Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::BadBody(_) | Self::BodyTooLarge(_) | Self::Invalid { .. } | Self::Mistakes(_) => {
                StatusCode::BAD_REQUEST
            }
        }
    }
}

/// Formats all mistakes as one text, a line each, for clients that read only the message.
fn summary(places: &[(String, String)]) -> String {
    let messages: Vec<&str> = places.iter().map(|(_, message)| message.as_str()).collect();
    messages.join("\n")
}
