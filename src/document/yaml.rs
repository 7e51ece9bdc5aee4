//! YAML 1.2 as a tree, built from the parser's events without recursion. Aliases are replaced by their values, within
//! the bounds; merge keys (`<<`) are merged; names are texts whatever they look like.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, Span, Tag};

use super::{Entry, MAX_DEPTH, MAX_NODES, Node, NodeKind, Problem, too_deep, too_many};

/// Parses a text that is one YAML document.
pub(crate) fn parse(text: &str) -> Result<Node, Problem> {
    let options = granit_parser::options! {
        emit_comments: false,
        // Beyond our own bound, which counts lists and tables of both styles together.
        flow_nesting_limit: MAX_DEPTH + 8,
        block_nesting_limit: MAX_DEPTH + 8,
    };
    let mut builder = Builder::default();
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| {
            let at = error.marker().byte_offset().unwrap_or_default();
            match error.kind() {
                // The scanner is ahead of the events, and meets the depth first.
                ErrorKind::RecursionLimitExceeded => too_deep(at),
                _ => problem(at, format!("not valid YAML: {}", error.info())),
            }
        })?;
        builder.take(event, range(&span))?;
    }
    builder.root.ok_or_else(|| problem(0, "the document is empty"))
}

fn range(span: &Span) -> Range<usize> {
    // Texts always have byte offsets.
    span.byte_range().unwrap_or_default()
}

fn problem(at: usize, message: impl Into<String>) -> Problem {
    Problem { at, message: message.into() }
}

/// Tree under construction.
#[derive(Default)]
struct Builder {
    root: Option<Node>,
    open: Vec<Open>,
    /// Anchored values, with how many values each is and how deep.
    anchors: HashMap<usize, (Node, Extent)>,
    nodes: usize,
}

/// List or table whose end has not come yet.
struct Open {
    node: Node,
    anchor: usize,
    extent: Extent,
    /// Name whose value comes next.
    name: Option<(String, Range<usize>)>,
}

/// Number of values, itself included, and levels.
#[derive(Clone, Copy)]
struct Extent {
    nodes: usize,
    depth: usize,
}

const SCALAR: Extent = Extent { nodes: 1, depth: 1 };

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Range<usize>) -> Result<(), Problem> {
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                Err(problem(span.start, "a second YAML document begins here; move it to its own file"))
            }
            Event::Scalar(text, style, anchor, tag) => {
                let kind = if self.wants_name() {
                    NodeKind::Text(text.into_owned())
                } else {
                    scalar(&text, style, tag.as_deref()).ok_or_else(|| unknown_tag(span.start))?
                };
                self.count(1, span.start)?;
                self.finish(Node { span, kind }, anchor, SCALAR)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.begin(NodeKind::List(Vec::new()), anchor, tag.as_deref(), span)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.begin(NodeKind::Table(Vec::new()), anchor, tag.as_deref(), span)
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open { mut node, anchor, extent, .. }) => {
                    node.span.end = span.end.max(node.span.start);
                    self.finish(merged(node), anchor, extent)
                }
                None => Ok(()),
            },
            Event::Alias(anchor) => self.alias(anchor, span.start),
            _ => Ok(()),
        }
    }

    fn wants_name(&self) -> bool {
        self.open
            .last()
            .is_some_and(|open| matches!(open.node.kind, NodeKind::Table(_)) && open.name.is_none())
    }

    fn begin(
        &mut self,
        kind: NodeKind,
        anchor: usize,
        tag: Option<&Tag>,
        span: Range<usize>,
    ) -> Result<(), Problem> {
        if self.wants_name() {
            return Err(problem(span.start, "a name must be a text, not a list or a table"));
        }
        if tag.is_some_and(|tag| !matches!(tag.core_suffix(), Some("map" | "seq"))) {
            return Err(unknown_tag(span.start));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(span.start));
        }
        self.count(1, span.start)?;
        self.open.push(Open { node: Node { span, kind }, anchor, extent: SCALAR, name: None });
        Ok(())
    }

    fn alias(&mut self, anchor: usize, at: usize) -> Result<(), Problem> {
        let Some((node, extent)) = self.anchors.get(&anchor) else {
            return Err(problem(at, "an alias inside the value that it repeats"));
        };
        if self.open.len() + extent.depth > MAX_DEPTH {
            return Err(too_deep(at));
        }
        if self.nodes + extent.nodes > MAX_NODES {
            return Err(too_many(at));
        }
        self.nodes += extent.nodes;
        let (node, extent) = (node.clone(), *extent);
        self.finish(node, 0, extent)
    }

    fn count(&mut self, nodes: usize, at: usize) -> Result<(), Problem> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES { Err(too_many(at)) } else { Ok(()) }
    }

    /// Puts a complete value where it belongs: it may be a name.
    fn finish(&mut self, node: Node, anchor: usize, extent: Extent) -> Result<(), Problem> {
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), extent));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.extent.nodes += extent.nodes;
        open.extent.depth = open.extent.depth.max(extent.depth + 1);
        match (&mut open.node.kind, open.name.take()) {
            (NodeKind::List(items), _) => items.push(node),
            (NodeKind::Table(entries), Some((name, span))) => entries.push(Entry { name, span, value: node }),
            (_, _) => match node.kind {
                NodeKind::Text(text) => open.name = Some((text, node.span)),
                _ => return Err(problem(node.span.start, "a name must be a text")),
            },
        }
        Ok(())
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Option<NodeKind> {
    match tag.map(Tag::core_suffix) {
        None if style == ScalarStyle::Plain => Some(plain(text)),
        None | Some(Some("str")) => Some(NodeKind::Text(text.to_owned())),
        Some(Some("int" | "float" | "bool" | "null")) => Some(plain(text)),
        Some(_) => None,
    }
}

