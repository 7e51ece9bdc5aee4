//! Which parts of the file no message may show: the values of secrets, and of names that nobody knows.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::config::names::{self, Place};

/// A text as it may be shown: blanks in place of comments, which may have a key that was tried once, and
/// what else to mask. All positions are those of the text.
#[derive(Default)]
pub(super) struct Shown {
    pub text: String,
    /// Sorted.
    pub secrets: Vec<Range<usize>>,
}

/// What may be shown of a document.
pub(super) fn of_document(text: &str, root: &DeTable<'_>) -> Shown {
    let mut values = Vec::new();
    of_table(root, Place::Top, &mut values);
    values.sort_by_key(|(range, _)| range.start);
    // What is no value's `#` begins a comment, or stands in a name in quotes, which none of ours has.
    let mut comments = Vec::new();
    let mut from = 0;
    for gap in values.iter().map(|(range, _)| range.clone()).chain(std::iter::once(text.len()..text.len())) {
        while let Some(at) = text.get(from..gap.start).and_then(|between| between.find('#')) {
            let end = text[from + at..].find('\n').map_or(text.len(), |length| from + at + length);
            comments.push(from + at..end);
            from = end;
        }
        from = from.max(gap.end);
    }
    let secrets = values.into_iter().filter(|(_, shown)| !shown).map(|(range, _)| range).collect();
    Shown { text: blank(text, &comments), secrets }
}

/// What may be shown of a text that is no TOML, of the line where the parser stopped.
pub(super) fn of_broken_text(text: &str, at: usize) -> Shown {
    let at = text.floor_char_boundary(at);
    let from = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = text[from..].lines().next().unwrap_or_default();
    let (comment, hidden) = match line.find('#') {
        Some(hash) if from + hash > at => (Some(from + hash..from + line.len()), None),
        // It may be a part of a text, or a comment may be what is wrong.
        Some(hash) => (None, Some(hash..line.len())),
        None => (None, None),
    };
    let text = blank(text, comment.as_slice());
    let mut headers = text[..from].lines().map(str::trim_start).filter(|line| line.starts_with('['));
    let place = headers.next_back().map_or(Place::Top, place_of_header);
    let secret = of_broken_line(&text[from..from + line.len()], place);
    // One is behind the other to the end of the line, or there is one.
    let hidden = match (secret, hidden) {
        (Some(one), Some(other)) => Some(one.start.min(other.start)..line.len()),
        (one, other) => one.or(other),
    };
    let secrets = hidden.map(|range| from + range.start..from + range.end).into_iter().collect();
    Shown { text, secrets }
}

/// `text` with blanks, byte for byte, in place of `ranges`.
fn blank(text: &str, ranges: &[Range<usize>]) -> String {
    let mut blanked = String::with_capacity(text.len());
    let mut from = 0;
    for range in ranges {
        blanked.push_str(&text[from..range.start]);
        blanked.extend(std::iter::repeat_n(' ', range.len()));
        from = range.end;
    }
    blanked + &text[from..]
}

/// Adds every plain value, and whether it may be shown.
fn of_table(table: &DeTable<'_>, place: Place, found: &mut Vec<(Range<usize>, bool)>) {
    for (name, value) in table {
        of_value(value, place.shows(name.get_ref()), place.below(name.get_ref()), found);
    }
}

/// `shown`: whether a plain value may be; `below`: where the names of a table are.
fn of_value(value: &Spanned<DeValue<'_>>, shown: bool, below: Place, found: &mut Vec<(Range<usize>, bool)>) {
    match value.get_ref() {
        DeValue::Table(table) => of_table(table, below, found),
        DeValue::Array(values) => values.iter().for_each(|value| of_value(value, shown, below, found)),
        _ => found.push((value.span(), shown)),
    }
}

/// The secret part of a line of a text that is no TOML, so that nobody can say for sure what is a value: all
/// that does not follow a name which is no secret where it seems to stand. `None` where the line can be shown
/// as it is.
fn of_broken_line(line: &str, place: Place) -> Option<Range<usize>> {
    let content = line.trim();
    let start = line.len() - line.trim_start().len();
    if !content.contains(|c: char| !c.is_ascii_punctuation()) {
        return None;
    }
    let shown = if content.starts_with('[') { of_header(content) } else { of_assignment(content, place)? };
    Some(start + shown..start + content.len()).filter(|range| !range.is_empty())
}

/// How much of a broken header can be shown: its brackets and its name, where it is one of ours.
fn of_header(content: &str) -> usize {
    let name = content.trim_start_matches('[');
    let after = name.trim_start_matches(is_name);
    let end = after.trim_start_matches(']');
    if place_of_header(content) == Place::Nowhere { 0 } else { content.len() - end.len() }
}

