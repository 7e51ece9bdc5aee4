//! Findings over several exchanges, and the guide's advice: each with its place, and a correct client without findings.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "in a test they are assertions")]
#![allow(clippy::disallowed_methods, reason = "retries are told by real time")]

mod fault;
mod headers;
mod key;
mod retry;
mod session;
mod upload;
mod url;

use alloy_assay::{Emulator, Finding, Severity};

/// The one finding of this rule; there must be no other advice.
#[track_caller]
fn only(emulator: &Emulator, rule: &str) -> Finding {
    let findings = emulator.findings();
    let advice = findings.iter().filter(|finding| finding.severity != Severity::Error);
    assert_eq!(advice.map(|finding| finding.rule).collect::<Vec<_>>(), [rule], "{findings:#?}");
    findings.into_iter().find(|finding| finding.rule == rule).unwrap()
}

/// The expected rule, severity, exchange and pointer, and a part of the message.
#[track_caller]
fn assert_told(finding: &Finding, place: (Severity, u64, &str), parts: &[&str]) {
    assert_eq!((finding.severity, finding.exchange, finding.pointer.as_str()), place, "{finding:#?}");
    for part in parts {
        assert!(finding.message.contains(part), "no {part} in {}", finding.message);
    }
    assert!(!finding.hint.is_empty() && !finding.source.is_empty() && finding.spec.is_none());
}

#[track_caller]
fn assert_nothing(emulator: &Emulator) {
    let findings = emulator.findings();
    assert!(findings.is_empty(), "{findings:#?}");
}
