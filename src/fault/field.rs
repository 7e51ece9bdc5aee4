//! Fields of selectors and effects: which values they take, and how these are written.

use std::{fmt, time::Duration};

use super::mistake::quoted;
use crate::{
    exchange::{BoundedDuration, parse_size},
    files::UserId,
};

/// Selector of a rule, or field of an effect.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// Name in rules.
    pub name: &'static str,
    /// Values that it takes.
    pub takes: Takes,
    /// Whether the short form may leave out its name.
    pub primary: bool,
    /// Whether every rule must have it.
    pub required: bool,
    /// Value that says the same as leaving the field out.
    pub default: Option<&'static str>,
    /// Its meaning.
    pub meaning: &'static str,
    /// Right value, as in the short form.
    pub example: &'static str,
}

impl Field {
    pub(super) const fn new(
        name: &'static str,
        takes: Takes,
        example: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self { name, takes, primary: false, required: false, default: None, meaning, example }
    }

    pub(super) const fn primary(self) -> Self {
        Self { primary: true, ..self }
    }

    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self.primary() }
    }

    pub(super) const fn with_default(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }
}

/// Values that a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A count, from 1 on.
    Count,
    /// Probability above 0, up to 1.
    Probability,
    /// A duration.
    Duration {
        /// Whether it may be no time at all.
        zero: bool,
    },
    /// A duration in whole seconds, up to a day, as in `Retry-After`.
    Seconds,
    /// Bytes.
    Size {
        /// The least.
        least: u64,
    },
    /// An HTTP status from this one to 599.
    Status {
        /// The least.
        least: u16,
    },
    /// An error code.
    Code,
    /// A text of this many bytes at most, every character of which XML can have.
    Text {
        /// The most.
        most: usize,
        /// Whether it may be empty.
        empty: bool,
    },
    /// A user's id.
    User,
}

/// A value of the right type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Number(u64),
    Size(u64),
    Probability(f64),
    Duration(Duration),
    Text(String),
    User(UserId),
}

impl Takes {
    /// Describes the allowed values: "write …".
    pub(super) fn allowed(self) -> String {
        match self {
            Self::Count => "write a whole number from 1 on".to_owned(),
            Self::Probability => "write a number above 0 and up to 1".to_owned(),
            Self::Duration { zero: true } => {
                "write a duration up to 87600h, such as 300ms, 2s, 59m50s or 1h".to_owned()
            }
            Self::Duration { zero: false } => {
                "write a duration above 0s, up to 87600h, such as 300ms, 2s, 59m50s or 1h".to_owned()
            }
            Self::Seconds => "write whole seconds up to 24h, such as 1s or 2m".to_owned(),
            Self::Size { least: 0 } => "write a number of bytes, or a size such as 64KiB or 8MiB".to_owned(),
            Self::Size { least } => {
                format!("write a number of bytes from {least} on, or a size such as 64KiB or 8MiB")
            }
            Self::Status { least } => format!("write an HTTP status from {least} to 599"),
            Self::Code => "write one such as SlowDown: up to 128 ASCII letters, digits and dots".to_owned(),
            Self::Text { most, empty: true } => {
                format!("write a text of up to {most} bytes, without control characters")
            }
            Self::Text { most, empty: false } => {
                format!("write a text of 1 to {most} bytes, without control characters")
            }
            Self::User => "write 24 hex digits, such as 651eb6e11d156e0d7a42c59d".to_owned(),
        }
    }

    /// Reads a text, as the short form has it, or as files have a duration, a size, a user or a text.
    pub(super) fn read(self, text: &str) -> Option<Value> {
        match self {
            Self::Count | Self::Status { .. } => whole(text).map(Value::Number),
            Self::Probability => {
                is_decimal(text).then(|| text.parse().ok().map(Value::Probability)).flatten()
            }
            Self::Duration { .. } | Self::Seconds => {
                text.parse().ok().map(|duration: BoundedDuration| Value::Duration(duration.get()))
            }
            Self::Size { .. } => parse_size(text).ok().map(Value::Size),
            Self::Code | Self::Text { .. } => Some(Value::Text(text.to_owned())),
            Self::User => text.parse().ok().map(Value::User),
        }
    }

