//! The catalogue of rules: severity, title, fix, source, and an example of wrong and right traffic.

mod advice;
mod alloy;
mod contract;
mod http;
mod s3;

use super::Severity;

/// A rule that an exchange can break.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, in reports and for `--ignore`.
    pub id: &'static str,
    /// Severity.
    pub severity: Severity,
    /// Title, in a line.
    pub title: &'static str,
    /// Fix.
    pub hint: &'static str,
    /// The sentence that it comes from.
    pub source: &'static str,
    /// Traffic that breaks the rule.
    pub wrong: &'static str,
    /// Traffic that keeps it.
    pub right: &'static str,
}

impl Rule {
    /// Returns the rule with this id. In debug builds the journal asserts that every violation's rule exists.
    pub fn find(id: &str) -> Option<&'static Self> {
        Self::all().find(|rule| rule.id == id)
    }

    /// Returns all rules, by group and theme.
    pub fn groups() -> [(&'static str, &'static [&'static [Self]]); 5] {
        [
            ("OpenAPI contract", &[contract::RULES]),
            ("Alloy API", &[alloy::RULES]),
            ("S3 API", &s3::RULES),
            ("HTTP", &[http::RULES]),
            ("Advice", &[advice::RULES]),
        ]
    }

    /// Iterates over all rules: the document's, Alloy's, S3's, HTTP's, and the guide's advice.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        Self::groups().into_iter().flat_map(|(_, themes)| themes.iter().copied().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_unique_and_have_full_sentences() {
        for rule in Rule::all() {
            assert_eq!(Rule::find(rule.id), Some(rule), "{} stands twice", rule.id);
            let name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(rule.id.bytes().all(name), "{}", rule.id);
            assert!(rule.hint.ends_with('.') && !rule.title.ends_with('.'), "{}", rule.id);
            // `assay rules` has a line of 100 columns for each.
            assert!(rule.title.chars().count() <= 63 && rule.id.len() <= 24, "{}", rule.id);
            for text in [rule.title, rule.source, rule.wrong, rule.right] {
                assert!(!text.is_empty(), "{}", rule.id);
            }
        }
    }
}
