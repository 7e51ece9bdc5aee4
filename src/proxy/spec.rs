//! Extends the document by the recorded answers. The author's text stays: every change is an insertion with a name that
//! begins with `x-assay-`, for review.
//!
//! - Additions are inserted before the first neighbour, in flow style on one line, with `x-assay-seen`.
//! - A keyword that does not hold is renamed to `x-assay-was-KEYWORD`, which switches it off and keeps it.

use std::{collections::BTreeMap, fmt::Write};

use serde_json::{Map, Value, json};

use crate::{
    contract::{Contract, Text},
    document::{Node, NodeKind, pointer},
    exchange::Verdict,
    report::{Drift, Drifted},
    text::counted,
};

/// Mark of an addition.
const SEEN: &str = "x-assay-seen";

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// Schemas within one another that are inferred.
const MAX_DEPTH: usize = 8;

/// An extended document.
#[derive(Debug)]
pub struct Extended {
    /// Its text.
    pub text: String,
    /// The changes, as a unified diff.
    pub diff: String,
    /// Number of changes.
    pub changes: usize,
}

/// Extends a document by the differences; those that S3 shows, and those of several answers, are none of the document's.
#[must_use]
pub fn extend(original: &Text, contract: &Contract, drift: &Drift, day: &str) -> Extended {
    let mut edits = Edits { original, insertions: BTreeMap::new(), day };
    let described = [Verdict::Answer, Verdict::Looser, Verdict::Stricter];
    for one in drift.drift.iter().filter(|one| described.contains(&one.verdict)) {
        edits.add(contract, one);
    }
    let text = edits.text();
    let changes = edits.insertions.len();
    Extended { diff: edits.diff(), text, changes }
}

struct Edits<'a> {
    original: &'a Text,
    /// Texts by the byte before which they are inserted.
    insertions: BTreeMap<usize, Vec<String>>,
    day: &'a str,
}

