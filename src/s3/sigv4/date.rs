//! `X-Amz-Date`: times as SigV4 writes them, in whole seconds.

use jiff::{Timestamp, civil::DateTime, tz::Offset};

const FORM: &str = "%Y%m%dT%H%M%SZ";

/// A time as `20260102T030405Z`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmzDate {
    text: String,
    at: Timestamp,
}

impl AmzDate {
    /// Returns the whole second of `at`.
    pub fn of(at: Timestamp) -> Self {
        let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
        Self { text: at.strftime(FORM).to_string(), at }
    }

    /// Parses `yyyyMMdd'T'HHmmss'Z'`.
    pub fn parse(text: &str) -> Option<Self> {
        let date = Self::of(Offset::UTC.to_timestamp(DateTime::strptime(FORM, text).ok()?).ok()?);
        // `strptime` takes other forms, too.
        (date.text == text).then_some(date)
    }

    /// Returns whether a text is a day as `yyyyMMdd`.
    pub fn is_day(text: &str) -> bool {
        Self::parse(&format!("{text}T000000Z")).is_some()
    }

    /// Returns it as `20260102T030405Z`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the day as `20260102`, for which keys and credentials are made.
    pub fn day(&self) -> &str {
        self.text.get(..8).unwrap_or_default()
    }

    /// Returns the time without a fraction.
    pub fn timestamp(&self) -> Timestamp {
        self.at
    }
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
