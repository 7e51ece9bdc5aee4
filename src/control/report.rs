//! `GET /_assay/report.json`, `report.xml` and `report.md`: the reports of `run`, of what has been so far.

use super::{
    Results,
    error::Error,
    large::{self, LargeAnswers},
};
use crate::{
    exchange::{Answer, Severity},
    report::Kind,
};

/// The report that a path asks for, where it is one's.
pub(super) fn kind(path: &str) -> Option<Kind> {
    match path {
        "report.json" => Some(Kind::Json),
        "report.xml" => Some(Kind::Junit),
        "report.md" => Some(Kind::Markdown),
        _ => None,
    }
}

/// Answers with the report. What is a failure in it is what `run` fails on by default.
pub(super) async fn show(kind: Kind, results: &dyn Results, large: &LargeAnswers) -> Result<Answer, Error> {
    let place = large.whole().await?;
    let text = kind.of(&results.so_far(), Some(Severity::Error));
    let media_type = match kind {
        Kind::Json => "application/json",
        Kind::Junit => "application/xml",
        Kind::Markdown => "text/markdown; charset=utf-8",
    };
    Ok(large::text(place, media_type, text))
}
