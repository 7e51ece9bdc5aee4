//! Words that the formats share, and the way in which what somebody else wrote is made harmless for a line.

use super::Run;
use crate::exchange::Severity;

/// A text on one line: whatever would end the line, move the cursor or turn the direction of writing is shown as
/// its escape. Messages quote what clients send.
pub(super) fn plain(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || is_harmful(character) {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
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
        let fine = "Größe 👩‍👩‍👧 `x` ]]> % | <b>";
        assert_eq!(plain(fine), fine);
    }
}
