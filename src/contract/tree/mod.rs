//! A YAML or JSON text as a tree that knows the line and column of each of its parts. The contract is made
//! from the values of such a tree, and what the lint finds is told by its places.
//!
//! Whoever wrote the text is not trusted: depth and number of values are bounded, so that nothing that walks
//! a tree needs bounds of its own.

use serde_json::{Map, Value};

use super::{pointer, sentence};

mod json;
mod plain;
mod yaml;

/// How deep values may be in one another. Real documents stay below 40.
const DEEPEST: usize = 128;

/// How many values a text may have, each use of an alias counted in full.
const MOST_NODES: usize = 500_000;

/// How many names that are given twice are told.
const MOST_TWICE: usize = 100;

/// A place in a text, both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Place {
    pub(super) const START: Self = Self { line: 1, column: 1 };
}

/// Which language a text is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Yaml,
    Json,
    /// JSON where it is, or else YAML.
    Either,
}

/// Why there is no tree.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) at: Place,
    pub(super) message: String,
}

/// One value.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Where it stands; an object or a list that has a name stands where its name does.
    pub(super) at: Place,
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Scalar(Value),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A named value of an object.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    /// Where the name stands.
    pub(super) at: Place,
    pub(super) value: Node,
}

/// A name that an object has twice.
pub(super) struct Twice<'a> {
    pub(super) first: Place,
    pub(super) second: &'a Entry,
}

/// Parses a text.
pub(super) fn parse(text: &str, language: Language) -> Result<Node, Problem> {
    match language {
        Language::Json => json::parse(text),
        // JSON is YAML, nearly: its own parser knows its escapes, and tabs that do not indent.
        Language::Either if text.trim_start().starts_with('{') => {
            json::parse(text).or_else(|_| yaml::parse(text))
        }
        Language::Yaml | Language::Either => yaml::parse(text),
    }
}

fn too_deep(at: Place) -> Problem {
    Problem { at, message: format!("values are more than {DEEPEST} deep in one another here") }
}

fn too_many(at: Place) -> Problem {
    Problem { at, message: format!("the document has more than {MOST_NODES} values") }
}

impl Node {
    /// The names and values of an object; none where it is no object.
    pub(super) fn entries(&self) -> &[Entry] {
        if let Kind::Map(entries) = &self.kind { entries } else { &[] }
    }

    /// The items of a list; none where it is no list.
    pub(super) fn items(&self) -> &[Node] {
        if let Kind::List(items) = &self.kind { items } else { &[] }
    }