/// Where the names below a header stand.
fn place_of_header(line: &str) -> Place {
    let name = line.trim_start_matches('[');
    Place::Top.below(&name[..name.find(|c| !is_name(c)).unwrap_or(name.len())])
}

/// How much of a broken line that begins with a name can be shown; `None` for all.
fn of_assignment(content: &str, place: Place) -> Option<usize> {
    let is_quote = |c: char| matches!(c, '"' | '\'');
    let start = content.len() - content.trim_start_matches(is_quote).len();
    let end = content[start..].find(|c| !is_name(c)).map_or(content.len(), |length| start + length);
    let (name, rest) = (&content[start..end], &content[end..]);
    if place.shows(name) {
        // More may follow on the same line, in an inline table or where a line break is missing.
        return second_name(rest).map(|at| end + at);
    }
    if !names::is_secret(name) {
        return Some(0);
    }
    let sign = rest.find('=').filter(|at| rest[..*at].trim_start_matches(is_quote).trim().is_empty());
    let value = sign.map_or(0, |at| rest.len() - rest[at + 1..].trim_start().len());
    Some(end + value)
}

/// Where a further name has, or may have, a value: at the second `=`, or behind a word that ends like a secret's
/// name.
fn second_name(text: &str) -> Option<usize> {
    let assignment = text.match_indices('=').nth(1).map(|(at, _)| at);
    let is_end = |at: usize| !text[at..].starts_with(is_name);
    let secret = text.match_indices("key").map(|(at, word)| at + word.len()).find(|at| is_end(*at));
    assignment.into_iter().chain(secret).min()
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        match of_broken_line(line, Place::Top) {
            Some(range) => format!("{}***{}", &line[..range.start], &line[range.end..]),
            None => line.to_owned(),
        }
    }

    #[test]
    fn of_a_broken_line_only_what_is_surely_no_secret_is_shown() {
        for (line, expected) in [
            ("url_expiry = 1h", "url_expiry = 1h"),
            ("  user_id = \"65", "  ***"),
            ("[[api_key]", "[[api_key]"),
            ("]", "]"),
            ("", ""),
            ("key = \"alice-key", "key = ***"),
            ("\"key\" = 'alice-key", "\"key\" = ***"),
            ("secret_access_key: abc", "secret_access_key***"),
            ("key = \"ali\"ce-key\"", "key = ***"),
            ("kye = \"alice-key", "***"),
            ("alice-key", "***"),
            ("[[api_key]] key = \"alice", "[[api_key]]***"),
            ("[alice-key", "***"),
            ("user = [{ api_key = \"alice\" user", "user = [{ api_key***"),
            ("{ key = 5 5 }", "***"),
            ("access_key_id = \"AKIDsecret_access_key = \"abc", "access_key_id = \"AKIDsecret_access_key***"),
            ("region = \"usey = \"abc", "region = \"usey ***"),
        ] {
            assert_eq!(shown(line), expected, "{line}");
        }
    }

    #[test]
    fn a_broken_line_is_looked_at_where_it_seems_to_stand() {
        let secrets = |text: &str| of_broken_text(text, text.len()).secrets.len();
        assert_eq!(secrets("[[api_key]]\nuser_id = \"65"), 0);
        assert_eq!(secrets("[[api_key]]\nlisten = \"65"), 1);
        assert_eq!(secrets("[[user]]\n\nusername = \"jane"), 0);
        assert_eq!(secrets("[[unknown]]\nusername = \"jane"), 1);
    }

    fn masked(text: &str) -> Vec<&str> {
        let root = DeTable::parse(text).unwrap();
        let shown = of_document(text, root.get_ref());
        assert_eq!(shown.text.len(), text.len());
        shown.secrets.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn of_a_document_secrets_and_the_unknown_are_masked() {
        let text = "listen = 'a'\nkye = 'b'\n[[api_key]]\nkey = 'c'\nuser_id = 'd'\n[x]\nlisten = 'e'\n\
                    [[user]]\nuser_id = 'f'\napi_key = 'g'\n";
        assert_eq!(masked(text), ["'b'", "'c'", "'e'", "'g'"]);
        let text = "api_key = ['a', {key = 'b', user_id = 'c'}]\nsecret_access_key = 5";
        assert_eq!(masked(text), ["'a'", "'b'", "5"]);
    }

    #[test]
    fn comments_are_blank() {
        let text = "# alice-key\nlisten = 'a#b' # bob\nspec = [ # x\n 'é' ]";
        let shown = of_document(text, DeTable::parse(text).unwrap().get_ref());
        assert_eq!(shown.text, "           \nlisten = 'a#b'      \nspec = [    \n 'é' ]");
        assert_eq!(of_broken_text("a = 1\nseed = x # é\n", 13).text, "a = 1\nseed = x     \n");
        let late = of_broken_text("spec = 'a#b' x # alice", 13);
        assert_eq!(late.secrets, vec![9..22]);
    }
}
