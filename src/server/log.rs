//! The log's word of an exchange: a line, with what is wrong as the field `findings`, a list in JSON. `cli` shows
//! it as blocks below the line, or as the list that it is.

use serde::Serialize;

use crate::{
    exchange::{Finding, Masker, Rule, Severity, Violation},
    journal::{Draft, Journal},
};

/// What the log tells of a finding. What to do about it stands with its rule.
#[derive(Serialize)]
struct Told<'a> {
    rule: &'a str,
    severity: Severity,
    message: &'a str,
}

/// A line for an exchange that is over.
pub(super) fn exchange(draft: &Draft, journal: &Journal) {
    let breaks_contract = |violation: &&Violation| violation.rule == "contract-answer";
    for violation in draft.violations.iter().filter(breaks_contract) {
        let message = journal.masker(&draft.request.headers).text(&violation.message).into_owned();
        tracing::error!(operation = draft.operation.name(), "our own answer is wrong: {message}");
    }
    if !tracing::enabled!(tracing::Level::INFO) {
        return;
    }
    let masker = journal.masker(&draft.request.headers);
    let path = masker.text(&draft.target);
    tracing::info!(
        operation = draft.operation.name(),
        status = draft.status.map(|status| status.as_u16()),
        duration_us = u64::try_from(draft.duration.as_micros()).unwrap_or(u64::MAX),
        user_id = draft.user.map(tracing::field::display),
        request_bytes = draft.request.bytes,
        response_bytes = draft.response.bytes,
        fault = draft.fault,
        findings = findings(&draft.violations, &masker),
        "{} {path}",
        draft.method,
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
fn findings(violations: &[Violation], masker: &Masker) -> Option<String> {
    if violations.is_empty() {
        return None;
    }
    let messages: Vec<_> = violations.iter().map(|violation| masker.text(&violation.message)).collect();
    let told = violations.iter().zip(&messages).map(|(violation, message)| Told {
        rule: violation.rule,
        severity: Rule::find(violation.rule).map_or(Severity::Error, |rule| rule.severity),
        message,
    });
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
        exchange::{Operation, testing::Log},
        journal::{Bounds, Journal},
    };

    #[test]
    fn what_is_found_later_has_a_line_of_its_own() {
        let log = Log::default();
        let written = log.clone();
        let subscriber = tracing_subscriber::fmt().json().with_writer(move || written.clone()).finish();
        let journal = Journal::new(Bounds::default(), vec!["alice-key".to_owned()]);
        let id = journal.record(0, Draft::of(Operation::Presign)).unwrap();
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