    /// The value of that name.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.name == name).map(|entry| &entry.value)
    }

    /// The text, where it is one.
    pub(super) fn text(&self) -> Option<&str> {
        if let Kind::Scalar(Value::String(text)) = &self.kind { Some(text) } else { None }
    }

    /// What it is, as part of a sentence.
    pub(super) fn what(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar(value) => sentence::kind_of(value),
            Kind::List(_) => "a list",
            Kind::Map(_) => "an object",
        }
    }

    /// The node at a JSON Pointer.
    pub(super) fn at_pointer(&self, pointer: &str) -> Option<&Node> {
        pointer.split('/').skip(1).try_fold(self, |node, segment| {
            let name = segment.replace("~1", "/").replace("~0", "~");
            match &node.kind {
                Kind::Scalar(_) => None,
                Kind::List(items) => items.get(name.parse::<usize>().ok()?),
                Kind::Map(_) => node.get(&name),
            }
        })
    }

    /// The JSON Pointer to a part of this tree, found by its address.
    pub(super) fn pointer_to(&self, part: &Node) -> Option<String> {
        if std::ptr::eq(self, part) {
            return Some(String::new());
        }
        let below =
            |segment: &str, node: &Node| node.pointer_to(part).map(|rest| pointer::join("", segment) + &rest);
        match &self.kind {
            Kind::Scalar(_) => None,
            Kind::List(items) => {
                items.iter().enumerate().find_map(|(index, item)| below(&index.to_string(), item))
            }
            Kind::Map(entries) => entries.iter().find_map(|entry| below(&entry.name, &entry.value)),
        }
    }

    /// The value without its places. Of two values of one name the first counts, and the second is told, up
    /// to a hundred of them.
    pub(super) fn value<'a>(&'a self, twice: &mut Vec<Twice<'a>>) -> Value {
        match &self.kind {
            Kind::Scalar(value) => value.clone(),
            Kind::List(items) => items.iter().map(|item| item.value(twice)).collect(),
            Kind::Map(entries) => {
                let mut map = Map::new();
                for entry in entries {
                    if map.contains_key(&entry.name) {
                        if twice.len() >= MOST_TWICE {
                            continue;
                        }
                        let first = entries.iter().find(|first| first.name == entry.name);
                        let first = first.map_or(entry.at, |first| first.at);
                        twice.push(Twice { first, second: entry });
                    } else {
                        map.insert(entry.name.clone(), entry.value.value(twice));
                    }
                }
                Value::Object(map)
            }
        }
    }

    /// How many values it is, itself included, and how deep.
    fn extent(&self) -> (usize, usize) {
        let children: Vec<(usize, usize)> = match &self.kind {
            Kind::Scalar(_) => return (1, 1),
            Kind::List(items) => items.iter().map(Self::extent).collect(),
            Kind::Map(entries) => entries.iter().map(|entry| entry.value.extent()).collect(),
        };
        let count = children.iter().map(|(count, _)| count).sum::<usize>();
        (count + 1, children.iter().map(|(_, depth)| *depth).max().unwrap_or(0) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "a:\n  - b: 1\n    c/d: two\ne: {f: [true]}\n";

    fn value(text: &str, language: Language) -> Value {
        parse(text, language).unwrap().value(&mut Vec::new())
    }

    #[test]
    fn yaml_and_json_give_the_same_tree() {
        let json = r#"{"a": [{"b": 1, "c/d": "two"}], "e": {"f": [true]}}"#;
        assert_eq!(value(YAML, Language::Yaml), value(json, Language::Json));
        assert_eq!(value(YAML, Language::Either), value(json, Language::Either));
        // YAML that begins as JSON does.
        assert_eq!(value("{a: [1]}", Language::Either), serde_json::json!({"a": [1]}));
    }

    #[test]
    fn every_value_has_its_place() {
        let root = parse(YAML, Language::Yaml).unwrap();
        let place = |pointer| {
            let Place { line, column } = root.at_pointer(pointer).unwrap().at;
            (line, column)
        };
        assert_eq!(place("/a"), (1, 1));
        assert_eq!(place("/a/0"), (2, 5));
        assert_eq!(place("/a/0/b"), (2, 8));
        assert_eq!(place("/a/0/c~1d"), (3, 10));
        assert_eq!(place("/e/f"), (4, 5));
        assert!(root.at_pointer("/a/1").is_none());
    }

    #[test]
    fn a_part_is_found_by_its_address() {
        let root = parse(YAML, Language::Yaml).unwrap();
        for pointer in ["", "/a", "/a/0/c~1d", "/e/f/0"] {
            assert_eq!(root.pointer_to(root.at_pointer(pointer).unwrap()).as_deref(), Some(pointer));
        }
    }

    #[test]
    fn the_first_of_two_names_counts_and_the_second_is_told() {
        for (text, language) in [("a: 1\na: 2\n", Language::Yaml), ("{\"a\": 1,\n\"a\": 2}", Language::Json)]
        {
            let root = parse(text, language).unwrap();
            let mut twice = Vec::new();
            assert_eq!(root.value(&mut twice), serde_json::json!({"a": 1}));
            assert_eq!((twice.len(), twice[0].first.line, twice[0].second.at.line), (1, 1, 2));
        }
    }

    #[test]
    fn depth_is_bounded_in_both_languages() {
        let nested = |depth| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        for language in [Language::Yaml, Language::Json] {
            assert!(parse(&nested(DEEPEST), language).is_ok());
            for depth in [DEEPEST + 1, 100_000] {
                let problem = parse(&nested(depth), language).unwrap_err();
                assert!(problem.message.contains("deep"), "{problem:?}");
            }
        }
    }
}
