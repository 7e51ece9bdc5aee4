//! The log's word of an exchange: a line, with what is wrong as the field `findings`, a list in JSON. `cli` shows
//! it as blocks below the line, or as the list that it is.

use serde::Serialize;

use crate::{
    exchange::{Exchange, Finding, Masker, Severity},
    journal::Journal,
};

/// What the log tells of a finding. What to do about it stands with its rule.
#[derive(Serialize)]
struct Told<'a> {
    rule: &'a str,
    severity: Severity,
    message: &'a str,
}

/// A line for an exchange that is over.
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
    tracing::info!(
        operation = exchange.operation.name(),
        status = exchange.status,
        duration_us = exchange.duration_us,
        user_id = exchange.user_id,
        test = journal.labels.of(exchange.user_id.as_deref()),
        request_bytes = exchange.request.bytes,
        response_bytes = exchange.response.bytes,
        fault = exchange.fault,
        findings = findings(&exchange.findings, &masker),
        "{} {path}",
        exchange.method,
    );
}

/// A line for what was found wrong with an exchange once it was over.
pub(super) fn later(finding: &Finding) {
    let told = Told { rule: finding.rule, severity: finding.severity, message: &finding.message };
    tracing::info!(
        operation = finding.operation.name(),
        exchange = finding.exchange,
        findings = list(&[told]),
        "found later in exchange {}",
        finding.exchange,
    );
}

/// What is wrong, `None` where nothing is.
fn findings(findings: &[Finding], masker: &Masker) -> Option<String> {
    if findings.is_empty() {
        return None;
    }
    let messages: Vec<_> = findings.iter().map(|finding| masker.text(&finding.message)).collect();
    let told = findings.iter().zip(&messages);
    let told =
        told.map(|(finding, message)| Told { rule: finding.rule, severity: finding.severity, message });
    Some(list(&told.collect::<Vec<_>>()))
}

fn list(told: &[Told<'_>]) -> String {
    // Serialising our own structs into memory cannot fail.
    serde_json::to_string(told).unwrap_or_default()
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
    fn what_is_found_later_has_a_line_of_its_own() {
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
        let told: Value = serde_json::from_str(fields["findings"].as_str().unwrap()).unwrap();
        let message = "A page knows ***.";
        assert_eq!(told, json!([{"rule": "key-in-browser", "severity": "warning", "message": message}]));
    }
}
