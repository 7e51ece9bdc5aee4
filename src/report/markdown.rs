//! Markdown, for GitHub's step summary: totals, a table of the cases, and a section for each with details.

use std::fmt::Write;

use super::{
    suite::{Case, Form, Suite, ids},
    words::plain,
};

/// Formats a suite.
pub(super) fn markdown(suite: &Suite) -> String {
    let mut text = format!("## assay: {}\n\n{}\n", cell(&suite.title), cell(&suite.subtitle));
    // Writing into memory cannot fail.
    for sentence in suite.notes.iter().chain(&suite.failed()) {
        let _ = write!(text, "\n{}\n", cell(sentence));
    }
    let rows = suite.rows();
    if !rows.is_empty() {
        let _ = write!(text, "\n| result | {} | | actual |\n| --- | --- | --- | --- |\n", suite.unit);
    }
    for row in &rows {
        let case = row[0];
        let verdict = if case.fails() { format!("**{}**", case.verdict) } else { case.verdict.to_owned() };
        let name = match row[..] {
            [case] => format!("**{}**: {}", cell(&case.id), cell(&case.title)),
            _ => cell(&ids(row)),
        };
        let qualifier = if row.len() == 1 { cell(&case.qualifier) } else { String::new() };
        let _ = writeln!(text, "| {verdict} | {name} | {qualifier} | {} |", cell(&case.message));
    }
    for case in rows.iter().map(|row| row[0]).filter(|case| !case.details.is_empty()) {
        section(case, &mut text);
    }
    text
}

fn section(case: &Case, text: &mut String) {
    let _ =
        write!(text, "\n### {}: {}\n\nactual: {}\n", cell(&case.id), cell(&case.title), cell(&case.message));
    for detail in &case.details {
        match detail.form {
            Form::Sentence => {
                let _ = write!(text, "\n{}: {}\n", detail.label, cell(&detail.lines.join(" ")));
            }
            Form::Commands => fenced(detail.label, "sh", &detail.lines, text),
            Form::Listing => fenced(detail.label, "text", &detail.lines, text),
            Form::Extra => {}
        }
    }
}

/// Writes a block that nothing in it ends.
fn fenced(label: &str, language: &str, lines: &[String], text: &mut String) {
    let longest = lines.iter().flat_map(|line| line.split(|c| c != '`')).map(str::len).max();
    let fence = "`".repeat(longest.unwrap_or_default().max(2) + 1);
    let _ = write!(text, "\n{label}:\n\n{fence}{language}\n{}\n{fence}\n", lines.join("\n"));
}

/// Escapes a text for a cell: on one line, and nothing in it is markup, a link or HTML. A backslash before ASCII
/// punctuation is how `CommonMark` and GitHub take it literally; in a table this holds for `|` too.
fn cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    let mut before = ' ';
    for character in plain(text).chars() {
        let is_markup = "\\`*_[]<>|~$#!&@{}^".contains(character);
        // GitHub makes links of what begins with a scheme, or with `www.`, all by itself.
        let is_link = matches!(character, ':' | '/') && before == ':' || character == '.' && before == 'w';
        if is_markup || is_link {
            cell.push('\\');
        }
        cell.push(character);
        before = character;
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_cell_is_markup() {
        assert_eq!(cell("a | b\nc `d` <e>"), "a \\| b\\\\nc \\`d\\` \\<e\\>");
        assert_eq!(cell("[x](http://y.z) www.y.z"), "\\[x\\](http:\\//y.z) www\\.y.z");
        assert_eq!(cell("\\|"), "\\\\\\|");
        assert_eq!(
            cell("Send 24 characters, as base64 (RFC 4648)."),
            "Send 24 characters, as base64 (RFC 4648)."
        );
    }
}
