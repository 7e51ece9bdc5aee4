//! A text with at most one `*`, as S3's CORS rules have it for origins and header names. `config` reads such
//! texts, `s3` compares with them.

use std::{fmt, str::FromStr};

/// A text in which one `*` stands for any characters, or for none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wildcard {
    before: Box<str>,
    /// What comes behind the `*`; `None` where there is none.
    after: Option<Box<str>>,
}

/// A text with two `*` or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there can be one `*` and no more")]
pub struct TooManyWildcards;

impl Wildcard {
    /// `*`, which every text matches.
    #[must_use]
    pub fn any() -> Self {
        Self { before: "".into(), after: Some("".into()) }
    }

    /// Whether it is `*` alone.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.before.is_empty() && self.after.as_deref() == Some("")
    }

    /// Whether `text` is this one, byte by byte.
    #[must_use]
    pub fn matches(&self, text: &[u8]) -> bool {
        self.compare(text, <[u8]>::eq)
    }

    /// Whether `text` is this one, capitals or not.
    #[must_use]
    pub fn matches_in_any_case(&self, text: &[u8]) -> bool {
        self.compare(text, <[u8]>::eq_ignore_ascii_case)
    }

    fn compare(&self, text: &[u8], is_same: impl Fn(&[u8], &[u8]) -> bool) -> bool {
        let before = self.before.as_bytes();
        let Some(after) = self.after.as_deref().map(str::as_bytes) else { return is_same(text, before) };
        // Neither side may take what the other needs: `a*a` is not `a`.
        let Some((start, rest)) = text.split_at_checked(before.len()) else { return false };
        let Some(middle) = rest.len().checked_sub(after.len()) else { return false };
        is_same(start, before) && is_same(&rest[middle..], after)
    }
}

impl FromStr for Wildcard {
    type Err = TooManyWildcards;

    fn from_str(text: &str) -> Result<Self, TooManyWildcards> {
        match text.split_once('*') {
            None => Ok(Self { before: text.into(), after: None }),
            Some((_, after)) if after.contains('*') => Err(TooManyWildcards),
            Some((before, after)) => Ok(Self { before: before.into(), after: Some(after.into()) }),
        }
    }
}

impl fmt::Display for Wildcard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.before)?;
        self.after.iter().try_for_each(|after| write!(f, "*{after}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        pattern.parse::<Wildcard>().unwrap().matches(text.as_bytes())
    }

    #[test]
    fn one_star_stands_for_anything_and_for_nothing() {
        for (pattern, text) in [
            ("", ""),
            ("a", "a"),
            ("*", ""),
            ("*", "http://a"),
            ("a*c", "ac"),
            ("a*c", "abbc"),
            ("a*", "a"),
            ("*c", "abc"),
            ("a*a", "aa"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("a", "ab"), ("a", ""), ("a*c", "a"), ("a*a", "a"), ("a*c", "acb"), ("a*", "A"), ("*c", "ab")]
        {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
        assert!("Content-*".parse::<Wildcard>().unwrap().matches_in_any_case(b"content-MD5"));
        assert_eq!("a**".parse::<Wildcard>(), Err(TooManyWildcards));
    }

    #[test]
    fn it_is_written_as_it_was_read() {
        for text in ["", "*", "a", "a*", "*c", "a*c"] {
            let read: Wildcard = text.parse().unwrap();
            assert_eq!((read.to_string().as_str(), read.is_any()), (text, text == "*"));
        }
    }
}
