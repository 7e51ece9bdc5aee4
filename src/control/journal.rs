//! `GET /_assay/journal` and `GET /_assay/findings`: the exchanges and their findings.

use std::{sync::Arc, time::Duration};

use hyper::header::{self, HeaderValue};
use serde::Serialize;

use super::{
    error::Error,
    large::{self, LargeAnswers},
    query::Parameters,
};
use crate::{
    exchange::{Answer, BoundedDuration, Exchange, Severity},
    journal::{Journal, Query},
    report,
};

/// The longest that a call may wait: connections are held meanwhile.
const MAX_WAIT: Duration = Duration::from_secs(600);

/// Returns matching exchanges, at once or as soon as there are enough.
pub(super) async fn exchanges(
    journal: &Arc<Journal>,
    large: &LargeAnswers,
    mut parameters: Parameters<'_>,
) -> Result<Answer, Error> {
    let query = Query {
        after: parameters.take_number("after")?.unwrap_or(0),
        operation: parameters.take("operation")?,
        user: parameters.take("user")?,
        limit: parameters.take_number("limit")?.unwrap_or(usize::MAX),
    };
    let count: Option<usize> = parameters.take_number("count")?;
    let wait = parameters.take_with("wait", str::parse::<BoundedDuration>)?.map(BoundedDuration::get);
    parameters.done()?;
    if wait.is_some_and(|wait| wait > MAX_WAIT) {
        return Err(Error::invalid("wait", "`wait` is 10m at the most"));
    }
    let waits = count.is_some() || wait.is_some();
    let timed_out = waits && !journal.wait(&query, count.unwrap_or(1), wait.unwrap_or_default()).await;
    let place = large.streamed().await?;
    let labels = Arc::clone(journal);
    let exchanges = journal.iter(&query).take(query.limit).map(move |exchange| labelled(exchange, &labels));
    let after = format!("],\"timed_out\":{timed_out}}}\n");
    Ok(large::answer(place, "application/json", large::json("{\"exchanges\":[", exchanges, after)))
}

/// An exchange with the label of its user.
#[derive(Serialize)]
pub(super) struct Labelled {
    #[serde(flatten)]
    pub(super) exchange: Exchange,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
}

/// Adds the label of its user to an exchange.
pub(super) fn labelled(exchange: Exchange, journal: &Journal) -> Labelled {
    Labelled { label: journal.labels.of(exchange.user_id.as_deref()), exchange }
}

/// Answers with the journal as HAR.
pub(super) async fn har(
    journal: &Arc<Journal>,
    large: &LargeAnswers,
    parameters: Parameters<'_>,
) -> Result<Answer, Error> {
    let query = Query { user: parameters.only_user()?, ..Query::default() };
    let place = large.streamed().await?;
    let entries = journal.iter(&query).map(|exchange| report::har_entry(&exchange));
    let pieces = large::json(report::begin_har(), entries, report::HAR_END);
    let name = HeaderValue::from_static("attachment; filename=\"assay.har\"");
    Ok(large::answer(place, "application/json", pieces).with(header::CONTENT_DISPOSITION, name))
}

/// Answers with the findings that match.
pub(super) async fn findings(
    journal: &Journal,
    large: &LargeAnswers,
    mut parameters: Parameters<'_>,
) -> Result<Answer, Error> {
    let severity = parameters.take_with("severity", |name| match name {
        "error" => Ok(Severity::Error),
        "warning" => Ok(Severity::Warning),
        "note" => Ok(Severity::Note),
        _ => Err("there are error, warning and note"),
    })?;
    let user = parameters.only_user()?;
    let place = large.whole().await?;
    let findings = journal.findings(user).into_iter();
    let findings =
        findings.filter(move |finding| severity.is_none_or(|severity| finding.severity == severity));
    Ok(large::answer(place, "application/json", large::json("{\"findings\":[", findings, "]}\n")))
}
