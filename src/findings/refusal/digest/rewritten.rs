//! JSON that was parsed and written again: the same values with other blanks, line ends and
//! escapes. The body is written in the ways of common programs until one has the announced digest.

use std::fmt::Write;

use super::{Explanation, Wanted};

/// Longest body that is written again, in bytes.
const MAX_LENGTH: usize = 1 << 20;

/// A layout of JSON: the indent of each level, or `None` for one line; the text after a comma and a colon.
struct Layout {
    name: &'static str,
    indent: Option<&'static str>,
    after_comma: &'static str,
    after_colon: &'static str,
}

const LAYOUTS: [Layout; 7] = [
    Layout { name: "in one line without blanks", indent: None, after_comma: "", after_colon: "" },
    Layout { name: "in one line with blanks", indent: None, after_comma: " ", after_colon: " " },
    Layout { name: "indented by 2 blanks", indent: Some("  "), after_comma: "", after_colon: " " },
    Layout { name: "indented by 4 blanks", indent: Some("    "), after_comma: "", after_colon: " " },
    Layout { name: "indented by tabs", indent: Some("\t"), after_comma: "", after_colon: " " },
    Layout { name: "indented by 1 blank", indent: Some(" "), after_comma: "", after_colon: " " },
    Layout { name: "indented by 3 blanks", indent: Some("   "), after_comma: "", after_colon: " " },
];

/// Form of characters beyond ASCII.
#[derive(Clone, Copy)]
enum Escapes {
    AsTheyAre,
    Escaped,
    Plain,
}

/// Finds the announced file by writing the body's JSON in other ways.
pub(super) fn prove(body: &[u8], wanted: &Wanted) -> Option<Explanation> {
    if body.len() > MAX_LENGTH || serde_json::from_slice::<serde::de::IgnoredAny>(body).is_err() {
        return None;
    }
    let tokens = tokens(std::str::from_utf8(body).ok()?);
    for escapes in [Escapes::AsTheyAre, Escapes::Escaped, Escapes::Plain] {
        for layout in &LAYOUTS {
            let written = write(&tokens, layout, escapes);
            for end in ["", "\n", "\r\n"] {
                let unix = format!("{written}{end}");
                if wanted.is(unix.as_bytes()) || wanted.is(unix.replace('\n', "\r\n").as_bytes()) {
                    let what = format!(
                        "The body is the file's JSON, parsed and written again: the file has it {}{}{}.",
                        layout.name,
                        if end.is_empty() { "" } else { ", with a line end behind it" },
                        match escapes {
                            Escapes::AsTheyAre => "",
                            Escapes::Escaped => ", with `\\u` escapes",
                            Escapes::Plain => ", without `\\u` escapes",
                        }
                    );
                    return Some(Explanation::new("s3-body-json-rewritten", what));
                }
            }
        }
    }
    None
}

/// Splits valid JSON into strings with their quotes, marks, and everything else.
fn tokens(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        at += 1;
        match bytes[start] {
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            b'"' => {
                while bytes.get(at).is_some_and(|byte| *byte != b'"') {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'{' | b'}' | b'[' | b']' | b',' | b':' => {}
            _ => {
                let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"{}[],:\"".contains(byte);
                at = start + bytes[start..].iter().position(is_end).unwrap_or(bytes.len() - start);
            }
        }
        tokens.push(text.get(start..at.min(bytes.len())).unwrap_or_default());
    }
    tokens
}

fn write(tokens: &[&str], layout: &Layout, escapes: Escapes) -> String {
    let mut text = String::new();
    let mut depth = 0_usize;
    let line = |text: &mut String, depth: usize| {
        if let Some(indent) = layout.indent {
            text.push('\n');
            (0..depth).for_each(|_| text.push_str(indent));
        }
    };
    for (index, token) in tokens.iter().enumerate() {
        let next_closes = tokens.get(index + 1).is_some_and(|next| matches!(*next, "}" | "]"));
        let last_opens = index.checked_sub(1).is_some_and(|last| matches!(tokens[last], "{" | "["));
        match *token {
            "{" | "[" => {
                text.push_str(token);
                depth += 1;
                if !next_closes {
                    line(&mut text, depth);
                }
            }
            "}" | "]" => {
                depth = depth.saturating_sub(1);
                if !last_opens {
                    line(&mut text, depth);
                }
                text.push_str(token);
            }
            "," => {
                text.push(',');
                text.push_str(layout.after_comma);
                line(&mut text, depth);
            }
            ":" => {
                text.push(':');
                text.push_str(layout.after_colon);
            }
            token if token.starts_with('"') => push_string(&mut text, token, escapes),
            token => text.push_str(token),
        }
    }
    text
}

fn push_string(text: &mut String, token: &str, escapes: Escapes) {
    match escapes {
        Escapes::AsTheyAre => text.push_str(token),
        Escapes::Escaped => {
            for character in token.chars() {
                if character.is_ascii() {
                    text.push(character);
                    continue;
                }
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = write!(text, "\\u{unit:04x}");
                }
            }
        }
        Escapes::Plain => match serde_json::from_str::<String>(token) {
            Ok(plain) => text.push_str(&serde_json::to_string(&plain).unwrap_or_default()),
            Err(_) => text.push_str(token),
        },
    }
}
