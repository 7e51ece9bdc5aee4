//! `/_assay/labels`: which test a user belongs to.

use serde::Deserialize;
use serde_json::json;

use super::{error::Error, ok, query::Parameters};
use crate::{exchange::Answer, journal::Journal};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    user: String,
    label: String,
}

/// Answers with all labels, or with one user's.
pub(super) fn list(journal: &Journal, parameters: Parameters<'_>) -> Result<Answer, Error> {
    Ok(ok(&json!({"labels": journal.labels.all(parameters.only_user()?)})))
}

/// Labels a user.
pub(super) fn set(journal: &Journal, body: &[u8]) -> Result<Answer, Error> {
    let Label { user, label } = serde_json::from_slice(body).map_err(|error| {
        let example = r#"{"user": "651eb6e11d156e0d7a42c59d", "label": "tests/test_up.py::test_retry"}"#;
        Error::invalid("", format!("the body must be JSON such as {example}: {error}"))
    })?;
    let user = user.parse().map_err(|error| Error::invalid("/user", format!("`user`: {error}")))?;
    journal.label(user, label).map_err(|error| Error::invalid("/label", error.to_string()))?;
    Ok(ok(&json!({"status": "ok"})))
}