fn unknown_tag(at: usize) -> Problem {
    problem(at, "the YAML tag of this value is not supported")
}

/// Resolves a scalar without quotes by YAML 1.2's core schema, in which `no` and `on` are texts.
fn plain(text: &str) -> NodeKind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => NodeKind::Null,
        "true" | "True" | "TRUE" => NodeKind::Bool(true),
        "false" | "False" | "FALSE" => NodeKind::Bool(false),
        _ => number(text).map_or_else(|| NodeKind::Text(text.to_owned()), NodeKind::Number),
    }
}

/// Reads a number. JSON has no infinity and no NaN: these stay texts.
fn number(text: &str) -> Option<String> {
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return None;
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return u64::from_str_radix(digits, radix).ok().map(|number| number.to_string());
        }
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E')) {
        return None;
    }
    let integer = text.parse::<u64>().map(|number| number.to_string());
    let integer = integer.or_else(|_| text.parse::<i64>().map(|number| number.to_string()));
    integer.ok().or_else(|| serde_json::Number::from_f64(text.parse().ok()?).map(|number| number.to_string()))
}

/// Resolves the merge keys of a table: its own names win, and earlier merges over later ones.
fn merged(mut node: Node) -> Node {
    let NodeKind::Table(entries) = &mut node.kind else { return node };
    let mut brought = Vec::new();
    for entry in entries.extract_if(.., |entry| entry.name == "<<") {
        match entry.value.kind {
            NodeKind::List(items) => brought.extend(items),
            _ => brought.push(entry.value),
        }
    }
    if brought.is_empty() {
        return node;
    }
    let mut known: HashSet<String> = entries.iter().map(|entry| entry.name.clone()).collect();
    for entry in brought.into_iter().flat_map(|node| match node.kind {
        NodeKind::Table(entries) => entries,
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
    use serde_json::{Value, json};

    use super::*;
    use crate::document::Lines;

    fn value(text: &str) -> Value {
        parse(text).unwrap().to_json()
    }

    fn error(text: &str) -> (usize, String) {
        let Problem { at, message } = parse(text).unwrap_err();
        (Lines::of(text).place(at).line, message)
    }

    #[test]
    fn names_are_texts_and_quotes_make_texts() {
        assert_eq!(value("200: no\n'a': '1'\nnull: !!str 2\n"), json!({"200": "no", "a": "1", "null": "2"}));
        assert_eq!(value("a: |\n  b\n  c\n"), json!({"a": "b\nc\n"}));
    }

    #[test]
    fn resolves_plain_scalars_by_the_core_schema() {
        let text = "[~, true, FALSE, 12, -3, 0x1F, 0o17, 1.5, 1e3]";
        assert_eq!(value(text), json!([null, true, false, 12, -3, 31, 15, 1.5, 1000.0]));
        for text in
            ["no", "on", "yes", "2025-09", "3.0.3", ".inf", "-.inf", ".nan", "inf", "-a", "1e999", "0xg"]
        {
            assert_eq!(value(text), json!(text));
        }
    }

    #[test]
    fn replaces_aliases_and_merge_keys() {
        assert_eq!(value("a: &x {b: 1}\nc: *x\n"), json!({"a": {"b": 1}, "c": {"b": 1}}));
        assert_eq!(value("a: &x b\n*x : 1\n"), json!({"a": "b", "b": 1}));
        assert_eq!(
            value("x: &x {a: 1, b: 1}\ny: {<<: *x, b: 2}\nz: {<<: [*x, {a: 3, c: 3}]}\n"),
            json!({"x": {"a": 1, "b": 1}, "y": {"a": 1, "b": 2}, "z": {"a": 1, "b": 1, "c": 3}})
        );
    }

    #[test]
    fn reports_the_position_of_an_error() {
        assert_eq!(error("").1, "the document is empty");
        assert_eq!((error("a: 1\n b: 2\n").0, error("a: [1\nb: 2\n").0), (2, 2));
        assert_eq!(error("a: 1\n---\nb: 1\n").0, 2);
        assert_eq!(error("a: !secret x\n").0, 1);
        assert!(error("? [a]\n: b\n").1.starts_with("a name must be a text"));
        assert!(error("&a [*a]").1.contains("inside the value"));
    }

    #[test]
    fn bounds_aliases_of_aliases() {
        let mut text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned();
        for level in 1..9 {
            let last = level - 1;
            let uses = vec![format!("*a{last}"); 10].join(", ");
            writeln!(text, "a{level}: &a{level} [{uses}]").unwrap();
        }
        assert!(error(&text).1.contains("more than"));
    }

    proptest! {
        #[test]
        fn survives_any_text(text in "([a-c]: |- |\\[|\\{|\\]|\\}|&a |\\*a|<<: |\n|  |'|\"|#|!!|\\PC){0,40}") {
            let _ = parse(&text);
        }
    }
}
