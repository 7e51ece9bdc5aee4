//! Names chosen by a pattern: `*` stands for any characters or none, `?` for one. `config` reads such patterns
//! for rules.

use std::fmt;

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob(String);

impl Glob {
    /// Every text is a pattern.
    #[must_use]
    pub fn new(pattern: impl Into<String>) -> Self {
        Self(pattern.into())
    }

    /// Whether the pattern is for this name.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let (pattern, name): (Vec<char>, Vec<char>) = (self.0.chars().collect(), name.chars().collect());
        let (mut at, mut matched) = (0, 0);
        // Where the last `*` is, and how far it reaches: what follows it is tried one character later each time.
        let mut star = None;
        while matched < name.len() {
            match pattern.get(at) {
                Some('*') => {
                    star = Some((at, matched));
                    at += 1;
                }
                Some(wanted) if *wanted == '?' || *wanted == name[matched] => {
                    at += 1;
                    matched += 1;
                }
                _ => {
                    let Some((of_star, reach)) = star else { return false };
                    star = Some((of_star, reach + 1));
                    at = of_star + 1;
                    matched = reach + 1;
                }
            }
        }
        pattern[at..].iter().all(|rest| *rest == '*')
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything_and_a_question_mark_for_one() {
        for (pattern, name) in [
            ("s3-*", "s3-md5-hex"),
            ("s3-*", "s3-"),
            ("*", ""),
            ("*-md5-*", "s3-md5-md5-hex"),
            ("md?-format", "md5-format"),
            ("a*b*c", "aXbYbc"),
            ("host", "host"),
        ] {
            assert!(Glob::new(pattern).matches(name), "{pattern} {name}");
        }
        for (pattern, name) in [("s3-*", "s3"), ("", "a"), ("a?", "a"), ("a*b*c", "aXbYb"), ("host", "hosts")]
        {
            assert!(!Glob::new(pattern).matches(name), "{pattern} {name}");
        }
    }
}