impl Edits<'_> {
    fn add(&mut self, contract: &Contract, one: &Drifted) {
        let Some(operation) = contract.place_of(one.operation) else { return };
        let exchanges = counted(one.count, "exchange");
        let mark = format!("{}, {exchanges}, first of `{}`", self.day, one.operation);
        let spec = one.spec.as_deref().unwrap_or_default();
        match (one.verdict, one.what.as_str()) {
            (Verdict::Stricter, _) => {
                self.insert_member(operation, "x-assay-stricter", &json!(format!("{mark}: {}", one.message)));
            }
            (Verdict::Answer, "status") => {
                let status = one.status.unwrap_or_default().to_string();
                self.insert_member(spec, &status, &response_of(one, &mark));
            }
            (Verdict::Answer, "property") => {
                let mut schema = schema_of(&one.seen, 0);
                schema[SEEN] = json!(mark);
                let name = pointer::unescaped(one.pointer.rsplit('/').next().unwrap_or_default());
                let properties = pointer::join(spec, "properties");
                self.insert_member(&properties, &name, &schema);
            }
            (Verdict::Answer, "header") => {
                let header = json!({"schema": {"type": "string"}, SEEN: mark});
                let headers = pointer::join(spec, "headers");
                if self.node(&headers).is_some() {
                    self.insert_member(&headers, &one.pointer, &header);
                } else {
                    let mut all = Map::new();
                    all.insert(one.pointer.clone(), header);
                    self.insert_member(spec, "headers", &Value::Object(all));
                }
            }
            (Verdict::Answer, "content-type") => {
                let stated = one.example.response.headers.get("content-type").unwrap_or("text/plain");
                let essence = stated.split(';').next().unwrap_or_default().trim();
                self.insert_member(spec, essence, &json!({SEEN: mark}));
            }
            (Verdict::Answer | Verdict::Looser, _) => self.relax(spec, one, &mark),
            _ => {}
        }
    }

    /// Disables a keyword, and inserts a wider one if there is one.
    fn relax(&mut self, spec: &str, one: &Drifted, mark: &str) {
        let (owner, keyword) =
            (pointer::parent(spec).to_owned(), spec.rsplit('/').next().unwrap_or_default());
        let Some(value) = self.node(spec).map(Node::to_json) else { return };
        let wider = match (keyword, &value) {
            ("required", Value::Array(names)) => {
                let missing = pointer::unescaped(one.pointer.rsplit('/').next().unwrap_or_default());
                let rest: Vec<_> = names.iter().filter(|name| **name != *missing).cloned().collect();
                (!rest.is_empty()).then(|| json!(rest))
            }
            ("required", _) => Some(json!(false)),
            ("enum", Value::Array(options)) if !one.seen.is_null() => {
                let mut options = options.clone();
                options.push(one.seen.clone());
                Some(json!(options))
            }
            ("security" | "content" | "responses" | "schema", _) | (_, Value::Object(_)) => return,
            _ => None,
        };
        let Some(at) = self.name_at(spec) else { return };
        self.rename(at, keyword);
        if let Some(wider) = wider {
            self.insert_member(&owner, keyword, &wider);
        }
        if one.seen.is_null() && keyword == "type" && one.message.contains("not null") {
            self.insert_member(&owner, "nullable", &json!(true));
        }
        self.insert_member(&owner, SEEN, &json!(format!("{mark}: {}", one.message)));
    }

    fn node(&self, pointer: &str) -> Option<&Node> {
        let mut node = &self.original.tree;
        for segment in pointer.split('/').skip(1) {
            let name = pointer::unescaped(segment);
            node = match &node.kind {
                NodeKind::List(items) => items.get(name.parse::<usize>().ok()?)?,
                _ => &node.entries().iter().find(|entry| entry.name == name)?.value,
            };
        }
        Some(node)
    }

    /// Returns the start of a member's name.
    fn name_at(&self, spec: &str) -> Option<usize> {
        let name = pointer::unescaped(spec.rsplit('/').next()?);
        let owner = self.node(pointer::parent(spec))?;
        owner.entries().iter().find(|entry| entry.name == name).map(|entry| entry.span.start)
    }

    /// Puts `x-assay-was-` before a name, once.
    fn rename(&mut self, at: usize, keyword: &str) {
        let text = &self.original.text;
        // Position after the quote, if there is one.
        let at = if matches!(text.as_bytes().get(at), Some(b'"' | b'\'')) { at + 1 } else { at };
        if !text[at..].starts_with(keyword) {
            return;
        }
        let insertion = "x-assay-was-".to_owned();
        let known = self.insertions.entry(at).or_default();
        if !known.contains(&insertion) {
            known.push(insertion);
        }
    }

    /// Inserts a member before the first of a mapping, unless something of its name was inserted there already.
    fn insert_member(&mut self, mapping: &str, name: &str, value: &Value) {
        let Some(first) = self.node(mapping).and_then(|node| node.entries().first()) else { return };
        let text = &self.original.text;
        let at = first.span.start;
        let begin = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let indent = &text[begin..at];
        let name = json!(name).to_string();
        let member = format!("{name}: {value}");
        // A mapping in flow style, or JSON, has its members on one line, or between commas.
        let is_block = indent.trim().is_empty() && !is_flow(text, at);
        let insertion = if is_block { format!("{member}\n{indent}") } else { format!("{member}, ") };
        let known = self.insertions.entry(at).or_default();
        if !known.iter().any(|known| known.starts_with(&format!("{name}: "))) {
            known.insert(0, insertion);
        }
    }

    fn text(&self) -> String {
        let mut text = String::with_capacity(self.original.text.len() + 1024);
        let mut done = 0;
        for (at, insertions) in &self.insertions {
            text.push_str(&self.original.text[done..*at]);
            text.extend(insertions.iter().map(String::as_str));
            done = *at;
        }
        text.push_str(&self.original.text[done..]);
        text
    }

    /// Formats the changes line by line: since all are insertions, each line of the original is either kept or
    /// extended.
    fn diff(&self) -> String {
        let name = &self.original.name;
        let mut diff = format!("--- {name}\n+++ {name} (as seen)\n");
        let mut lines: Vec<(usize, &str, Option<String>)> = Vec::new();
        let mut at = 0;
        for line in self.original.text.split_inclusive('\n') {
            let range = at..at + line.len();
            let mut changed = String::new();
            let mut done = at;
            for (place, insertions) in self.insertions.range(range.clone()) {
                changed.push_str(&self.original.text[done..*place]);
                changed.extend(insertions.iter().map(String::as_str));
                done = *place;
            }
            let is_changed = !changed.is_empty();
            changed.push_str(&self.original.text[done..range.end]);
            lines.push((at, line, is_changed.then_some(changed)));
            at = range.end;
        }
        let is_near = |index: usize| {
            let window = index.saturating_sub(CONTEXT)..(index + CONTEXT + 1).min(lines.len());
            lines[window].iter().any(|(_, _, changed)| changed.is_some())
        };
        let (mut index, mut added) = (0, 0_usize);
        while index < lines.len() {
            if !is_near(index) {
                index += 1;
                continue;
            }
            let begin = index;
            let (mut hunk, mut old, mut new) = (String::new(), 0, 0);
            while index < lines.len() && is_near(index) {
                let (_, line, changed) = &lines[index];
                old += 1;
                match changed {
                    None => {
                        new += 1;
                        push_line(&mut hunk, ' ', line);
                    }
                    Some(changed) => {
                        let split: Vec<_> = changed.split_inclusive('\n').collect();
                        new += split.len();
                        // A line that stays is shown as one that stays.
                        if split.last() == Some(line) {
                            split[..split.len() - 1].iter().for_each(|line| push_line(&mut hunk, '+', line));
                            push_line(&mut hunk, ' ', line);
                        } else {
                            push_line(&mut hunk, '-', line);
                            split.iter().for_each(|line| push_line(&mut hunk, '+', line));
                        }
                    }
                }
                index += 1;
            }
            // Writing into memory cannot fail.
            let _ = write!(diff, "@@ -{},{old} +{},{new} @@\n{hunk}", begin + 1, begin + 1 + added);
            added += new - old;
        }
        diff
    }
}

