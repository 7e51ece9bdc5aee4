//! JSON as the neutral tree. `serde_json` judges the text; it keeps no places, so that they are found here, in a
//! text that is known to be JSON.

use serde::de::IgnoredAny;

use super::node::{Entry, Node, What};
use crate::fault::mistake::{Mistake, quoted};

/// No set of rules is deeper: a document, a list, a rule, an effect, a field.
const DEEPEST: usize = 8;

/// The tree of a document. Editors on Windows put a byte order mark before it, which is no part of it.
pub(super) fn tree(text: &str) -> Result<Node, Mistake> {
    let begin = text.len() - without_mark(text).len();
    serde_json::from_str::<IgnoredAny>(&text[begin..]).map_err(|error| no_json(text, begin, &error))?;
    Walker { text, at: begin }.value(0)
}

/// A text without the byte order mark before it.
pub(super) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// A document that begins there is no JSON.
fn no_json(text: &str, begin: usize, error: &serde_json::Error) -> Mistake {
    let lines = text[begin..].split_inclusive('\n').take(error.line().saturating_sub(1));
    let line_start = begin + lines.map(str::len).sum::<usize>();
    let at = text.floor_char_boundary(line_start + error.column().saturating_sub(1));
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    Mistake::new("", format!("this is no JSON: {message}"), "write a rule as JSON, or in the short form")
        .at(&(at..at))
}

/// Goes through a text that is JSON.
struct Walker<'a> {
    text: &'a str,
    at: usize,
}

impl Walker<'_> {
    fn value(&mut self, depth: usize) -> Result<Node, Mistake> {
        let start = self.next();
        let what = match self.byte() {
            _ if depth > DEEPEST => {
                let what = "this is nested deeper than any rule";
                return Err(
                    Mistake::new("", what, "write a rule, or a list of rules").at(&(start..start + 1))
                );
            }
            b'"' => What::Text(self.text()?),
            b'[' => What::List(self.list(depth)?),
            b'{' => What::Table(self.table(depth)?),
            b't' | b'f' => self.word("true or false"),
            b'n' => self.word("null"),
            _ => {
                self.skip(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
                What::Number(self.text[start..self.at].to_owned())
            }
        };
        Ok(Node { span: start..self.at, what })
    }

    fn word(&mut self, kind: &'static str) -> What {
        self.skip(|byte| byte.is_ascii_alphabetic());
        What::Other(kind)
    }

    fn text(&mut self) -> Result<String, Mistake> {
        let start = self.at;
        self.at += 1;
        while !matches!(self.byte(), b'"' | 0) {
            self.at += if self.byte() == b'\\' { 2 } else { 1 };
        }
        self.at = (self.at + 1).min(self.text.len());
        let written = self.text.get(start..self.at).unwrap_or_default();
        serde_json::from_str(written).map_err(|_| {
            let what = format!("{} is no text", quoted(written));
            Mistake::new("", what, "write both halves of a surrogate pair").at(&(start..self.at))
        })
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, Mistake> {
        let mut values = Vec::new();
        while self.has_more(b']') {
            values.push(self.value(depth + 1)?);
        }
        Ok(values)
    }

    fn table(&mut self, depth: usize) -> Result<Vec<Entry>, Mistake> {
        let mut entries: Vec<Entry> = Vec::new();
        while self.has_more(b'}') {
            let start = self.at;
            let name = self.text()?;
            let span = start..self.at;
            if entries.iter().any(|known| known.name == name) {
                let what = format!("`{}` is there already", quoted(&name));
                return Err(Mistake::new("", what, "write it once").at(&span));
            }
            self.next();
            // The colon.
            self.at += 1;
            entries.push(Entry { name, span, value: self.value(depth + 1)? });
        }
        Ok(entries)
    }

    /// Steps over the bracket that opens or the comma behind a value, to the next value; or over the bracket that
    /// closes.
    fn has_more(&mut self, closing: u8) -> bool {
        self.next();
        if self.byte() != closing {
            self.at += 1;
            self.next();
        }
        let is_over = [closing, 0].contains(&self.byte());
        if is_over {
            self.at = (self.at + 1).min(self.text.len());
        }
        !is_over
    }

    /// The position of the next character that is no blank.
    fn next(&mut self) -> usize {
        self.skip(|byte| byte.is_ascii_whitespace());
        self.at
    }

    fn skip(&mut self, mut is_skipped: impl FnMut(u8) -> bool) {
        while self.at < self.text.len() && is_skipped(self.byte()) {
            self.at += 1;
        }
    }

    /// 0 at the end, where JSON has nothing.
    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or_default()
    }
}
