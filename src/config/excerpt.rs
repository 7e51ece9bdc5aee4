//! The line of a file in which a mistake is, with a caret below, and without secrets.

use std::ops::Range;

use super::{ConfigError, Problem};
use crate::fault::Fault;

/// Shown in place of a secret.
const MASK: &str = "***";

/// The widest line that is shown whole, in characters.
const WIDTH: usize = 160;

/// The tables of the file, and the names in them whose values may be shown.
const TABLES: [&str; 3] = ["api_key", "user", "file"];
const IN_TABLES: [&str; 6] = ["user_id", "username", "full_name", "path", "filename", "mime_type"];

/// Names whose values may not be shown.
const SECRETS: [&str; 4] = ["key", "api_key", "other_api_key", "secret_access_key"];

/// Returns the error for a mistake at `span` of `text`, in bytes. The `hidden` ranges are not shown.
pub(super) fn error(
    path: &str,
    text: &str,
    span: &Range<usize>,
    hidden: &[Range<usize>],
    problem: Problem,
) -> ConfigError {
    let (line, column, excerpt) = excerpt(text, span, hidden);
    ConfigError::at(format!("{path}:{line}:{column}"), problem.with_excerpt(excerpt))
}

/// Returns the line and the column of `span`, from 1, and the line with a caret below.
pub(super) fn excerpt(text: &str, span: &Range<usize>, hidden: &[Range<usize>]) -> (usize, usize, String) {
    let start = text.floor_char_boundary(span.start);
    let (from, line) = line_at(text, start);
    let secret_at = |at: usize| hidden.iter().find(|secret| secret.contains(&at));
    let start = secret_at(start).map_or(start, |secret| secret.start.max(from));
    let marked = start..span.end.max(start + 1);
    let (mut shown, mut before, mut carets) = (String::new(), 0, 0);
    for (at, character) in line.char_indices().map(|(at, character)| (from + at, character)) {
        let piece = match secret_at(at) {
            Some(secret) if secret.start.max(from) == at => MASK.to_owned(),
            Some(_) => continue,
            None if character == '\t' => "    ".to_owned(),
            None if character.is_control() => character.escape_default().to_string(),
            None => character.to_string(),
        };
        if at < marked.start {
            before += piece.chars().count();
        } else if marked.contains(&at) {
            carets += piece.chars().count();
        }
        shown.push_str(&piece);
    }
    let skipped = if shown.chars().count() > WIDTH { before.saturating_sub(WIDTH / 2) } else { 0 };
    let shown: String = shown.chars().skip(skipped).take(WIDTH).collect();
    let number = text[..from].matches('\n').count() + 1;
    let margin = " ".repeat(number.to_string().len());
    let caret = format!("{}{}", " ".repeat(before - skipped), "^".repeat(carets.clamp(1, WIDTH)));
    let column = text[from..start].chars().count().min(line.chars().count()) + 1;
    (number, column, format!("{margin} |\n{number} | {shown}\n{margin} | {caret}"))
}

/// Returns the ranges to hide in the line at `at` of a TOML document, which may be invalid: comments, which may have an
/// old key, and values of unknown or secret names.
pub(super) fn hidden(text: &str, at: usize, is_setting: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    let (from, line) = line_at(text, text.floor_char_boundary(at));
    let comment = comment_of(line);
    let content = line[..comment].trim_end();
    let secret = secret_in(content, &text[..from], is_setting);
    let ranges = [secret..content.len(), comment..line.len()].into_iter().filter(|range| !range.is_empty());
    ranges.map(|range| from + range.start..from + range.end).collect()
}

/// Returns the line at a place, and where it begins.
fn line_at(text: &str, at: usize) -> (usize, &str) {
    let from = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    (from, text[from..].lines().next().unwrap_or_default().trim_end())
}

/// Returns where a comment begins. Where quotes are unbalanced, any `#` may begin one.
fn comment_of(line: &str) -> usize {
    let is_balanced = |text: &str| ['"', '\''].iter().all(|quote| text.matches(*quote).count() % 2 == 0);
    let is_whole = is_balanced(line);
    let mut signs = line.match_indices('#').map(|(at, _)| at);
    signs.find(|at| !is_whole || is_balanced(&line[..*at])).unwrap_or(line.len())
}

/// Returns where the secret part of a line begins; its end where all may be shown.
fn secret_in(line: &str, before: &str, is_setting: impl Fn(&str) -> bool) -> usize {
    let start = line.len() - line.trim_start().len();
    let content = &line[start..];
    if content.bytes().all(|byte| byte.is_ascii_punctuation() || byte == b' ') {
        return line.len();
    }
    if let Some(name) = header_of(content) {
        let end = start + content.find(name).unwrap_or(0) + name.len();
        let rest = line[end..].trim_start_matches(']');
        let is_whole = rest.is_empty() && !line.ends_with(name);
        return if is_whole || TABLES.contains(&name) || name == "fault" {
            line.len() - rest.len()
        } else {
            start
        };
    }
    let table = before.lines().rev().find_map(header_of);
    let may_be_shown = |name: &str| match table {
        _ if SECRETS.contains(&name) => false,
        None => is_setting(name),
        Some("fault") => Fault::has_part(name),
        Some(table) => TABLES.contains(&table) && IN_TABLES.contains(&name),
    };
    let name = name_at(content);
    let end = start + name.len();
    if name.is_empty() {
        // The rest of a list, perhaps: its name is on a line before.
        let lines = before.lines().rev().take_while(|line| header_of(line).is_none());
        let list = lines.map(str::trim_start).find(|line| !name_at(line).is_empty()).map_or("", name_at);
        return if may_be_shown(list) { secret_behind(line, start) } else { start };
    }
    if may_be_shown(name) {
        return secret_behind(line, end);
    }
    match line[end..].trim_start().strip_prefix('=') {
        Some(value) => line.len() - value.trim_start().len(),
        None if SECRETS.contains(&name) => end,
        None => start,
    }
}

