//! YAML as a tree with places, built from the events of the parser without recursion. Aliases are put in
//! where they stand, within the bounds; merge keys (`<<`) are merged; names are text whatever they look like.

use std::collections::{HashMap, HashSet};

use granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, Tag};
use serde_json::Value;

use super::{DEEPEST, Entry, Kind, MOST_NODES, Node, Place, Problem, plain, too_deep, too_many};

/// Parses a text that is one YAML document.
pub(super) fn parse(text: &str) -> Result<Node, Problem> {
    let options = granit_parser::options! {
        emit_comments: false,
        // Beyond our own bound, which counts lists and objects of both styles together.
        flow_nesting_limit: DEEPEST + 8,
        block_nesting_limit: DEEPEST + 8,
    };
    let mut builder = Builder::default();
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| {
            let at = place(*error.marker());
            match error.kind() {
                // The scanner is ahead of the events, and meets the depth first.
                ErrorKind::RecursionLimitExceeded => too_deep(at),
                _ => Problem { at, message: format!("this is no YAML: {}", error.info()) },
            }
        })?;
        builder.take(event, place(span.start))?;
    }
    builder.root.ok_or_else(|| Problem { at: Place::START, message: "the document is empty".to_owned() })
}

fn place(marker: Marker) -> Place {
    Place { line: marker.line().max(1), column: marker.col() + 1 }
}

/// A tree under way.
#[derive(Default)]
struct Builder {
    root: Option<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

/// A list or an object that is not over yet.
struct Open {
    node: Node,
    anchor: usize,
    /// The name whose value comes next.
    name: Option<(String, Place)>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, at: Place) -> Result<(), Problem> {
        match event {
            Event::DocumentStart(..) if self.root.is_some() => Err(Problem {
                at,
                message: "a second YAML document begins here; give it a file of its own".to_owned(),
            }),
            Event::Scalar(text, style, anchor, tag) => {
                if self.wants_name() {
                    return self.name(text.into_owned(), anchor, at);
                }
                let value = scalar(&text, style, tag.as_deref(), at)?;
                self.finish(Node { at, kind: Kind::Scalar(value) }, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.begin(Kind::List(Vec::new()), anchor, tag.as_deref(), at)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.begin(Kind::Map(Vec::new()), anchor, tag.as_deref(), at)
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open { node, anchor, .. }) => self.finish(merged(node), anchor),
                None => Ok(()),
            },
            Event::Alias(anchor) => self.alias(anchor, at),
            _ => Ok(()),
        }
    }

    fn wants_name(&self) -> bool {
        self.open.last().is_some_and(|open| matches!(open.node.kind, Kind::Map(_)) && open.name.is_none())
    }

    fn name(&mut self, text: String, anchor: usize, at: Place) -> Result<(), Problem> {
        self.count(1, at)?;
        if anchor != 0 {
            let kind = Kind::Scalar(Value::from(text.as_str()));
            self.anchors.insert(anchor, Node { at, kind });
        }
        if let Some(open) = self.open.last_mut() {
            open.name = Some((text, at));
        }
        Ok(())
    }

    fn begin(&mut self, kind: Kind, anchor: usize, tag: Option<&Tag>, at: Place) -> Result<(), Problem> {
        if self.wants_name() {
            return Err(Problem { at, message: "a name must be text, not a list or an object".to_owned() });
        }
        if tag.is_some_and(|tag| !matches!(tag.core_suffix(), Some("map" | "seq"))) {
            return Err(unknown_tag(at));
        }
        if self.open.len() >= DEEPEST {
            return Err(too_deep(at));
        }
        self.open.push(Open { node: Node { at, kind }, anchor, name: None });
        Ok(())
    }

