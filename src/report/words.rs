//! Counts, times and harmless texts, as all formats write them.

use std::time::Duration;

pub(super) use crate::text::counted;
use crate::{exchange::Severity, text::cut};

/// Text on one line. Escapes characters that would end the line, move the cursor or change the writing direction:
/// messages quote what clients send.
pub(crate) fn plain(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if character == '[' && begins_command(&line) {
            line.extend(character.escape_unicode());
        } else if character.is_control() || is_harmful(character) {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

/// Returns whether `[` after this text makes a command in the older form of GitHub's or Azure's runner,
/// which take it anywhere in a line: `##[add-mask]`, `##vso[…]`.
pub(crate) fn begins_command(before: &str) -> bool {
    before.trim_end_matches(|character: char| character.is_ascii_alphanumeric()).ends_with("##")
}

/// Marks of direction, separators of lines and paragraphs, and what no XML may have.
fn is_harmful(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}')
}

/// Like [`plain`], cut to `most` bytes.
pub(super) fn shown(text: &str, most: usize) -> String {
    let mut shown = plain(text);
    cut(&mut shown, most);
    shown
}

/// `once`, `twice`, `3 times`.
pub(super) fn times(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        more => format!("{more} times"),
    }
}

/// `41ms`, `3.1s`.
pub(super) fn took(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{}ms", time.as_millis())
    } else {
        format!("{:.1}s", time.as_secs_f64())
    }
}

/// Returns a severity's name.
pub(crate) fn name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_cursor_or_direction_is_escaped_and_the_rest_stays() {
        assert_eq!(plain("a\n\t\u{1b}[31m\u{202e}b\u{2028}"), "a\\n\\t\\u{1b}[31m\\u{202e}b\\u{2028}");
        assert_eq!(plain("a ##[error]b ##vso[c] #[d]"), "a ##\\u{5b}error]b ##vso\\u{5b}c] #[d]");
        let fine = "Größe 👩‍👩‍👧 `x` ]]> % | <b>";
        assert_eq!(plain(fine), fine);
    }
}
