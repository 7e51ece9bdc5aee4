//! Names chosen by a pattern: `*` stands for any characters or none, `?` for one. `config` reads such patterns
//! for rules.

use std::fmt;

/// What stands for other characters.
const WILDCARDS: [char; 2] = ['*', '?'];

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob(String);

impl Glob {
    /// Every text is a pattern.
    #[must_use]
    pub fn new(pattern: impl Into<String>) -> Self {
        Self(pattern.into())
    }

    /// What every name begins with that the pattern is for.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.0.split(WILDCARDS).next().unwrap_or_default()
    }

    /// What every name ends with that the pattern is for.
    #[must_use]
    pub fn suffix(&self) -> &str {
        self.0.rsplit(WILDCARDS).next().unwrap_or_default()
    }

    /// Whether the pattern is for this name. Copies nothing: a thousand rules may ask it of every exchange.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let (pattern, name) = (self.0.as_bytes(), name.as_bytes());
        let (mut at, mut matched) = (0, 0);
        // What follows the last `*`, and how far it reaches: that is tried one character later each time.
        let mut star = None;
        loop {
            match (pattern.get(at), name.get(matched)) {
                (Some(b'*'), _) => {
                    at += 1;
                    star = Some((at, matched));
                }
                (Some(b'?'), Some(first)) => {
                    at += 1;
                    matched += width(*first);
                }
                (Some(wanted), Some(byte)) if wanted == byte => {
                    at += 1;
                    matched += 1;
                }
                (None, None) => return true,
                _ => {
                    let Some((behind, reach)) = star else { return false };
                    let Some(first) = name.get(reach) else { return false };
                    at = behind;
                    matched = reach + width(*first);
                    star = Some((behind, matched));
                }
            }
        }
    }
}

/// How many bytes the character has that begins with this one.
fn width(first: u8) -> usize {
    match first {
        ..0x80 => 1,
        0x80..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0.. => 4,
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
            ("?ä*ß", "üä€ß"),
            ("*ß", "ßßß"),
            ("?", "😀"),
            ("**a", "bca"),
        ] {
            assert!(Glob::new(pattern).matches(name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("s3-*", "s3"),
            ("", "a"),
            ("a?", "a"),
            ("a*b*c", "aXbYb"),
            ("host", "hosts"),
            ("*?", ""),
            ("ä", "ö"),
        ] {
            assert!(!Glob::new(pattern).matches(name), "{pattern} {name}");
        }
    }
}