/// Returns where another name behind `from` has a value, as in an inline table or after a missing
/// line break; the line's end if none has, or if its value may be shown.
fn secret_behind(line: &str, from: usize) -> usize {
    let may_be_shown =
        |name: &str| !SECRETS.contains(&name) && (IN_TABLES.contains(&name) || Fault::has_part(name));
    let signs = line[from..].match_indices('=').map(|(at, _)| from + at);
    let value = signs.filter(|at| {
        let before = line[..*at].trim_end().trim_end_matches(['"', '\'']);
        before.len() > from && !may_be_shown(&before[before.trim_end_matches(is_name).len()..])
    });
    let word = line[from..].match_indices("key").map(|(at, word)| from + at + word.len());
    let word = word.filter(|end| !line[*end..].starts_with(is_name));
    value.map(|at| at + 1).chain(word).min().unwrap_or(line.len())
}

/// Returns the name in the header of a table.
fn header_of(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix('[').map(|rest| name_at(rest.trim_start_matches('[')))
}

fn name_at(text: &str) -> &str {
    &text[..text.find(|character| !is_name(character)).unwrap_or(text.len())]
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, span: Range<usize>, hidden: Range<usize>) -> (usize, usize, String) {
        excerpt(text, &span, &[hidden])
    }

    #[test]
    fn marks_a_place_in_its_line() {
        let text = "a = 1\r\n\turl_expiry = \"söön\"\r\n";
        let at = text.find("\"s").unwrap();
        let expected = "  |\n2 |     url_expiry = \"söön\"\n  |                  ^^^^^^".to_owned();
        assert_eq!(shown(text, at..at + 8, 0..0), (2, 15, expected));
        assert_eq!(shown("", 0..0, 0..0).0, 1);
        assert_eq!(shown("a = [\n", 6..6, 0..0), (2, 1, "  |\n2 | \n  | ^".to_owned()));
        assert_eq!(shown("é", 1..9, 0..0).1, 1);
    }

    #[test]
    fn masks_a_secret_wherever_the_mistake_is() {
        let text = "key = \"top-secret\", user_id = 5";
        let line = "  |\n1 | key = ***, user_id = 5\n  | ";
        let behind = shown(text, 30..31, 6..18);
        assert_eq!(behind, (1, 31, format!("{line}                     ^")));
        let inside = shown(text, 10..10, 6..18);
        assert_eq!(inside, (1, 7, format!("{line}      ^^^")));
    }

    #[test]
    fn shows_only_known_harmless_values() {
        for (line, expected) in [
            ("url_expiry = 1h", "url_expiry = 1h"),
            ("seed = x # alice-key", "seed = x ***"),
            ("spec = 'a#b' # bob", "spec = 'a#b' ***"),
            ("spec = 'a x # bob", "spec = 'a x ***"),
            ("[[api_key]", "[[api_key]"),
            ("[[api_key]] key = \"alice", "[[api_key]]***"),
            ("[alice-key", "***"),
            ("[[webhook]]", "[[webhook]]"),
            ("]", "]"),
            ("key = \"alice-key", "key = ***"),
            ("\"key\" = 'alice-key", "***"),
            ("secret_access_key: abc", "secret_access_key***"),
            ("kye = \"alice-key", "kye = ***"),
            ("alice-key", "***"),
            ("user = [{ api_key = \"alice\" user", "user = [{ api_key***"),
            ("{ key = 5 5 }", "***"),
            ("access_key_id = \"AKIDsecret_access_key = \"abc", "access_key_id = \"AKIDsecret_access_key***"),
            ("region = \"us97ey = \"abc", "region = \"us97ey =***"),
            ("region = \"uskey \"abc", "region = \"uskey***"),
            ("[[api_key]]\nuser_id = \"65", "user_id = \"65"),
            ("[[api_key]]\nregion = \"65", "region = ***"),
            ("[[unknown]]\nusername = \"jane", "username = ***"),
            ("spec = [\n  'a', b", "  'a', b"),
            ("[[user]]\napi_key = [\n  'a', b", "  ***"),
            ("[[fault]]\neffect = { kind = 'x', code = 'y' }", "effect = { kind = 'x', code = 'y' }"),
            ("[[fault]]\neffect = { kind = 'x', token = 'y' }", "effect = { kind = 'x', token =***"),
        ] {
            let known = ["url_expiry", "seed", "spec", "user", "region", "access_key_id"];
            let line_start = line.rfind('\n').map_or(0, |at| at + 1);
            let mut text = line[line_start..].to_owned();
            for range in hidden(line, line.len(), |name| known.contains(&name)).iter().rev() {
                text.replace_range(range.start - line_start..range.end - line_start, MASK);
            }
            assert_eq!(text, expected, "{line}");
        }
    }
}
