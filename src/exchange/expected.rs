//! Findings that a test raises on purpose, and which of them came.

use serde::Serialize;

use super::{Finding, Glob, Rule};
use crate::{files::UserId, text};

/// Findings that are meant: no failure if they come, one if they do not.
///
/// ```
/// # use alloy_assay::Expected;
/// let twice = Expected::rule("s3-url-expired").times(2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    rule: Glob,
    pub(crate) user: Option<UserId>,
    times: Option<u64>,
}

/// Why findings cannot be expected.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CannotExpect {
    /// No rule matches the pattern.
    #[error("{0}")]
    UnknownRule(String),
    /// None are expected.
    #[error("`times` is 0: expected a number from 1")]
    Never,
    /// Too many are set.
    #[error("limit of {0} expectations reached: remove them between tests")]
    TooMany(usize),
}

/// Expected findings with how often they came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expectation {
    /// The rule, or a pattern of rules.
    pub rule: String,
    /// The user whose findings count; `None` for everybody's.
    pub user: Option<String>,
    /// Expected number; `None` for one or more.
    pub times: Option<u64>,
    /// Actual number.
    pub came: u64,
}

impl Expected {
    /// Expects findings of a rule, or of all rules that a pattern such as `s3-*` matches: one or more, of any user.
    pub fn rule(pattern: impl Into<String>) -> Self {
        Self { rule: Glob::new(pattern), user: None, times: None }
    }

    /// Counts only the findings of this user.
    #[must_use]
    pub fn user(self, user: UserId) -> Self {
        Self { user: Some(user), ..self }
    }

    /// Expects exactly this number; further ones are findings as usual.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        Self { times: Some(times), ..self }
    }

    /// Checks that it can be met.
    ///
    /// # Errors
    ///
    /// An error if no rule matches, or none are expected.
    pub fn check(&self) -> Result<(), CannotExpect> {
        Rule::pattern(self.rule.as_str()).map_err(CannotExpect::UnknownRule)?;
        if self.times == Some(0) { Err(CannotExpect::Never) } else { Ok(()) }
    }

    /// Marks and counts the expected findings. They come with their users, oldest first; marked ones are skipped. A
    /// finding that matches several expectations counts for the most specific one that is not met yet.
    pub fn mark<'a>(
        all: &[Self],
        findings: impl IntoIterator<Item = (Option<&'a str>, &'a mut Finding)>,
    ) -> Vec<Expectation> {
        let mut expectations: Vec<Expectation> = all.iter().map(Self::expectation).collect();
        if all.is_empty() {
            return expectations;
        }
        for (user, finding) in findings.into_iter().filter(|(_, finding)| !finding.expected) {
            let user = user.and_then(|user| user.parse().ok());
            let matching = (0..all.len()).filter(|place| {
                let takes_more = all[*place].times.is_none_or(|times| expectations[*place].came < times);
                takes_more && all[*place].matches(user, finding)
            });
            let best = matching.min_by_key(|place| {
                let (one, is_met) = (&all[*place], expectations[*place].is_met());
                (is_met, one.user.is_none(), one.rule.as_str() != finding.rule)
            });
            if let Some(place) = best {
                finding.expected = true;
                expectations[place].came += 1;
            }
        }
        expectations
    }

    /// Returns it as one that nothing came of yet.
    pub fn expectation(&self) -> Expectation {
        let user = self.user.map(|user| user.to_string());
        Expectation { rule: self.rule.to_string(), user, times: self.times, came: 0 }
    }

    fn matches(&self, user: Option<UserId>, finding: &Finding) -> bool {
        (self.user.is_none() || self.user == user) && self.rule.matches(finding.rule)
    }
}

impl From<&str> for Expected {
    fn from(pattern: &str) -> Self {
        Self::rule(pattern)
    }
}

impl Expectation {
    /// Returns whether as many came as are expected.
    pub fn is_met(&self) -> bool {
        self.came >= self.times.unwrap_or(1)
    }
}

impl Rule {
    /// Reads a pattern of rules. One that matches no rule is a typing error.
    ///
    /// # Errors
    ///
    /// A sentence that says so, with the rule that was probably meant.
    pub fn pattern(text: &str) -> Result<Glob, String> {
        let pattern: Glob = text.parse().map_err(|error: super::PatternTooLong| error.to_string())?;
        if Self::all().any(|rule| pattern.matches(rule.id)) {
            return Ok(pattern);
        }
        let near = text::did_you_mean(text, Self::all().map(|rule| rule.id));
        let hint = if near.is_empty() {
            ": expected a rule, such as contract-header, or a pattern, such as contract-*"
        } else {
            &near
        };
        Err(format!("no rule matches `{text}`{hint}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Operation, Violation};

    /// Marks findings of these rules, each with whether its user is Alice; returns the marks and the counts.
    fn marked(all: &[Expected], found: &[(&'static str, bool)]) -> (Vec<bool>, Vec<u64>) {
        let alice = "a".repeat(24);
        let mut findings: Vec<Finding> =
            found.iter().map(|(rule, _)| Finding::of(Violation::new(rule, "", ""), Operation::Put)).collect();
        let users = found.iter().map(|(_, is_alice)| is_alice.then_some(alice.as_str()));
        let came = Expected::mark(all, users.zip(&mut findings));
        (findings.iter().map(|finding| finding.expected).collect(), came.iter().map(|one| one.came).collect())
    }

    #[test]
    fn counts_for_the_most_specific_that_is_not_met() {
        let alice: UserId = "a".repeat(24).parse().unwrap();
        let all = [
            Expected::rule("s3-*"),
            Expected::rule("s3-url-expired").times(1),
            Expected::rule("s3-*").user(alice).times(1),
        ];
        let found = [("s3-url-expired", true), ("s3-url-expired", false), ("s3-url-expired", false)];
        assert_eq!(marked(&all, &found), (vec![true; 3], vec![1, 1, 1]));
        assert_eq!(marked(&all[1..], &found), (vec![true, true, false], vec![1, 1]));
        assert_eq!(marked(&all[2..], &found), (vec![true, false, false], vec![1]));
        let same = [Expected::rule("s3-url-expired"), Expected::rule("s3-url-expired")];
        assert_eq!(marked(&same, &found), (vec![true; 3], vec![2, 1]));
    }
}
