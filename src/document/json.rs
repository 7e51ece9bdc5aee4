//! JSON as a tree. `serde_json` parses; the addresses of its borrowed text give the positions.

use std::fmt;

use serde::{
    Deserialize,
    de::{Deserializer, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{Entry, MAX_DEPTH, MAX_NODES, Node, NodeKind, Problem, too_deep, too_many};

/// Parses a JSON text, which may begin with a byte order mark, as editors on Windows write one.
pub(crate) fn parse(text: &str) -> Result<Node, Problem> {
    let content = text.strip_prefix('\u{feff}').unwrap_or(text);
    let begin = text.len() - content.len();
    let raw = serde_json::from_str(content).map_err(|error| {
        let lines = content.split_inclusive('\n').take(error.line().saturating_sub(1));
        let at = begin + lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
        // The message excludes the position.
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        Problem { at: text.floor_char_boundary(at), message: format!("not valid JSON: {message}") }
    })?;
    Reader { text, nodes: 0 }.node(raw, 1)
}

/// Takes apart a text that is valid JSON, level by level.
struct Reader<'a> {
    text: &'a str,
    nodes: usize,
}

impl<'a> Reader<'a> {
    fn node(&mut self, raw: &'a RawValue, depth: usize) -> Result<Node, Problem> {
        let text = raw.get();
        let start = text.as_ptr().addr() - self.text.as_ptr().addr();
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(too_many(start));
        }
        // As many brackets in one another, and a scalar in the last.
        if depth > MAX_DEPTH + 1 {
            return Err(too_deep(start));
        }
        let invalid = |_| Problem { at: start, message: format!("{text} is not a valid value") };
        let kind = match text.as_bytes().first() {
            Some(b'{') => {
                let Members(members) = serde_json::from_str(text).map_err(invalid)?;
                NodeKind::Table(
                    members
                        .into_iter()
                        .map(|(name, value)| self.entry(name, value, depth))
                        .collect::<Result<_, _>>()?,
                )
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text).map_err(invalid)?;
                NodeKind::List(
                    items.into_iter().map(|item| self.node(item, depth + 1)).collect::<Result<_, _>>()?,
                )
            }
            // Half of a surrogate pair is valid JSON, and no text.
            Some(b'"') => NodeKind::Text(serde_json::from_str(text).map_err(invalid)?),
            Some(b't' | b'f') => NodeKind::Bool(text == "true"),
            Some(b'n') => NodeKind::Null,
            _ => NodeKind::Number(text.to_owned()),
        };
        Ok(Node { span: start..start + text.len(), kind })
    }

    fn entry(&mut self, name: &'a RawValue, value: &'a RawValue, depth: usize) -> Result<Entry, Problem> {
        let Node { span, kind: NodeKind::Text(name) } = self.node(name, depth)? else {
            return Err(Problem { at: 0, message: "names must be texts".to_owned() });
        };
        Ok(Entry { name, span, value: self.node(value, depth + 1)? })
    }
}

/// Names and values of an object, not yet parsed.
struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Vec<(&'de RawValue, &'de RawValue)>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = access.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Reader).map(Members)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn knows_places_of_names_and_values() {
        let text = "\u{feff}{\"ä\": \"ö\", \"b\\\"\": [1,\n  \"\\ud83d\\ude00\"]}";
        let root = parse(text).unwrap();
        let [_, Entry { name, span, value }] = root.entries() else { panic!("{root:?}") };
        assert_eq!((name.as_str(), &text[span.clone()]), ("b\"", "\"b\\\"\""));
        assert_eq!(&text[value.span.clone()], "[1,\n  \"\\ud83d\\ude00\"]");
        assert_eq!(value.to_json(), serde_json::json!([1, "😀"]));
    }

    #[test]
    fn reports_where_a_text_stops_being_json() {
        let text = "{\n  \"a\": 1,\n}";
        let Problem { at, message } = parse(text).unwrap_err();
        assert_eq!((&text[at..], message.as_str()), ("}", "not valid JSON: key must be a string"));
        assert_eq!(parse(r#"[1, "\ud800"]"#).unwrap_err().at, 4);
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
        fn reads_what_serde_json_reads(value in json(), pretty: bool) {
            let text = if pretty { format!("{value:#}") } else { value.to_string() };
            prop_assert_eq!(parse(&text).unwrap().to_json(), value);
        }

        #[test]
        fn survives_any_text(text in "[\\[\\]{},:\"0-9a\\\\ \n]{0,40}") {
            let _ = parse(&text);
        }
    }
}
