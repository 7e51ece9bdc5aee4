//! Durations and sizes as people write them, on the command line, in files and in the control API.

use std::time::Duration;

use bytesize::ByteSize;
use jiff::{SignedDuration, fmt::friendly};

/// The units of a duration, largest first, as they are written and as they have to follow each other.
const UNITS: [&str; 5] = ["h", "m", "s", "ms", "us"];

/// A text that is no duration.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no duration; write one like 300ms, 2s, 59m50s or 1h")]
pub struct BadDuration(String);

/// A text that is no size.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no size; write a number of bytes, or one like 64KiB, 8MiB or 5GiB")]
pub struct BadSize(String);

/// Reads a duration such as `300ms`, `2s`, `59m50s` or `1h`.
///
/// # Errors
///
/// [`BadDuration`] for anything else: without a unit, with a sign, with words.
pub fn parse_duration(text: &str) -> Result<Duration, BadDuration> {
    let bad = || BadDuration(text.to_owned());
    if !is_duration(text) {
        return Err(bad());
    }
    let duration: SignedDuration = friendly::SpanParser::new().parse_duration(text).map_err(|_| bad())?;
    Duration::try_from(duration).map_err(|_| bad())
}

/// Reads a size: a number of bytes, or one with a unit such as `64KiB` or `5GiB`.
///
/// # Errors
///
/// [`BadSize`] for anything else.
pub fn parse_size(text: &str) -> Result<u64, BadSize> {
    let is_size = text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
    let size = text.parse::<ByteSize>().map_err(|_| BadSize(text.to_owned()))?;
    if is_size { Ok(size.as_u64()) } else { Err(BadSize(text.to_owned())) }
}

/// Whether a text is numbers with units, the larger before the smaller: jiff also reads signs and words.
fn is_duration(text: &str) -> bool {
    let mut units = UNITS.iter();
    let mut rest = text;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (digits, after) = rest.split_at(number);
        let end = after.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        if !digits.starts_with(|c: char| c.is_ascii_digit()) || !units.any(|known| *known == unit) {
            return false;
        }
        rest = after;
    }
    !text.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_with_units() {
        for (text, millis) in [
            ("300ms", 300),
            ("2s", 2000),
            ("59m50s", 3_590_000),
            ("1h", 3_600_000),
            ("1.5s", 1500),
            ("0s", 0),
            ("90m", 5_400_000),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_duration() {
        for text in [
            "",
            "5",
            "-1h",
            "+1h",
            "1 h",
            "1hour",
            "1h ago",
            "PT1H",
            "1s1h",
            "1h1h",
            "s",
            ".5s",
            "1..5s",
            "1d",
            "é",
            "99999999999999999999h",
        ] {
            assert_eq!(parse_duration(text), Err(BadDuration(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn sizes_are_bytes_or_have_a_unit() {
        for (text, size) in [
            ("0", 0),
            ("1000", 1000),
            ("64KiB", 65_536),
            ("5GiB", 5_368_709_120),
            ("1kb", 1000),
            ("1.5MiB", 1_572_864),
        ] {
            assert_eq!(parse_size(text), Ok(size), "{text}");
        }
        for text in ["", "-1", "64 KiB", "5 apples", "KiB", "1e3"] {
            assert_eq!(parse_size(text), Err(BadSize(text.to_owned())), "{text}");
        }
    }
}