/// A response that describes the example's answer.
fn response_of(one: &Drifted, mark: &str) -> Value {
    let body = one.example.response.body.as_deref().and_then(|body| serde_json::from_str::<Value>(body).ok());
    let mut response = json!({"description": "Not described so far.", SEEN: mark});
    if let Some(body) = body {
        response["content"] = json!({"application/json": {"schema": schema_of(&body, 0)}});
    }
    response
}

fn push_line(hunk: &mut String, mark: char, line: &str) {
    hunk.push(mark);
    hunk.push_str(line);
    if !line.ends_with('\n') {
        hunk.push('\n');
    }
}

/// Returns whether a member is in a flow mapping: the text before it, without line ends, opens one or separates
/// members.
fn is_flow(text: &str, at: usize) -> bool {
    matches!(text[..at].trim_end().chars().next_back(), Some('{' | ','))
}

/// Returns a schema that describes a value, without requirements.
fn schema_of(value: &Value, depth: usize) -> Value {
    match value {
        Value::Null => json!({"nullable": true}),
        Value::Bool(_) => json!({"type": "boolean"}),
        Value::Number(number) if number.is_f64() => json!({"type": "number"}),
        Value::Number(_) => json!({"type": "integer"}),
        Value::String(_) => json!({"type": "string"}),
        Value::Array(items) => {
            let items = items.first().filter(|_| depth < MAX_DEPTH).map(|item| schema_of(item, depth + 1));
            json!({"type": "array", "items": items.unwrap_or_else(|| json!({}))})
        }
        Value::Object(_) if depth == MAX_DEPTH => json!({"type": "object"}),
        Value::Object(members) => {
            let properties: Map<_, _> =
                members.iter().map(|(name, value)| (name.clone(), schema_of(value, depth + 1))).collect();
            json!({"type": "object", "properties": properties})
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract;

    #[test]
    fn changes_are_insertions_in_either_style() {
        for (text, extended) in [
            ("a:\n  b:\n    c: 1\n", "a:\n  b:\n    \"n\": {}\n    c: 1\n"),
            ("a: {b: {c: 1}}\n", "a: {b: {\"n\": {}, c: 1}}\n"),
            ("{\"a\": {\"b\": {\n  \"c\": 1}}}\n", "{\"a\": {\"b\": {\n  \"n\": {}, \"c\": 1}}}\n"),
        ] {
            let tree = crate::document::yaml(text).unwrap();
            let original = contract::Text { name: "t".to_owned(), text: text.to_owned(), tree };
            let mut edits = Edits { original: &original, insertions: BTreeMap::new(), day: "" };
            edits.insert_member("/a/b", "n", &json!({}));
            edits.insert_member("/a/b", "n", &json!({}));
            assert_eq!(edits.text(), extended);
            let at = edits.name_at("/a/b/c").unwrap();
            edits.rename(at, "c");
            let tree = crate::document::yaml(&edits.text()).unwrap().to_json();
            assert_eq!(tree, json!({"a": {"b": {"n": {}, "x-assay-was-c": 1}}}), "{}", edits.text());
        }
    }

    #[test]
    fn the_diff_has_what_was_inserted() {
        let text = "1:\n  x: 1\n2: b\n3: c\n4: d\n5: e\n";
        let tree = crate::document::yaml(text).unwrap();
        let original = contract::Text { name: "t".to_owned(), text: text.to_owned(), tree };
        let mut edits = Edits { original: &original, insertions: BTreeMap::new(), day: "" };
        edits.insert_member("/1", "n", &json!(2));
        let diff =
            "--- t\n+++ t (as seen)\n@@ -1,5 +1,6 @@\n 1:\n+  \"n\": 2\n   x: 1\n 2: b\n 3: c\n 4: d\n";
        assert_eq!(edits.diff(), diff);
    }
}
