//! Wrapping of text to the width of a terminal, for lists and pages.

use std::fmt::Write;

/// Width of a line, unless a single word is longer.
const WIDTH: usize = 100;

/// Writes a text after its head, wrapped, with a hanging indent.
pub(super) fn wrapped(out: &mut String, head: &str, text: &str) {
    let mut row = String::new();
    let mut rows = Vec::new();
    for word in text.split(' ') {
        let is_full = head.chars().count() + row.chars().count() + 1 + word.chars().count() > WIDTH;
        if is_full && !row.is_empty() {
            rows.push(std::mem::take(&mut row));
        }
        row.push_str(if row.is_empty() { "" } else { " " });
        row.push_str(word);
    }
    rows.push(row);
    for (at, row) in rows.iter().enumerate() {
        let margin = head.chars().count();
        let head = if at == 0 { head } else { "" };
        line(out, format_args!("{head:<margin$}{row}"));
    }
}

/// Writes a line.
pub(super) fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into memory cannot fail.
    let _ = writeln!(out, "{text}");
}
