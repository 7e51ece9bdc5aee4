//! Words that the formats share, and the way in which what somebody else wrote is made harmless for a line.

use std::time::Duration;

use super::{Ended, Run};
use crate::exchange::Severity;

/// A text on one line: whatever would end the line, move the cursor or turn the direction of writing is shown as
/// its escape. Messages quote what clients send.
pub(super) fn plain(text: &str) -> String {
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

/// Whether a `[` behind this makes a command of the older form for GitHub's runner, or for Azure's, which take it
/// anywhere in a line: `##[add-mask]`, `##vso[…]`.
pub(crate) fn begins_command(before: &str) -> bool {
    before.trim_end_matches(|character: char| character.is_ascii_alphanumeric()).ends_with("##")
}

/// Marks of direction, separators of lines and paragraphs, and what no XML may have.
fn is_harmful(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}')
}

/// `1 error`, `2 errors`.
pub(super) fn counted(count: u64, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
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

/// A severity's name.
pub(super) fn name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

impl Run {
    /// `2 errors, 1 warning`; nothing where nothing was found.
    pub(super) fn severities(&self) -> String {
        let counts =
            [Severity::Error, Severity::Warning, Severity::Note].map(|one| (self.count(one), name(one)));
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        counts.map(|(count, name)| counted(count as u64, name)).collect::<Vec<_>>().join(", ")
    }

    /// `14 exchanges (9 presign, 5 put)`.
    pub(super) fn traffic(&self) -> String {
        let exchanges = counted(self.exchanges, "exchange");
        if self.operations.is_empty() {
            return exchanges;
        }
        let each = self.operations.iter().map(|(operation, count)| format!("{count} {operation}"));
        format!("{exchanges} ({})", each.collect::<Vec<_>>().join(", "))
    }

    /// What is said in place of a verdict, where there was nothing to judge.
    pub(super) fn nothing_called(&self) -> Option<&'static str> {
        let is_empty = self.exchanges == 0 && self.findings.is_empty();
        is_empty.then_some(if self.resets == 0 {
            "no exchanges: nothing called the emulator, whose address is in ALLOY_BASE_URL"
        } else {
            "no exchanges since the emulator was last reset: nothing is left to tell of"
        })
    }

    /// How the command failed, where it did.
    pub(super) fn failed(&self) -> Option<Ended> {
        self.ended.filter(|ended| !ended.is_success())
    }

    /// What is not told, a sentence each.
    pub(super) fn left_out(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        if self.resets > 0 {
            let times = times(self.resets);
            sentences.push(format!("The emulator was reset {times}: what came before is forgotten."));
        }
        if self.findings_ignored > 0 {
            let findings = counted(self.findings_ignored, "finding");
            sentences.push(format!("Left out, as asked for: {findings} of ignored rules."));
        }
        if self.findings_lost > 0 {
            let findings = counted(self.findings_lost, "further finding");
            sentences.push(format!("There was no room for {findings}."));
        }
        sentences
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
