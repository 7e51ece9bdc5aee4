//! Values of a client in messages: short, on one line, and never with a signature in them.

use std::borrow::Cow;

use hyper::HeaderMap;

use crate::text;

pub(super) use crate::text::counted as count;

/// So many hex digits in a row may be a signature, or a good part of one.
const SIGNATURE_LIKE: usize = 40;

/// Quotes a value in backticks.
pub(super) fn quoted(value: &str) -> String {
    text::quoted(&hidden(value))
}

/// Shortens a value like [`quoted`], for use inside other backticks.
pub(super) fn inline(value: &str) -> String {
    text::short(&hidden(value))
}

/// Quotes a value of bytes in backticks.
pub(super) fn quoted_bytes(value: &[u8]) -> String {
    quoted(&String::from_utf8_lossy(value))
}

/// Joins names in backticks, with commas and `and`.
pub(super) fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    text::and(names.into_iter().map(quoted))
}

/// Returns a header's value in its canonical form: all values of the name, trimmed, with inner blanks collapsed; `None`
/// without any.
pub(super) fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = headers.get_all(name).iter().peekable();
    values.peek()?;
    let values: Vec<String> =
        values.map(|value| canonical(&String::from_utf8_lossy(value.as_bytes()))).collect();
    Some(values.join(","))
}

/// Returns a header's value, trimmed, with inner blanks collapsed.
pub(super) fn canonical(value: &str) -> String {
    let words: Vec<&str> = value.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Masks each run of digits that may be a signature.
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
    fn what_may_be_a_signature_is_hidden() {
        assert_eq!(quoted(&format!("x={}&y", "0f".repeat(32))), "`x=***&y`");
        assert_eq!(quoted("e10adc3949ba59abbe56e057f20f883e"), "`e10adc3949ba59abbe56e057f20f883e`");
    }
}
