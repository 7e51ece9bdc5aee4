//! Documents in JSON, YAML and TOML as one neutral tree that knows the place of each of its parts. `contract` reads
//! OpenAPI documents with it, `fault` its rules.
//!
//! Documents are untrusted: depth and number of values are limited, so that code that walks a tree needs no limits.

use std::{collections::HashMap, ops::Range};

use serde_json::{Map, Value};

mod json;
pub(crate) mod pointer;
#[cfg(feature = "cli")]
mod toml;
mod yaml;

#[cfg(feature = "cli")]
pub(crate) use self::toml::{node as toml_value, tree as toml};
pub(crate) use self::{json::parse as json, yaml::parse as yaml};

/// Limit on values inside one another. Real documents stay below 40.
const MAX_DEPTH: usize = 128;

/// Limit on the values of a document, with every use of a YAML alias counted in full.
const MAX_NODES: usize = 500_000;

/// Reason why a text has no tree, and where: a byte offset.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub at: usize,
    pub message: String,
}

/// Value with its place in the text, in bytes.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub span: Range<usize>,
    pub kind: NodeKind,
}

/// Kind and content of a value.
#[derive(Clone, Debug)]
pub(crate) enum NodeKind {
    Null,
    Bool(bool),
    /// In decimal, as written otherwise.
    Number(String),
    Text(String),
    /// Text or number of a rule in the short form, which has no quotes to distinguish them.
    Word(String),
    DateTime,
    List(Vec<Node>),
    /// In the order of the text. JSON and YAML documents may have a name twice: see [`Node::duplicates`].
    Table(Vec<Entry>),
}

/// Named value of a table.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub name: String,
    /// Place of the name.
    pub span: Range<usize>,
    pub value: Node,
}

/// Name that a table has more than once.
pub(crate) struct Duplicate<'a> {
    /// JSON Pointer to the values of that name.
    pub pointer: String,
    pub first: &'a Entry,
    pub second: &'a Entry,
}

impl NodeKind {
    /// Names the kind of the value for a message.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(number) if number.contains(['.', 'e', 'E']) => "a number with a fraction",
            Self::Number(_) => "a number",
            Self::Text(_) | Self::Word(_) => "a text",
            Self::DateTime => "a date or time",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

impl Node {
    /// Returns the entries of a table, or none for other values.
    pub(crate) fn entries(&self) -> &[Entry] {
        if let NodeKind::Table(entries) = &self.kind { entries } else { &[] }
    }

    /// Returns the place of the value at a JSON Pointer, or of the deepest value above it.
    pub(crate) fn place_of(&self, pointer: &str) -> &Range<usize> {
        let mut node = self;
        for below in self.path(pointer) {
            node = below.1;
        }
        &node.span
    }

    /// Returns the place at which a reader looks for the value at a JSON Pointer: its name where it is a list or a
    /// table that has one, or else itself.
    pub(crate) fn head_of(&self, pointer: &str) -> &Range<usize> {
        match self.path(pointer).last() {
            Some((Some(name), Node { kind: NodeKind::List(_) | NodeKind::Table(_), .. })) => name,
            Some((_, node)) => &node.span,
            None => &self.span,
        }
    }

    /// Returns the place of the name of the value at a JSON Pointer, or of the value where it has none.
    pub(crate) fn name_of(&self, pointer: &str) -> &Range<usize> {
        match self.path(pointer).last() {
            Some((name, node)) => name.unwrap_or(&node.span),
            None => &self.span,
        }
    }

    /// Walks a JSON Pointer as far as values exist, with the position of each name.
    fn path<'a, 'p>(
        &'a self,
        pointer: &'p str,
    ) -> impl Iterator<Item = (Option<&'a Range<usize>>, &'a Node)> + use<'a, 'p> {
        let mut node = self;
        pointer.split('/').skip(1).map_while(move |segment| {
            let name = pointer::unescaped(segment);
            let (span, below) = if let NodeKind::List(items) = &node.kind {
                (None, items.get(name.parse::<usize>().ok()?)?)
            } else {
                let entry = node.entries().iter().find(|entry| entry.name == name)?;
                (Some(&entry.span), &entry.value)
            };
            node = below;
            Some((span, below))
        })
    }

    /// Returns names that come more than once in a table, at most `limit` of them, in the order of the text.
    pub(crate) fn duplicates(&self, limit: usize) -> Vec<Duplicate<'_>> {
        let mut found = Vec::new();
        self.add_duplicates("", limit, &mut found);
        found
    }

