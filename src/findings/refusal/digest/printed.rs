//! Bodies that are the file's bytes as a program prints them: numbers, hex digits, Python's `b'…'`.

use super::{Explanation, Wanted};

/// Limit on the text that is read as numbers, in bytes: about four for one number.
const MAX_LENGTH: usize = 16 << 20;

/// Reads bytes back from a printed form.
type Read = fn(&str) -> Option<Vec<u8>>;

/// Printed forms, each with its reader.
const FORMS: [(Read, &str); 4] = [
    (numbers, "a list of the file's bytes as numbers"),
    (hex_pairs, "the file's bytes as hex digits with separators"),
    (python, "the file as Python prints bytes, `b'…'`"),
    (percent, "the file with all its bytes percent-encoded"),
];

/// Finds the announced file by reading a printed form.
pub(super) fn prove(body: &[u8], wanted: &Wanted) -> Option<Explanation> {
    if body.len() > MAX_LENGTH {
        return None;
    }
    let text = std::str::from_utf8(body).ok()?.trim();
    let (_, what) = FORMS.iter().find(|(read, _)| read(text).is_some_and(|bytes| wanted.is(&bytes)))?;
    Some(Explanation::new("s3-body-encoded", format!("The body is {what}.")))
}

/// Reads `255,216,255`, `[255 216 255]`, `-1, -40, -1`.
fn numbers(text: &str) -> Option<Vec<u8>> {
    let list = text.trim_start_matches(['[', '{', '(']).trim_end_matches([']', '}', ')']);
    let is_separator = |character: char| character == ',' || character.is_ascii_whitespace();
    let numbers = list.split(is_separator).filter(|number| !number.is_empty());
    numbers
        .map(|number| {
            number.parse::<u8>().ok().or_else(|| number.parse::<i8>().ok().map(|byte| byte.to_ne_bytes()[0]))
        })
        .collect()
}

/// Reads `ff d8 ff`, `ff:d8:ff`, `0xff,0xd8,0xff`, `\xff\xd8`, `<Buffer ff d8 ff>`.
fn hex_pairs(text: &str) -> Option<Vec<u8>> {
    let list = text.strip_prefix("<Buffer").and_then(|rest| rest.strip_suffix('>')).unwrap_or(text);
    let list = list.replace("0x", " ").replace("\\x", " ");
    let is_separator = |character: char| ",:-[]{}".contains(character) || character.is_ascii_whitespace();
    let digits: String = list.chars().filter(|character| !is_separator(*character)).collect();
    hex::decode(digits).ok()
}

/// Reads `b'…'`.
fn python(text: &str) -> Option<Vec<u8>> {
    let rest = text.strip_prefix('b')?;
    let inside = rest.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    let inside = inside.or_else(|| rest.strip_prefix('"')?.strip_suffix('"'))?;
    let mut bytes = Vec::with_capacity(inside.len());
    let mut rest = inside.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let (escape, after) = rest.split_first()?;
        rest = after;
        match escape {
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'x' => {
                let mut byte = [0];
                hex::decode_to_slice(rest.get(..2)?, &mut byte).ok()?;
                bytes.extend(byte);
                rest = &rest[2..];
            }
            other => bytes.push(*other),
        }
    }
    Some(bytes)
}

/// Reads `%ff%d8%ff`.
fn percent(text: &str) -> Option<Vec<u8>> {
    text.starts_with('%').then(|| percent_encoding::percent_decode_str(text).collect())
}
