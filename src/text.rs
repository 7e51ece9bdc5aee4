//! Text for messages: quoting, plurals, lists and suggestions.

use std::fmt::Display;

/// Longest value that a message quotes, in characters.
const MAX_QUOTED: usize = 80;

/// Longest name for which a suggestion is looked up, in bytes. No known name is longer.
const MAX_NAME: usize = 64;

/// Quotes an untrusted value in backticks, shortened as by [`short`].
pub(crate) fn quoted(value: &str) -> String {
    format!("`{}`", short(value))
}

/// Shortens an untrusted value to 80 characters on one line, with control characters escaped.
pub(crate) fn short(value: &str) -> String {
    let mut shown = String::new();
    for (count, character) in value.chars().enumerate() {
        if count == MAX_QUOTED {
            shown.push('…');
            break;
        }
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Cuts a text to at most `limit` bytes, at the end of a character.
pub fn cut(text: &mut String, limit: usize) {
    const MARK: &str = "…";
    if text.len() > limit {
        text.truncate(text.floor_char_boundary(limit - MARK.len()));
        text.push_str(MARK);
    }
}

/// Counts things: `1 byte`, `2 bytes`, `0 properties`.
pub(crate) fn counted(count: impl TryInto<u64>, noun: &str) -> String {
    match (count.try_into().unwrap_or(u64::MAX), noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (count, Some(stem)) if !stem.ends_with(['a', 'e', 'o']) => format!("{count} {stem}ies"),
        (count, _) => format!("{count} {noun}s"),
    }
}

/// Joins names as `a`, `a and b`, `a, b and c`.
pub(crate) fn and<T: Display>(names: impl IntoIterator<Item = T>) -> String {
    listed(names, "and")
}

/// Joins names as `a`, `a or b`, `a, b or c`.
pub(crate) fn or<T: Display>(names: impl IntoIterator<Item = T>) -> String {
    listed(names, "or")
}

fn listed<T: Display>(names: impl IntoIterator<Item = T>, conjunction: &str) -> String {
    let names: Vec<String> = names.into_iter().map(|name| name.to_string()).collect();
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} {conjunction} {last}", before.join(", ")),
    }
}

/// Finds the known name that was most likely meant, if one is near: one slip for every three of its characters is
/// allowed, and at most four. Case does not count, nor whether words are joined by `-` or `_`.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > MAX_NAME {
        return None;
    }
    let plain = |name: &str| name.to_lowercase().replace('_', "-");
    let name = plain(name);
    known
        .into_iter()
        .map(|known| (strsim::osa_distance(&name, &plain(known)), known))
        .filter(|(slips, known)| *slips <= (known.len() / 3).clamp(1, 4))
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, known)| known)
}

/// Suggests the nearest known name, as ` (did you mean `name`?)` to append to a message, or nothing.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, known).map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_short_and_on_one_line() {
        assert_eq!(quoted("a\r\nb\u{7f}é"), "`a\\r\\nb\\u{7f}é`");
        assert_eq!(quoted(&"é".repeat(81)), format!("`{}…`", "é".repeat(80)));
    }

    #[test]
    fn cuts_between_characters() {
        for length in 70..90 {
            let mut text = "a".repeat(length).replace("aa", "ä");
            cut(&mut text, 75);
            assert!(text.len() <= 75 && (text.ends_with('…') || length <= 75));
        }
    }

    #[test]
    fn counts_and_lists_read_as_in_a_sentence() {
        assert_eq!([counted(1, "byte"), counted(2_usize, "byte")], ["1 byte", "2 bytes"]);
        assert_eq!([counted(0, "property"), counted(2, "key")], ["0 properties", "2 keys"]);
        assert_eq!([and(["a"]), and(["a", "b"]), or(["a", "b", "c"])], ["a", "a and b", "a, b or c"]);
        assert_eq!(or([""; 0]), "");
    }

    #[test]
    fn suggests_near_names_only() {
        let known = ["url_expiry", "api_key", "user", "listen", "lost-response"];
        for (name, near) in [
            ("url_expire", Some("url_expiry")),
            ("url-expiry", Some("url_expiry")),
            ("API_KEY", Some("api_key")),
            ("users", Some("user")),
            ("lsiten", Some("listen")),
            ("lost_respnse", Some("lost-response")),
            ("frobnicate", None),
            ("", None),
            (&"a".repeat(1000), None),
        ] {
            assert_eq!(nearest(name, known), near, "{name}");
        }
        assert_eq!(did_you_mean("usr", known), " (did you mean `user`?)");
    }
}
