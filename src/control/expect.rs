//! `/_assay/expect`: the findings that a test raises on purpose.

use hyper::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::{error::Error, json_answer, ok, query::Parameters};
use crate::{
    exchange::{Answer, CannotExpect, Expected},
    journal::Journal,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    rule: String,
    user: Option<String>,
    times: Option<u64>,
}

/// Answers `GET`, `POST` and `DELETE`.
pub(super) fn answer(
    journal: &Journal,
    method: &Method,
    parameters: Parameters<'_>,
    body: &[u8],
) -> Result<Answer, Error> {
    let user =
        if *method == Method::POST { parameters.done().map(|()| None) } else { parameters.only_user() }?;
    match *method {
        Method::GET => Ok(ok(&json!({"expectations": journal.expectations(user)}))),
        Method::POST => set(journal, body),
        Method::DELETE => {
            journal.clear_expected(user);
            Ok(ok(&json!({"status": "ok"})))
        }
        _ => Err(Error::MethodNotAllowed("GET, POST, DELETE")),
    }
}

fn set(journal: &Journal, body: &[u8]) -> Result<Answer, Error> {
    let Call { rule, user, times } = serde_json::from_slice(body).map_err(|error| {
        let example = r#"{"rule": "s3-url-expired", "user": "651eb6e11d156e0d7a42c59d", "times": 1}"#;
        Error::invalid("", format!("the body must be JSON such as {example}: {error}"))
    })?;
    let mut expected = Expected::rule(rule);
    if let Some(user) = user {
        let user = user.parse().map_err(|error| Error::invalid("/user", format!("`user`: {error}")))?;
        expected = expected.user(user);
    }
    if let Some(times) = times {
        expected = expected.times(times);
    }
    let set = expected.expectation();
    journal.expect(expected).map_err(|error| {
        let pointer = match error {
            CannotExpect::UnknownRule(_) => "/rule",
            CannotExpect::Never => "/times",
            CannotExpect::TooMany(_) => "",
        };
        Error::invalid(pointer, error.to_string())
    })?;
    Ok(json_answer(StatusCode::CREATED, &set))
}