    fn add_duplicates<'a>(&'a self, pointer: &str, limit: usize, found: &mut Vec<Duplicate<'a>>) {
        if let NodeKind::List(items) = &self.kind {
            for (index, item) in items.iter().enumerate() {
                item.add_duplicates(&format!("{pointer}/{index}"), limit, found);
            }
        }
        let mut first: HashMap<&str, &Entry> = HashMap::new();
        for entry in self.entries() {
            let below = pointer::join(pointer, &entry.name);
            match first.get(entry.name.as_str()) {
                Some(first) if found.len() < limit => {
                    found.push(Duplicate { pointer: below, first, second: entry });
                }
                Some(_) => return,
                None => {
                    first.insert(&entry.name, entry);
                    entry.value.add_duplicates(&below, limit, found);
                }
            }
        }
    }

    /// Converts the tree to JSON without places. The first of several values with one name counts.
    pub(crate) fn to_json(&self) -> Value {
        match &self.kind {
            NodeKind::Bool(value) => Value::Bool(*value),
            // A number that is out of range stays a text.
            NodeKind::Number(text) => text.parse().map_or_else(|_| Value::from(text.as_str()), Value::Number),
            NodeKind::Text(text) | NodeKind::Word(text) => Value::from(text.as_str()),
            NodeKind::Null | NodeKind::DateTime => Value::Null,
            NodeKind::List(items) => items.iter().map(Self::to_json).collect(),
            NodeKind::Table(entries) => {
                let mut map = Map::new();
                for Entry { name, value, .. } in entries {
                    if !map.contains_key(name) {
                        map.insert(name.clone(), value.to_json());
                    }
                }
                Value::Object(map)
            }
        }
    }
}

/// Line and column of a text, both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub line: usize,
    pub column: usize,
}

/// Beginnings of the lines of a text, to find places in it.
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(starts).collect() }
    }

    /// Returns the place of a byte offset.
    pub(crate) fn place(&self, at: usize) -> Place {
        let at = self.text.floor_char_boundary(at);
        let line = self.starts.partition_point(|start| *start <= at);
        let start = self.starts[line - 1];
        Place { line, column: self.text[start..at].chars().count() + 1 }
    }
}

fn too_deep(at: usize) -> Problem {
    Problem { at, message: format!("values are nested more than {MAX_DEPTH} levels deep here") }
}

fn too_many(at: usize) -> Problem {
    Problem { at, message: format!("the document has more than {MAX_NODES} values") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "a:\n  - b: 1\n    c/d: two\ne: {f: [true]}\n";

    #[test]
    fn reads_yaml_and_json_alike() {
        let json_text = r#"{"a": [{"b": 1, "c/d": "two"}], "e": {"f": [true]}}"#;
        assert_eq!(yaml(YAML).unwrap().to_json(), json(json_text).unwrap().to_json());
    }

    #[test]
    fn knows_the_place_of_each_value() {
        let (root, lines) = (yaml(YAML).unwrap(), Lines::of(YAML));
        let place = |span: &Range<usize>| {
            let Place { line, column } = lines.place(span.start);
            (line, column)
        };
        assert_eq!(place(root.head_of("/a")), (1, 1));
        assert_eq!(place(root.head_of("/a/0")), (2, 5));
        assert_eq!(place(root.head_of("/a/0/b")), (2, 8));
        assert_eq!(place(root.head_of("/a/0/c~1d")), (3, 10));
        assert_eq!(place(root.name_of("/a/0/c~1d")), (3, 5));
        assert_eq!(place(root.head_of("/e/f")), (4, 5));
        assert_eq!(place(root.place_of("/a/1/x")), place(root.place_of("/a")));
    }

    #[test]
    fn finds_names_given_twice() {
        for root in
            [yaml("x:\n  a/b: 1\n  a/b: 2\n").unwrap(), json("{\"x\": {\"a/b\": 1, \"a/b\": 2}}").unwrap()]
        {
            assert_eq!(root.to_json(), serde_json::json!({"x": {"a/b": 1}}));
            let [Duplicate { pointer, first, second }] = &root.duplicates(9)[..] else { panic!() };
            assert_eq!(pointer, "/x/a~1b");
            assert!(first.span.start < second.span.start);
            assert!(root.duplicates(0).is_empty());
        }
    }

    #[test]
    fn bounds_depth_in_json_and_yaml() {
        let nested = |depth| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        for parse in [json, yaml] {
            assert!(parse(&nested(MAX_DEPTH)).is_ok());
            for depth in [MAX_DEPTH + 1, 100_000] {
                let problem = parse(&nested(depth)).unwrap_err();
                assert!(problem.message.contains("nested"), "{problem:?}");
            }
        }
    }
}
