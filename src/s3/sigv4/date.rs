//! `X-Amz-Date`: times as SigV4 writes them, in whole seconds.

use std::fmt;

use jiff::{Timestamp, civil::DateTime, tz::Offset};

/// A time as `20260102T030405Z`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AmzDate {
    text: [u8; 16],
    at: Timestamp,
}

impl AmzDate {
    /// Returns the whole second of `at`.
    pub fn of(at: Timestamp) -> Self {
        let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
        let time = Offset::UTC.to_datetime(at);
        let mut text = *b"00000000T000000Z";
        // The clock's years have four digits.
        write_number(&mut text[..4], time.year().unsigned_abs());
        let fields = [time.month(), time.day(), time.hour(), time.minute(), time.second()];
        for (at, field) in [4, 6, 9, 11, 13].into_iter().zip(fields) {
            write_number(&mut text[at..at + 2], field.unsigned_abs().into());
        }
        Self { text, at }
    }

    /// Parses `yyyyMMdd'T'HHmmss'Z'`.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 16] = text.as_bytes().try_into().ok()?;
        if bytes[8] != b'T' || bytes[15] != b'Z' {
            return None;
        }
        let two = |at| number(bytes.get(at..at + 2)?).and_then(|number| i8::try_from(number).ok());
        let time =
            DateTime::new(number(&bytes[..4])?, two(4)?, two(6)?, two(9)?, two(11)?, two(13)?, 0).ok()?;
        Some(Self { text: bytes, at: Offset::UTC.to_timestamp(time).ok()? })
    }

    /// Whether a text is a day as `yyyyMMdd`.
    pub fn is_day(text: &str) -> bool {
        text.len() == 8 && Self::parse(&format!("{text}T000000Z")).is_some()
    }

    /// Returns it as `20260102T030405Z`.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    /// Returns the 16 ASCII characters.
    pub(super) fn as_bytes(&self) -> &[u8; 16] {
        &self.text
    }

    /// Returns the day as `20260102`, for which keys and credentials are made.
    pub fn day(&self) -> &str {
        self.as_str().get(..8).unwrap_or_default()
    }

    /// Returns the time without a fraction.
    pub fn timestamp(&self) -> Timestamp {
        self.at
    }
}

impl fmt::Debug for AmzDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AmzDate({})", self.as_str())
    }
}

/// Writes a number with leading zeros.
fn write_number(place: &mut [u8], mut number: u16) {
    for digit in place.iter_mut().rev() {
        *digit = b"0123456789"[usize::from(number % 10)];
        number /= 10;
    }
}

/// Parses up to four digits.
fn number(digits: &[u8]) -> Option<i16> {
    digits
        .iter()
        .try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i16::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_read_back_without_their_fraction() {
        let at: Timestamp = "2026-01-02T03:04:05.678Z".parse().unwrap();
        let date = AmzDate::of(at);
        assert_eq!((date.as_str(), date.day()), ("20260102T030405Z", "20260102"));
        assert_eq!(date.timestamp().to_string(), "2026-01-02T03:04:05Z");
        assert_eq!(AmzDate::parse("20260102T030405Z"), Some(date));
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "",
            "2026-01-02T03:04:05Z",
            "20260102T030405",
            "20260102 030405Z",
            "20260102T030405z",
            "20261302T030405Z",
            "20260230T030405Z",
            "20260102T250405Z",
            "2026010+T030405Z",
            "20260102T03040é",
            "99991231T235959Z",
        ] {
            assert_eq!(AmzDate::parse(text), None, "{text}");
        }
        assert!(AmzDate::is_day("20260102"));
        assert!(!AmzDate::is_day("20260231") && !AmzDate::is_day("32234Z34") && !AmzDate::is_day("2026010"));
    }
}