    /// Returns whether files write it as a number.
    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Count | Self::Probability | Self::Size { .. } | Self::Status { .. })
    }

    /// Returns whether files write it as a text.
    pub(super) fn is_text(self) -> bool {
        !matches!(self, Self::Count | Self::Probability | Self::Status { .. })
    }

    /// Returns whether a value is one of those that are allowed.
    pub(super) fn allows(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Count, Value::Number(number)) => *number > 0,
            (Self::Probability, Value::Probability(probability)) => *probability > 0.0 && *probability <= 1.0,
            (Self::Duration { zero }, Value::Duration(duration)) => {
                (zero || !duration.is_zero()) && *duration <= BoundedDuration::MAX.get()
            }
            (Self::Seconds, Value::Duration(duration)) => {
                duration.subsec_nanos() == 0 && *duration <= Duration::from_hours(24)
            }
            (Self::Size { least }, Value::Size(size)) => *size >= least,
            (Self::Status { least }, Value::Number(status)) => (u64::from(least)..=599).contains(status),
            (Self::Code, Value::Text(code)) => {
                (1..=128).contains(&code.len())
                    && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
            }
            (Self::Text { most, empty }, Value::Text(text)) => {
                (empty || !text.is_empty()) && text.len() <= most && !text.contains(is_refused)
            }
            (Self::User, Value::User(_)) => true,
            _ => false,
        }
    }

    /// Describes a value that is not allowed, to follow the field's name.
    pub(super) fn refuses(self, value: &Value) -> String {
        match (self, value) {
            (Self::Text { .. }, Value::Text(text)) if text.is_empty() => "is empty".to_owned(),
            (Self::Text { most, .. }, Value::Text(text)) if text.len() > most => {
                format!("has {} bytes", text.len())
            }
            (Self::Text { .. }, Value::Text(text)) => {
                let refused = text.chars().find(|character| is_refused(*character));
                let refused = refused.map(|character| character.escape_unicode().to_string());
                format!("has the character `{}`", refused.unwrap_or_default())
            }
            _ => format!("is `{}`", quoted(&value.to_string())),
        }
    }
}

/// Returns whether a text cannot contain a character: XML has few control characters, and neither of these
/// two, escaped or not.
fn is_refused(character: char) -> bool {
    (character.is_control() && !matches!(character, '\t' | '\n'))
        || matches!(character, '\u{fffe}' | '\u{ffff}')
}

/// Parses digits. `u64` would also take a plus sign.
fn whole(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// Digits with a dot or an exponent: `f64` also reads words. The sign is read, so that the message can quote it.
fn is_decimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte))
}

/// As the short form writes it, but for quotes; it reads back as the same value.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Size(bytes) => f.write_str(&size(*bytes)),
            Self::Probability(probability) => write!(f, "{probability}"),
            Self::Duration(duration) if *duration > BoundedDuration::MAX.get() => write!(f, "{duration:?}"),
            Self::Duration(duration) => write!(f, "{}", BoundedDuration::saturating(*duration)),
            Self::Text(text) => f.write_str(text),
            Self::User(user) => write!(f, "{user}"),
        }
    }
}

/// `64KiB` for 65,536: the largest unit in which it is a whole number.
fn size(bytes: u64) -> String {
    [("GiB", 30), ("MiB", 20), ("KiB", 10)]
        .into_iter()
        .find(|(_, bits)| bytes > 0 && bytes.trailing_zeros() >= *bits)
        .map_or_else(|| bytes.to_string(), |(unit, bits)| format!("{}{unit}", bytes >> bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_in_their_largest_unit() {
        for (bytes, text) in [(0, "0"), (1000, "1000"), (65_536, "64KiB"), (5 << 30, "5GiB")] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn refuses_values_that_are_not_allowed() {
        for (takes, text) in [
            (Takes::Count, "0"),
            (Takes::Probability, "0"),
            (Takes::Probability, "-0.5"),
            (Takes::Probability, "1.01"),
            (Takes::Probability, "1e999"),
            (Takes::Duration { zero: false }, "0s"),
            (Takes::Seconds, "1500ms"),
            (Takes::Seconds, "25h"),
            (Takes::Size { least: 1 }, "0"),
            (Takes::Status { least: 300 }, "299"),
            (Takes::Status { least: 200 }, "600"),
            (Takes::Status { least: 200 }, "99"),
            (Takes::Code, ""),
            (Takes::Code, "Slow Down"),
            (Takes::Text { most: 3, empty: true }, "four"),
            (Takes::Text { most: 3, empty: false }, ""),
            (Takes::Text { most: 3, empty: true }, "a\0"),
            (Takes::Text { most: 3, empty: true }, "\r\n"),
            (Takes::Text { most: 3, empty: true }, "\u{ffff}"),
        ] {
            let value = takes.read(text).unwrap();
            assert!(!takes.allows(&value), "{takes:?} {text}");
            assert!(!takes.refuses(&value).is_empty());
        }
        for (takes, text) in [
            (Takes::Count, "+1"),
            (Takes::Count, ""),
            (Takes::Probability, "NaN"),
            (Takes::Duration { zero: true }, "87601h"),
        ] {
            assert_eq!(takes.read(text), None, "{takes:?} {text}");
        }
        assert!(!Takes::Probability.allows(&Value::Probability(f64::NAN)));
        let text = Takes::Text { most: 9, empty: true };
        assert!(text.allows(&Value::Text("a\tb\né".to_owned())));
        assert_eq!(text.refuses(&Value::Text("x\0y".to_owned())), "has the character `\\u{0}`");
    }
}
