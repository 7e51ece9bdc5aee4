//! `error`: an error response in the form of the API.

use std::time::Duration;

use hyper::StatusCode;

use super::{Kind, Values};
use crate::{
    exchange::{Operation, S3Code},
    fault::{
        Effect, Fault,
        field::{Field, Takes, Value},
        mistake::{Mistake, quoted},
    },
    text::nearest,
};

pub(super) static KIND: Kind = Kind {
    name: "error",
    summary: "an error response: the Alloy API's JSON or the S3 API's XML",
    met: "An error response in the form of the API: the Alloy API's JSON or the S3 API's XML. The request takes no \
          effect.",
    fields: &[
        Field::new(
            "status",
            Takes::Status { least: 300 },
            "429",
            "HTTP status, from 300 to 599 [default: the code's]",
        )
        .primary(),
        Field::new("code", Takes::Code, "SlowDown", "S3's error code; the Alloy API has none").primary(),
        Field::new("message", Takes::Text { most: 1024, empty: true }, "Busy", "message [default: the usual one]"),
        Field::new("retry_after", Takes::Seconds, "1s", "value of Retry-After [default: no header]"),
    ],
    operations: &Operation::ALL,
    example: "put:times=2:error=SlowDown",
    wrong: "PUT -> 503 SlowDown; the client retries at once, in a loop, or gives the file up",
    right: "PUT -> 503 SlowDown; it waits 1s; PUT -> 503; it waits 2s; the same PUT -> 200",
    effect: |values| {
        Effect::Error(Failure {
            status: values.status("status"),
            code: values.text("code"),
            message: values.text("message"),
            retry_after: values.duration("retry_after"),
        })
    },
    check,
};

/// A code of S3 implies its status; other codes need one. Errors of the Alloy API have no code.
fn check(values: &Values, on: Option<Operation>) -> Option<Mistake> {
    match (values.get("status"), values.text("code")) {
        (None, None) => {
            let remedy = "write a status such as 503, or a code such as SlowDown";
            Some(Mistake::new("", "`error` has neither `status` nor `code`", remedy))
        }
        (None, Some(code)) if S3Code::find(&code).is_none() => {
            let remedy = nearest(&code, S3Code::ALL.iter().map(|known| known.name())).map_or_else(
                || "write one of S3's, such as SlowDown, or a `status` with it".to_owned(),
                |near| format!("did you mean `{near}`? A code of another name needs a `status`"),
            );
            let what = format!("`code` is `{}`, which S3 does not have", quoted(&code));
            Some(Mistake::new("/code", what, remedy))
        }
        (Some(_), Some(_)) => on.filter(|on| on.route().is_some()).map(|on| {
            let what = format!("`code` has no effect on `{on}`: errors of the Alloy API have no code");
            Mistake::new("/code", what, "leave it out")
        }),
        _ => None,
    }
}

/// Error that is answered. It has a status or a code, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// HTTP status; without it, the code's.
    pub status: Option<StatusCode>,
    /// S3's `Code`, or any code with a status; without it, the usual one for the status.
    pub code: Option<String>,
    /// Message; without it, the usual one.
    pub message: Option<String>,
    /// Value of `Retry-After`, in whole seconds; without it, the header is not sent.
    pub retry_after: Option<Duration>,
}

/// Code of S3 or HTTP status, as [`Fault::error`] takes them.
#[derive(Clone, Debug)]
pub enum ErrorName {
    /// Code of S3.
    Code(String),
    /// HTTP status.
    Status(u16),
}

impl From<&str> for ErrorName {
    fn from(code: &str) -> Self {
        Self::Code(code.to_owned())
    }
}

impl From<u16> for ErrorName {
    fn from(status: u16) -> Self {
        Self::Status(status)
    }
}

impl Fault<()> {
    /// Answers with an error: a code of S3, or an HTTP status.
    ///
    /// ```
    /// use alloy_assay::Fault;
    ///
    /// assert!(Fault::presign().error(429).check().is_ok());
    /// assert!(Fault::put().error("SlowDown").check().is_ok());
    /// let unknown = Fault::put().error("SlowDwon").check().unwrap_err();
    /// assert!(unknown.to_string().contains("did you mean `SlowDown`?"));
    /// assert!(Fault::put().error("OutOfCoffee").status(503).check().is_ok());
    /// ```
    #[must_use]
    pub fn error(self, error: impl Into<ErrorName>) -> Fault {
        let value = match error.into() {
            ErrorName::Code(code) => ("code", Value::Text(code)),
            ErrorName::Status(status) => ("status", Value::Number(status.into())),
        };
        self.causing(&KIND, [value])
    }
}

impl Fault {
    /// Sets the message of an error.
    #[must_use]
    pub fn message(self, message: impl Into<String>) -> Self {
        self.with_field("message", Value::Text(message.into()))
    }

    /// Sets the status of an error, or of `garbage`.
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        self.with_field("status", Value::Number(status.into()))
    }

    /// Sets the value of an error's `Retry-After`, in whole seconds.
    #[must_use]
    pub fn retry_after(self, duration: Duration) -> Self {
        self.with_field("retry_after", Value::Duration(duration))
    }
}