    fn alias(&mut self, anchor: usize, at: Place) -> Result<(), Problem> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(Problem {
                at,
                message: "an alias stands inside of what it is an alias of".to_owned(),
            });
        };
        let (count, depth) = node.extent();
        if self.open.len() + depth > DEEPEST {
            return Err(too_deep(at));
        }
        if self.nodes + count > MOST_NODES {
            return Err(too_many(at));
        }
        let node = node.clone();
        if !self.wants_name() {
            self.count(count - 1, at)?;
            return self.finish(node, 0);
        }
        match node.text() {
            Some(text) => self.name(text.to_owned(), 0, at),
            None => Err(Problem { at, message: "a name must be text".to_owned() }),
        }
    }

    fn count(&mut self, nodes: usize, at: Place) -> Result<(), Problem> {
        self.nodes += nodes;
        if self.nodes > MOST_NODES { Err(too_many(at)) } else { Ok(()) }
    }

    /// Puts a value that is over where it belongs.
    fn finish(&mut self, mut node: Node, anchor: usize) -> Result<(), Problem> {
        self.count(1, node.at)?;
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open { node: Node { kind, .. }, name, .. }) => match kind {
                Kind::Scalar(_) => {}
                Kind::List(items) => items.push(node),
                Kind::Map(entries) => {
                    if let Some((name, at)) = name.take() {
                        if !matches!(node.kind, Kind::Scalar(_)) {
                            node.at = at;
                        }
                        entries.push(Entry { name, at, value: node });
                    }
                }
            },
        }
        Ok(())
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>, at: Place) -> Result<Value, Problem> {
    match tag.map(Tag::core_suffix) {
        None if style == ScalarStyle::Plain => Ok(plain::value(text)),
        None | Some(Some("str")) => Ok(Value::from(text)),
        Some(Some("int" | "float" | "bool" | "null")) => Ok(plain::value(text)),
        Some(_) => Err(unknown_tag(at)),
    }
}

fn unknown_tag(at: Place) -> Problem {
    Problem { at, message: "the tag before this value means nothing in an OpenAPI document".to_owned() }
}

/// An object with what its merge keys name; its own names go before those, and earlier before later ones.
fn merged(mut node: Node) -> Node {
    let Kind::Map(entries) = &mut node.kind else { return node };
    let mut brought = Vec::new();
    for entry in entries.extract_if(.., |entry| entry.name == "<<") {
        match entry.value.kind {
            Kind::List(items) => brought.extend(items),
            _ => brought.push(entry.value),
        }
    }
    if brought.is_empty() {
        return node;
    }
    let mut known: HashSet<String> = entries.iter().map(|entry| entry.name.clone()).collect();
    for entry in brought.into_iter().flat_map(|node| match node.kind {
        Kind::Map(entries) => entries,
        _ => Vec::new(),
    }) {
        if known.insert(entry.name.clone()) {
            entries.push(entry);
        }
    }
    node
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn value(text: &str) -> Value {
        parse(text).unwrap().value(&mut Vec::new())
    }

    fn problem(text: &str) -> (usize, usize, String) {
        let Problem { at, message } = parse(text).unwrap_err();
        (at.line, at.column, message)
    }

    #[test]
    fn names_are_text_and_quotes_make_text() {
        assert_eq!(value("200: no\n'a': '1'\nnull: !!str 2\n"), json!({"200": "no", "a": "1", "null": "2"}));
        assert_eq!(value("a: |\n  b\n  c\n"), json!({"a": "b\nc\n"}));
    }

    #[test]
    fn aliases_and_merge_keys_are_put_in() {
        assert_eq!(value("a: &x {b: 1}\nc: *x\n"), json!({"a": {"b": 1}, "c": {"b": 1}}));
        assert_eq!(
            value("x: &x {a: 1, b: 1}\ny: {<<: *x, b: 2}\nz: {<<: [*x, {a: 3, c: 3}]}\n"),
            json!({"x": {"a": 1, "b": 1}, "y": {"a": 1, "b": 2}, "z": {"a": 1, "b": 1, "c": 3}})
        );
    }

    #[test]
    fn what_is_no_document_is_told_with_its_place() {
        assert_eq!(problem("").2, "the document is empty");
        assert_eq!((problem("a: 1\n b: 2\n").0, problem("a: [1\nb: 2\n").0), (2, 2));
        assert_eq!(problem("a: 1\n---\nb: 1\n").0, 2);
        assert_eq!(problem("a: !secret x\n").0, 1);
        assert!(problem("? [a]\n: b\n").2.starts_with("a name must be text"));
        assert!(problem("&a [*a]").2.contains("inside of what it is"));
    }

    #[test]
    fn aliases_of_aliases_are_bounded() {
        let mut text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned();
        for level in 1..9 {
            let last = level - 1;
            let uses = vec![format!("*a{last}"); 10].join(", ");
            writeln!(text, "a{level}: &a{level} [{uses}]").unwrap();
        }
        assert!(problem(&text).2.contains("more than"));
    }

    proptest! {
        #[test]
        fn any_text_is_a_tree_or_a_problem(text in "([a-c]: |- |\\[|\\{|\\]|\\}|&a |\\*a|<<: |\n|  |'|\"|#|!!|\\PC){0,40}") {
            let _ = parse(&text);
        }
    }
}
