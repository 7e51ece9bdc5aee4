//! Findings about requests that S3 refuses: rule, place and value of each of
//! docs/facts-s3.md#client-mistakes, and the whole text of the most frequent (`fixtures/findings`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "in a test they are assertions")]

#[path = "../../api/s3/trigger.rs"]
mod trigger;

mod arbitrary;
mod digest;
mod refused;
mod signature;

use alloy_assay::{Emulator, Finding, Severity, internals::Rule};

use crate::support::{golden, request::Request};

/// Sends a refused request; returns its findings. Advice is tested in `tests/findings/advice`.
#[track_caller]
fn reported(emulator: &Emulator, request: &Request) -> Vec<Finding> {
    let before = emulator.findings().len();
    let answer = request.send(emulator);
    assert!(answer.status >= 400, "{}: {}", answer.status, request.target);
    let mut findings = emulator.findings().split_off(before);
    findings.retain(is_of_s3);
    for finding in &findings {
        holds(finding, &request.target);
    }
    findings
}

fn is_of_s3(finding: &Finding) -> bool {
    finding.rule.starts_with("s3-")
}

/// Checks what holds for every finding about a refusal.
#[track_caller]
fn holds(finding: &Finding, target: &str) {
    let Finding { rule, severity, message, pointer, .. } = finding;
    assert!(Rule::find(rule).is_some() && rule.starts_with("s3-"), "{rule}");
    assert_eq!(*severity, Severity::Error);
    assert!(message.len() <= 512 && !message.contains('…') || message.contains("…`"), "{message}");
    assert!(!pointer.is_empty() && message.ends_with('.'), "{message}");
    let text = serde_json::to_string(finding).unwrap();
    let signature = target.split_once("X-Amz-Signature=").map_or("", |(_, rest)| rest);
    let signature = signature.split('&').next().unwrap_or_default();
    for secret in [signature.get(..8).unwrap_or("alice-key"), "alice-key", "wJalrXUtnFEMI"] {
        assert!(!text.contains(secret), "{text}");
    }
}

/// Sends a request, and asserts one finding: its rule, its place, and parts of its message.
#[track_caller]
fn one(emulator: &Emulator, request: &Request, rule: &str, pointer: &str, telling: &[&str]) -> Finding {
    let mut findings = reported(emulator, request);
    assert_eq!(findings.len(), 1, "{findings:?}");
    let finding = findings.remove(0);
    assert_eq!((finding.rule, finding.pointer.as_str()), (rule, pointer), "{}", finding.message);
    for word in telling {
        assert!(finding.message.contains(word), "{word}: {}", finding.message);
    }
    finding
}

/// As [`one`], and holds the whole text.
#[track_caller]
fn word_for_word(emulator: &Emulator, request: &Request, rule: &str, pointer: &str) {
    let finding = one(emulator, request, rule, pointer, &[]);
    let text = format!("{}\n{}", finding.message, finding.hint);
    golden::check(&format!("findings/{rule}.txt"), &text, &[]);
}

/// The rules of all that is found in a request.
#[track_caller]
fn rules(emulator: &Emulator, request: &Request) -> Vec<&'static str> {
    reported(emulator, request).iter().map(|finding| finding.rule).collect()
}
