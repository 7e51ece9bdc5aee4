//! Durations and sizes as people write them, on the command line, in files and in the control API.

use std::{fmt, str::FromStr, time::Duration};

use bytesize::ByteSize;
use jiff::{SignedDuration, fmt::friendly};

/// Units of a duration, in the order in which they may follow each other.
const UNITS: [&str; 5] = ["h", "m", "s", "ms", "us"];

/// Text that is not an accepted duration.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadDuration {
    /// Not a duration at all.
    #[error("invalid duration `{0}`: expected one such as 300ms, 2s, 59m50s or 1h")]
    Invalid(String),
    /// Longer than [`BoundedDuration::MAX`].
    #[error("duration `{0}` is too long: at most ten years, 87600h")]
    TooLong(String),
}

/// Text that is not a size.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("invalid size `{0}`: expected a number of bytes, or one such as 64KiB, 8MiB or 5GiB")]
pub struct BadSize(String);

/// Duration of at most ten years, so that an instant plus it never overflows.
///
/// Reads and writes text such as `300ms`, `2s`, `59m50s` or `1h`; what it writes it reads back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct BoundedDuration(Duration);

impl BoundedDuration {
    /// Ten years.
    pub const MAX: Self = Self(Duration::from_hours(87_600));

    /// Returns this duration, or [`Self::MAX`] where it is longer.
    pub fn saturating(duration: Duration) -> Self {
        Self(duration.min(Self::MAX.0))
    }

    /// Returns the standard library's type.
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl FromStr for BoundedDuration {
    type Err = BadDuration;

    /// Refuses a number without a unit, signs and words.
    fn from_str(text: &str) -> Result<Self, BadDuration> {
        let invalid = || BadDuration::Invalid(text.to_owned());
        if !has_units(text) {
            return Err(invalid());
        }
        let too_long = || BadDuration::TooLong(text.to_owned());
        // Whole numbers with units can only be too large; a fraction may be written wrongly.
        let refused = |_| if text.contains('.') { invalid() } else { too_long() };
        let duration: SignedDuration = friendly::SpanParser::new().parse_duration(text).map_err(refused)?;
        let duration = Duration::try_from(duration).map_err(|_| invalid())?;
        if duration > Self::MAX.0 { Err(too_long()) } else { Ok(Self(duration)) }
    }
}

impl fmt::Display for BoundedDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.0.as_secs(), self.0.subsec_nanos());
        let millis = u64::from(nanos / 1_000_000);
        let (micros, rest) = (nanos / 1000 % 1000, nanos % 1000);
        for (number, unit) in
            [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s"), (millis, "ms")]
        {
            if number > 0 {
                write!(f, "{number}{unit}")?;
            }
        }
        // jiff also accepts nanoseconds, which no setting needs.
        match (micros, rest) {
            (0, 0) if self.0.is_zero() => f.write_str("0s"),
            (0, 0) => Ok(()),
            (micros, 0) => write!(f, "{micros}us"),
            (micros, rest) => write!(f, "{micros}.{}us", format!("{rest:03}").trim_end_matches('0')),
        }
    }
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

/// Returns whether a text is numbers with units, the larger before the smaller: jiff also reads signs and words.
fn has_units(text: &str) -> bool {
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
            assert_eq!(text.parse(), Ok(BoundedDuration(Duration::from_millis(millis))), "{text}");
        }
    }

    #[test]
    fn rejects_text_that_is_not_a_duration() {
        for text in [
            "", "5", "-1h", "+1h", "1 h", "1hour", "1h ago", "PT1H", "1s1h", "1h1h", "s", ".5s", "1..5s",
            "1d", "é",
        ] {
            let rejected = text.parse::<BoundedDuration>();
            assert!(rejected.is_err_and(|error| error.to_string().starts_with("invalid duration")), "{text}");
        }
    }

    #[test]
    fn rejects_durations_over_ten_years() {
        assert_eq!("87600h".parse(), Ok(BoundedDuration::MAX));
        for text in ["87600h1us", "9223372036854775807s", "99999999999999999999h"] {
            assert_eq!(text.parse::<BoundedDuration>(), Err(BadDuration::TooLong(text.to_owned())));
        }
    }

    #[test]
    fn durations_are_written_as_people_write_them() {
        for (nanos, text) in [
            (0, "0s"),
            (3_590_000_000_000, "59m50s"),
            (3_600_000_000_000, "1h"),
            (1_500_000_000, "1s500ms"),
            (1_000_250_500, "1s250.5us"),
            (5, "0.005us"),
        ] {
            let duration = BoundedDuration(Duration::from_nanos(nanos));
            assert_eq!(duration.to_string(), text);
            assert_eq!(text.parse(), Ok(duration));
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
