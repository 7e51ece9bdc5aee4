//! `GET /_assay/journal` and `GET /_assay/findings`: what came, what went, and what was wrong with it.

use std::time::Duration;

use serde::Serialize;

use super::{error::Error, ok, query::Parameters};
use crate::{
    exchange::{Answer, Finding, Severity, parse_duration},
    files::UserId,
    journal::{Journal, Page, Query},
};

/// The longest that a call may wait: connections are held meanwhile.
const MAX_WAIT: Duration = Duration::from_secs(600);

#[derive(Serialize)]
struct Findings {
    findings: Vec<Finding>,
}

/// Answers with the exchanges that match, at once or as soon as there are enough.
pub(super) async fn exchanges(journal: &Journal, mut parameters: Parameters<'_>) -> Result<Answer, Error> {
    let query = Query {
        after: parameters.take_number("after")?.unwrap_or(0),
        operation: parameters.take("operation")?,
        user: parameters.take("user")?,
        limit: parameters.take_number("limit")?.unwrap_or(usize::MAX),
    };
    let count: Option<usize> = parameters.take_number("count")?;
    let wait = parameters.take_with("wait", parse_duration)?;
    parameters.done()?;
    let wait = match (count, wait) {
        (None, None) => {
            return Ok(ok(&Page { exchanges: journal.exchanges(&query), timed_out: false }));
        }
        (_, Some(wait)) if wait > MAX_WAIT => {
            return Err(Error::invalid("wait", "`wait` is 10m at the most"));
        }
        (_, wait) => wait.unwrap_or_default(),
    };
    Ok(ok(&journal.wait(&query, count.unwrap_or(1), wait).await))
}

/// Answers with the findings that match.
pub(super) fn findings(journal: &Journal, mut parameters: Parameters<'_>) -> Result<Answer, Error> {
    let severity = parameters.take_with("severity", |name| match name {
        "error" => Ok(Severity::Error),
        "warning" => Ok(Severity::Warning),
        "note" => Ok(Severity::Note),
        _ => Err("there are error, warning and note"),
    })?;
    let user: Option<UserId> = parameters.take("user")?;
    parameters.done()?;
    let mut findings = journal.findings(user);
    findings.retain(|finding: &Finding| severity.is_none_or(|severity| finding.severity == severity));
    Ok(ok(&Findings { findings }))
}
