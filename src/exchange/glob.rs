//! Patterns for names: `*` matches any number of characters, `?` exactly one.

use std::{collections::HashMap, fmt, str::FromStr};

/// Pattern for names.
///
/// Matching takes time linear in the length of the name, whatever the pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob(String);

/// Pattern that is longer than [`Glob::MAX_BYTES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("pattern of {0} bytes is too long: at most {max} bytes", max = Glob::MAX_BYTES)]
pub struct PatternTooLong(usize);

impl Glob {
    /// Length of the longest pattern that is read from text.
    pub const MAX_BYTES: usize = 256;

    /// Makes a pattern of a text of any length.
    pub fn new(pattern: impl Into<String>) -> Self {
        Self(pattern.into())
    }

    /// Returns the pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether it is `*`, which matches every name.
    pub fn is_any(&self) -> bool {
        self.0 == "*"
    }

    /// Returns whether the name matches, character by character.
    pub fn matches(&self, name: &str) -> bool {
        let mut pieces = self.0.split('*');
        let Some(mut rest) = pieces.next().and_then(|first| strip_prefix(name, first)) else { return false };
        let Some(last) = pieces.next_back() else { return rest.is_empty() };
        for piece in pieces {
            // The first place where a piece fits leaves most for the next ones.
            let Some(behind) = find(rest, piece) else { return false };
            rest = behind;
        }
        ends_with(rest, last)
    }
}

impl FromStr for Glob {
    type Err = PatternTooLong;

    fn from_str(pattern: &str) -> Result<Self, PatternTooLong> {
        if pattern.len() > Self::MAX_BYTES {
            Err(PatternTooLong(pattern.len()))
        } else {
            Ok(Self::new(pattern))
        }
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns what follows a piece at the beginning of a text.
fn strip_prefix<'a>(text: &'a str, piece: &str) -> Option<&'a str> {
    let mut characters = text.chars();
    piece
        .chars()
        .all(|wanted| characters.next().is_some_and(|one| fits(wanted, one)))
        .then_some(characters.as_str())
}

fn ends_with(text: &str, piece: &str) -> bool {
    let mut characters = text.chars().rev();
    piece.chars().rev().all(|wanted| characters.next().is_some_and(|one| fits(wanted, one)))
}

fn fits(wanted: char, character: char) -> bool {
    wanted == '?' || wanted == character
}

/// Returns what follows the first place where a piece fits.
fn find<'a>(text: &'a str, piece: &str) -> Option<&'a str> {
    if piece.contains('?') {
        return find_with_gaps(text, piece);
    }
    text.find(piece).map(|at| &text[at + piece.len()..])
}

/// Like [`find`], for a piece with `?`: the Shift-And algorithm. Bit `n` of a set means that the first `n + 1`
/// characters of the piece match the last characters read.
fn find_with_gaps<'a>(text: &'a str, piece: &str) -> Option<&'a str> {
    let length = piece.chars().count();
    let words = length.div_ceil(64);
    let bit = |place: usize| (place / 64, 1_u64 << (place % 64));
    let mut any = vec![0; words];
    let mut places: HashMap<char, Vec<u64>> = HashMap::new();
    for (place, _) in piece.chars().enumerate().filter(|(_, wanted)| *wanted == '?') {
        let (word, mask) = bit(place);
        any[word] |= mask;
    }
    for (place, wanted) in piece.chars().enumerate().filter(|(_, wanted)| *wanted != '?') {
        let (word, mask) = bit(place);
        places.entry(wanted).or_insert_with(|| any.clone())[word] |= mask;
    }
    let (last_word, last_mask) = bit(length - 1);
    let mut fitting = vec![0; words];
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let mut carried = 1;
        for (fitting, places) in fitting.iter_mut().zip(places.get(&character).unwrap_or(&any)) {
            let shifted = *fitting << 1 | carried;
            carried = *fitting >> 63;
            *fitting = shifted & places;
        }
        if fitting[last_word] & last_mask != 0 {
            return Some(characters.as_str());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stars_match_anything_and_question_marks_one_character() {
        for (pattern, name) in [
            ("s3-*", "s3-md5-hex"),
            ("s3-*", "s3-"),
            ("*", ""),
            ("*-md5-*", "s3-md5-md5-hex"),
            ("md?-format", "md5-format"),
            ("a*b*c", "aXbYbc"),
            ("a*a", "aa"),
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
            ("a*a", "a"),
            ("host", "hosts"),
            ("host", "Host"),
            ("*?", ""),
            ("ä", "ö"),
        ] {
            assert!(!Glob::new(pattern).matches(name), "{pattern} {name}");
        }
    }

    #[test]
    fn rejects_patterns_over_256_bytes() {
        assert_eq!("a".repeat(256).parse(), Ok(Glob::new("a".repeat(256))));
        let error = "a".repeat(257).parse::<Glob>().unwrap_err();
        assert_eq!(error.to_string(), "pattern of 257 bytes is too long: at most 256 bytes");
    }

    /// Matches by definition: the reference for the faster implementation.
    fn matches_slowly(pattern: &[char], name: &[char]) -> bool {
        match pattern.split_first() {
            None => name.is_empty(),
            Some(('*', rest)) => (0..=name.len()).any(|taken| matches_slowly(rest, &name[taken..])),
            Some((wanted, rest)) => name
                .split_first()
                .is_some_and(|(one, name)| fits(*wanted, *one) && matches_slowly(rest, name)),
        }
    }

    proptest! {
        #[test]
        fn matches_as_the_rules_say(pattern in "[abä?*]{0,10}", name in "[abä]{0,14}") {
            let characters = |text: &str| text.chars().collect::<Vec<char>>();
            let expected = matches_slowly(&characters(&pattern), &characters(&name));
            prop_assert_eq!(Glob::new(pattern).matches(&name), expected);
        }

        #[test]
        fn long_pieces_with_gaps_are_found(before in "[ab]{0,80}", piece in "[ab]{60,200}", at: prop::sample::Index) {
            let mut pattern: Vec<char> = piece.chars().collect();
            let at = at.index(pattern.len());
            pattern[at] = '?';
            let pattern = format!("*{}*", pattern.into_iter().collect::<String>());
            let name = format!("{before}{piece}c");
            prop_assert!(Glob::new(pattern).matches(&name));
        }
    }
}
