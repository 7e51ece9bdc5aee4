//! JSON as a tree with places. `serde_json` judges the text as a whole first, so that what walks it here can
//! rely on every bracket and every quote.

use serde::de::IgnoredAny;
use serde_json::Value;

use super::{DEEPEST, Entry, Kind, MOST_NODES, Node, Place, Problem, too_deep, too_many};

/// Parses a text.
pub(super) fn parse(text: &str) -> Result<Node, Problem> {
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        let at = Place { line: error.line().max(1), column: error.column().max(1) };
        // The place is told apart from the message.
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        return Err(Problem { at, message: format!("this is no JSON: {message}") });
    }
    Scanner { text, position: 0, counted: 0, place: Place::START, nodes: 0 }.value(1)
}

/// Walks a text that is JSON.
struct Scanner<'a> {
    text: &'a str,
    position: usize,
    /// How far `place` has been counted. It only ever goes forward, or a long line would cost its square.
    counted: usize,
    place: Place,
    nodes: usize,
}

impl Scanner<'_> {
    fn value(&mut self, depth: usize) -> Result<Node, Problem> {
        self.skip_blanks();
        let at = self.place();
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(too_many(at));
        }
        // As many brackets in one another, and a scalar in the last.
        if depth > DEEPEST + 1 {
            return Err(too_deep(at));
        }
        let kind = match self.next() {
            Some(b'{') => Kind::Map(self.entries(depth)?),
            Some(b'[') => Kind::List(self.items(depth)?),
            _ => Kind::Scalar(self.scalar(at)?),
        };
        Ok(Node { at, kind })
    }

    fn items(&mut self, depth: usize) -> Result<Vec<Node>, Problem> {
        let mut items = Vec::new();
        self.position += 1;
        while self.has_more(b']') {
            items.push(self.value(depth + 1)?);
        }
        Ok(items)
    }

    fn entries(&mut self, depth: usize) -> Result<Vec<Entry>, Problem> {
        let mut entries = Vec::new();
        self.position += 1;
        while self.has_more(b'}') {
            let at = self.place();
            let name = match self.scalar(at)? {
                Value::String(name) => name,
                other => other.to_string(),
            };
            self.skip_blanks();
            self.position += 1;
            let mut value = self.value(depth + 1)?;
            if !matches!(value.kind, Kind::Scalar(_)) {
                value.at = at;
            }
            entries.push(Entry { name, at, value });
        }
        Ok(entries)
    }

    /// Whether another item comes before the end, which is passed otherwise.
    fn has_more(&mut self, end: u8) -> bool {
        self.skip_blanks();
        if self.next() == Some(b',') {
            self.position += 1;
            self.skip_blanks();
        }
        if self.next() != Some(end) {
            return self.next().is_some();
        }
        self.position += 1;
        false
    }

    fn scalar(&mut self, at: Place) -> Result<Value, Problem> {
        let rest = &self.text[self.position..];
        let length = if let Some(inside) = rest.strip_prefix('"') {
            let mut escaped = false;
            let end = inside.bytes().position(|byte| {
                let ends = byte == b'"' && !escaped;
                escaped = byte == b'\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |end| end + 2)
        } else {
            rest.find([',', ']', '}', ' ', '\t', '\r', '\n']).unwrap_or(rest.len())
        };
        let text = &rest[..length];
        self.position += length;
        serde_json::from_str(text)
            .map_err(|_| Problem { at, message: format!("`{text}` is no value that a document can have") })
    }

    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn skip_blanks(&mut self) {
        while self.next().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.position += 1;
        }
    }

    fn place(&mut self) -> Place {
        for character in self.text[self.counted..self.position].chars() {
            if character == '\n' {
                self.place = Place { line: self.place.line + 1, column: 1 };
            } else {
                self.place.column += 1;
            }
        }
        self.counted = self.position;
        self.place
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn columns_count_characters() {
        let root = parse("{\"ä\": \"ö\", \"b\\\"\": [1,\n  \"\\ud83d\\ude00\"]}").unwrap();
        assert_eq!(root.entries()[1].at, Place { line: 1, column: 12 });
        assert_eq!(root.entries()[1].name, "b\"");
        let emoji = &root.entries()[1].value.items()[1];
        assert_eq!((emoji.at, emoji.text()), (Place { line: 2, column: 3 }, Some("😀")));
    }

    #[test]
    fn what_is_no_json_is_told_with_its_place() {
        let problem = parse("{\n  \"a\": 1,\n}").unwrap_err();
        assert_eq!(problem.at, Place { line: 3, column: 1 });
        assert_eq!(problem.message, "this is no JSON: key must be a string");
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(".{0,4}", inner, 0..4)
                    .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_tree_is_what_serde_json_reads(value in json(), pretty: bool) {
            let text = if pretty { format!("{value:#}") } else { value.to_string() };
            prop_assert_eq!(parse(&text).unwrap().value(&mut Vec::new()), value);
        }

        #[test]
        fn any_text_is_a_tree_or_a_problem(text in "[\\[\\]{},:\"0-9a\\\\ \n]{0,40}") {
            let _ = parse(&text);
        }
    }
}
