//! Findings by rule: a mistake that a client makes a thousand times is told once. What people read is made of
//! these.

use super::{
    Place, Run,
    words::{self, plain},
};
use crate::exchange::{Finding, Rule, Severity};

/// A rule that was broken.
#[derive(Clone, Debug)]
pub struct Broken<'a> {
    /// Its first finding, which stands as the example.
    pub first: &'a Finding,
    /// All of them, the first one too.
    pub findings: Vec<&'a Finding>,
}

/// Groups findings.
pub(super) fn by_rule(findings: &[Finding]) -> Vec<Broken<'_>> {
    let mut broken: Vec<Broken<'_>> = Vec::new();
    for finding in findings {
        match broken.iter_mut().find(|known| known.first.rule == finding.rule) {
            Some(known) => known.findings.push(finding),
            None => broken.push(Broken { first: finding, findings: vec![finding] }),
        }
    }
    // A stable sort: of equal severity, the one that was found first stays first.
    broken.sort_by_key(|rule| std::cmp::Reverse(rule.first.severity));
    broken
}

impl Broken<'_> {
    /// The rule's id.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        self.first.rule
    }

    /// How much it matters.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.first.severity
    }

    /// What is wrong, in a line.
    #[must_use]
    pub fn title(&self) -> &'static str {
        Rule::find(self.first.rule).map_or(self.first.rule, |rule| rule.title)
    }

    /// How often it was broken.
    #[must_use]
    pub fn times(&self) -> String {
        words::times(self.findings.len() as u64)
    }
}

impl Run {
    /// Where a finding was made: `POST /users, exchange 4, answered with 400`.
    pub(super) fn place(&self, finding: &Finding) -> String {
        let exchange = finding.exchange;
        match self.places.get(&exchange) {
            None => format!("{}, exchange {exchange}", finding.operation),
            Some(Place { method, path, status }) => {
                let answered = status.map_or_else(
                    || ", without an answer".to_owned(),
                    |status| format!(", answered with {status}"),
                );
                format!("{} {}, exchange {exchange}{answered}", plain(method), plain(path))
            }
        }
    }
}
