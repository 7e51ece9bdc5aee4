//! `GET /_assay/report.json`, `report.xml`, `report.md` and `report.html`: the reports of `run` up to now.

use std::sync::Arc;

use hyper::header::{self, HeaderValue};

use super::{
    Results,
    error::Error,
    large::{self, LargeAnswers},
    query::Parameters,
};
use crate::{
    exchange::{Answer, Severity},
    journal::{Journal, Query},
    report::{self, Kind},
};

/// Returns the report format of a path, if it has one.
pub(super) fn kind(path: &str) -> Option<Kind> {
    match path {
        "report.json" => Some(Kind::Json),
        #[cfg(feature = "cli")]
        "report.xml" => Some(Kind::Junit),
        "report.md" => Some(Kind::Markdown),
        _ => None,
    }
}

/// Returns the report. Failures are those of `run` by default.
pub(super) async fn show(
    kind: Kind,
    results: &dyn Results,
    large: &LargeAnswers,
    parameters: Parameters<'_>,
) -> Result<Answer, Error> {
    let user = parameters.only_user()?;
    let place = large.whole().await?;
    let text = kind.of(&results.so_far(user), Some(Severity::Error)).unwrap_or_default();
    Ok(large::text(place, media_type(kind), text))
}

/// Answers with the inspector as one file.
pub(super) async fn page(
    results: &dyn Results,
    journal: &Arc<Journal>,
    large: &LargeAnswers,
    parameters: Parameters<'_>,
) -> Result<Answer, Error> {
    let user = parameters.only_user()?;
    let place = large.whole().await?;
    let exchanges: Vec<_> = journal.iter(&Query { user, ..Query::default() }).collect();
    let text = report::html(&results.so_far(user), &exchanges, &journal.labels.all(user));
    // Its script is not of this origin's page, which may drive the control API.
    Ok(large::text(place, "text/html; charset=utf-8", text)
        .with(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"assay.html\""))
        .with(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox")))
}

fn media_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Json | Kind::Har => "application/json",
        Kind::Junit => "application/xml",
        Kind::Markdown => "text/markdown; charset=utf-8",
        Kind::Html => "text/html; charset=utf-8",
    }
}
