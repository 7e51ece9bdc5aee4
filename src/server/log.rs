//! The log lines of exchanges. Findings go along as a value, which `cli` shows below the line, or as a list.

use std::{error::Error, fmt};

use serde::Serialize;

use crate::{
    exchange::{Exchange, Finding, Masker, Severity},
    journal::Journal,
};

/// A finding as logged. Its hint is its rule's.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Found {
    pub(crate) rule: &'static str,
    pub(crate) severity: Severity,
    pub(crate) message: String,
}

/// The findings of an exchange. An error type, since `tracing` passes custom values on only as errors.
#[derive(Debug)]
pub(crate) struct Findings(pub(crate) Vec<Found>);

impl Error for Findings {}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|Found { rule, message, .. }| write!(f, "[{rule}] {message} "))
    }
}

/// Logs an exchange that is over.
pub(super) fn exchange(exchange: &Exchange, journal: &Journal) {
    for finding in exchange.findings.iter().filter(|finding| finding.rule == "contract-answer") {
        let message = exchange.masker(journal.keys()).text(&finding.message).into_owned();
        tracing::error!(operation = exchange.operation.name(), "our own answer is wrong: {message}");
    }
    if !tracing::enabled!(tracing::Level::INFO) {
        return;
    }
    let masker = exchange.masker(journal.keys());
    let path = masker.text(&exchange.path);
    let findings = findings(&exchange.findings, &masker);
    tracing::info!(
        operation = exchange.operation.name(),
        origin = exchange.origin.as_deref().filter(|origin| origin.starts_with("https:")),
        status = exchange.status,
        duration_us = exchange.duration_us,
        user_id = exchange.user_id.as_deref().map(tracing::field::display),
        test = journal.labels.of(exchange.user_id.as_deref()),
        request_bytes = exchange.request.bytes,
        response_bytes = exchange.response.bytes,
        fault = exchange.fault,
        findings = findings.as_ref().map(|findings| findings as &(dyn Error + 'static)),
        "{} {path}",
        exchange.method,
    );
}

/// Logs a finding that came after its exchange.
pub(super) fn later(finding: &Finding) {
    let (rule, severity, message) = (finding.rule, finding.severity, finding.message.clone());
    let findings = Findings(vec![Found { rule, severity, message }]);
    tracing::info!(
        operation = finding.operation.name(),
        exchange = finding.exchange,
        findings = &findings as &(dyn Error + 'static),
        "found later in exchange {}",
        finding.exchange,
    );
}

/// Returns the findings, masked, if there are any.
fn findings(findings: &[Finding], masker: &Masker) -> Option<Findings> {
    let found = findings.iter().map(|finding| Found {
        rule: finding.rule,
        severity: finding.severity,
        message: masker.text(&finding.message).into_owned(),
    });
    Some(Findings(found.collect())).filter(|findings| !findings.0.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        exchange::{Operation, Violation, testing::Log},
        journal::{Bounds, Journal},
    };

    #[test]
    fn logs_later_findings_on_their_own_line() {
        let log = Log::default();
        let written = log.clone();
        let subscriber = tracing_subscriber::fmt().json().with_writer(move || written.clone()).finish();
        let journal = Journal::new(Bounds::default(), vec!["alice-key".to_owned()]);
        let presign = Exchange { operation: Operation::Presign, ..Exchange::default() };
        let id = journal.record(0, presign, |_| ()).unwrap().id;
        let violation = Violation::new("key-in-browser", "origin", "A page knows alice-key.");
        let finding = journal.add(0, id, violation).unwrap();
        tracing::subscriber::with_default(subscriber, || later(&finding));
        let line: Value = serde_json::from_str(&log.text()).unwrap();
        let fields = &line["fields"];
        assert_eq!((&fields["operation"], &fields["exchange"]), (&json!("presign"), &json!(1)));
        assert_eq!(fields["findings"], "[key-in-browser] A page knows ***. ");
    }
}
