//! How a value of the client's stands in a message: short, on one line, and never with a signature in it. Every
//! file of this folder quotes with it.

use std::borrow::Cow;

use hyper::HeaderMap;

/// The longest value that is shown, in characters.
const LONGEST: usize = 80;

/// So many hex digits in a row may be a signature, or a good part of one.
const SIGNATURE_LIKE: usize = 40;

/// A value in backticks.
pub(super) fn quoted(value: &str) -> String {
    let mut shown = String::from("`");
    for (count, character) in hidden(value).chars().enumerate() {
        if count == LONGEST {
            shown.push('…');
            break;
        }
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown.push('`');
    shown
}

/// A value as [`quoted`] shows it, to stand inside other backticks.
pub(super) fn inline(value: &str) -> String {
    quoted(value).trim_matches('`').to_owned()
}

/// A value of bytes in backticks.
pub(super) fn quoted_bytes(value: &[u8]) -> String {
    quoted(&String::from_utf8_lossy(value))
}

/// Names in backticks, with commas and `and` between them.
pub(super) fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.into_iter().map(quoted).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [firsts @ .., last] => format!("{} and {last}", firsts.join(", ")),
    }
}

/// `1 byte`, `2 bytes`.
pub(super) fn count(number: impl TryInto<u64>, noun: &str) -> String {
    match number.try_into().unwrap_or(u64::MAX) {
        1 => format!("1 {noun}"),
        number => format!("{number} {noun}s"),
    }
}

/// A header's value as a canonical request has it: all that came under the name, trimmed, every run of blanks
/// as one. `None` where none came.
pub(super) fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = headers.get_all(name).iter().peekable();
    values.peek()?;
    let values: Vec<String> =
        values.map(|value| canonical(&String::from_utf8_lossy(value.as_bytes()))).collect();
    Some(values.join(","))
}

/// A header's value, trimmed, every run of blanks as one.
pub(super) fn canonical(value: &str) -> String {
    let words: Vec<&str> = value.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// A value with `***` for each run of digits that may be a signature.
fn hidden(value: &str) -> Cow<'_, str> {
    let is_run = |run: &&str| run.len() >= SIGNATURE_LIKE;
    let runs = || value.split(|character: char| !character.is_ascii_hexdigit()).filter(is_run);
    if runs().next().is_none() {
        return Cow::Borrowed(value);
    }
    Cow::Owned(runs().fold(value.to_owned(), |text, run| text.replacen(run, "***", 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_short_and_on_one_line() {
        assert_eq!(quoted("a\r\nb\u{7f}é"), "`a\\r\\nb\\u{7f}é`");
        assert_eq!(quoted(&"é".repeat(81)), format!("`{}…`", "é".repeat(80)));
        assert_eq!(quoted(""), "``");
    }

    #[test]
    fn what_may_be_a_signature_is_hidden() {
        assert_eq!(quoted(&format!("x={}&y", "0f".repeat(32))), "`x=***&y`");
        assert_eq!(quoted("e10adc3949ba59abbe56e057f20f883e"), "`e10adc3949ba59abbe56e057f20f883e`");
    }

    #[test]
    fn names_are_listed_as_in_a_sentence() {
        assert_eq!(list(["a"]), "`a`");
        assert_eq!(list(["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!((count(1_u64, "byte"), count(2_usize, "byte")), ("1 byte".into(), "2 bytes".into()));
    }
}
