//! The short form: `OPERATION(:PART)*`, where a PART is `selector=value`, `effect` or
//! `effect=value(,field=value)*`. A value with a colon, a comma or a quote is in double quotes.

use std::ops::Range;

use super::rule::{ANY, EFFECT, KIND, ON, Reader, did_you_mean, no_operation};
use crate::{
    document::{Entry, Node, NodeKind},
    exchange::{Operation, S3Code},
    fault::{
        Fault, Mistakes,
        field::{Field, Takes},
        kind::Kind,
        mistake::{Mistake, and, quoted},
        selector::{self, SELECTORS},
    },
};

/// Fix for a comma behind what takes no list.
const COMMA: &str = "write a colon before the next part, or the value in double quotes";

/// Text between two colons: a name and, after `=`, its values.
struct Part {
    head: Word,
    items: Option<Vec<Item>>,
}

/// Text between two commas.
struct Item {
    /// Name, if there is an `=`.
    name: Option<Word>,
    value: Word,
}

struct Word {
    text: String,
    span: Range<usize>,
}

/// Parses a rule in the short form.
pub(super) fn read(text: &str) -> Result<Fault, Mistakes> {
    let mut reader = Reader::default();
    let tree = tree(text).map_err(Mistakes::of)?;
    reader.rule(&tree, "").ok_or_else(|| Mistakes::of(reader.mistakes))
}

/// Returns the tree of a rule.
fn tree(text: &str) -> Result<Node, Vec<Mistake>> {
    let start = text.len() - text.trim_start().len();
    let end = text.trim_end().len().max(start);
    let scanner = Scanner { text: &text[..end], at: start };
    let mut parts = scanner.parts().map_err(|mistake| vec![mistake])?.into_iter();
    let mut mistakes = Vec::new();
    let mut entries: Vec<Entry> = Vec::new();
    let on = parts.next().map(operation);
    for entry in on.into_iter().chain(parts.map(part)) {
        match entry {
            Ok(entry) if entries.iter().any(|known| known.name == entry.name) => mistakes.push(twice(&entry)),
            Ok(entry) => entries.push(entry),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if mistakes.is_empty() && !entries.iter().any(|entry| entry.name == EFFECT) {
        let remedy = "write what happens, as in put:error=SlowDown";
        mistakes.push(Mistake::new("", "this rule has no effect", remedy).at(&(end..end)));
    }
    if !mistakes.is_empty() {
        // An unknown operation explains most other mistakes.
        mistakes.extend(entries.iter().find_map(unknown_operation));
    }
    if mistakes.is_empty() {
        Ok(Node { span: start..end, kind: NodeKind::Table(entries) })
    } else {
        Err(mistakes)
    }
}

/// Parses the first part, the operation.
fn operation(Part { head, items }: Part) -> Result<Entry, Mistake> {
    let name = &head.text;
    let is_part = selector::find(name).is_some() || Kind::find(name).is_some();
    if items.is_none() && !is_part && !name.is_empty() {
        let value = Node { span: head.span.clone(), kind: NodeKind::Word(head.text) };
        return Ok(Entry { name: ON.to_owned(), span: head.span, value });
    }
    let what = match name.as_str() {
        "" => "a rule begins with an operation".to_owned(),
        name => format!("a rule begins with an operation, not `{}`", quoted(name)),
    };
    Err(Mistake::new("", what, format!("write one such as put, or {ANY}, and a colon")).at(&head.span))
}

/// Returns the mistake of an unknown operation.
fn unknown_operation(Entry { name, value, .. }: &Entry) -> Option<Mistake> {
    let NodeKind::Word(operation) = &value.kind else { return None };
    let is_unknown = name == ON && operation != ANY && operation.parse::<Operation>().is_err();
    is_unknown.then(|| no_operation(operation).at(&value.span))
}

/// Parses a selector or the effect.
fn part(Part { head, items }: Part) -> Result<Entry, Mistake> {
    if let Some(kind) = Kind::find(&head.text) {
        return effect(kind, &head.span, items.unwrap_or_default());
    }
    let selector = selector::find(&head.text).ok_or_else(|| unknown(&head))?;
    let mut items = items.into_iter().flatten();
    let Some(Item { value, .. }) = items.next() else {
        let what = format!("`{}` has no value", selector.name);
        let remedy = format!("write {}={}", selector.name, selector.example);
        return Err(Mistake::new("", what, remedy).at(&head.span));
    };
    if items.next().is_some() {
        let what = format!("unexpected comma after the value of `{}`", selector.name);
        return Err(Mistake::new("", what, COMMA).at(&(value.span.end..value.span.end + 1)));
    }
    let value = Node { span: value.span, kind: NodeKind::Word(value.text) };
    Ok(Entry { name: head.text, span: head.span, value })
}

/// Parses an effect: its fields have names, except for the default field.
fn effect(kind: &'static Kind, head: &Range<usize>, items: Vec<Item>) -> Result<Entry, Mistake> {
    let value = Node { span: head.clone(), kind: NodeKind::Word(kind.name.to_owned()) };
    let mut entries = vec![Entry { name: KIND.to_owned(), span: head.clone(), value }];
    let end = items.last().map_or(head.end, |item| item.value.span.end);
    for (at, Item { name, value }) in items.into_iter().enumerate() {
        if at > 0 && name.is_none() && value.span.is_empty() {
            let what = format!("missing field of `{}` after the comma", kind.name);
            let comma = value.span.start - 1..value.span.start;
            return Err(
                Mistake::new("", what, "write one and its value there, or leave the comma out").at(&comma)
            );
        }
        if let Some(name) = name.as_ref().filter(|name| is_value(kind, &name.text)) {
            let what = format!("unexpected second `=` in the value of `{}`", kind.name);
            let remedy = "write a comma before the next field, or the value in double quotes";
            return Err(Mistake::new("", what, remedy).at(&(name.span.end..name.span.end + 1)));
        }
        let Some(name) = name.or_else(|| nameless(kind, &value)) else {
            let what = format!("unexpected `{}` after `{}`", quoted(&value.text), kind.name);
            let remedy = format!("leave it out: `{}` takes nothing", kind.name);
            return Err(Mistake::new("", what, remedy).at(&value.span));
        };
        let value = Node { span: value.span, kind: NodeKind::Word(value.text) };
        let entry = Entry { name: name.text, span: name.span, value };
        if entries.iter().any(|known| known.name == entry.name) {
            return Err(twice(&entry));
        }
        entries.push(entry);
    }
    let value = Node { span: head.start..end, kind: NodeKind::Table(entries) };
    Ok(Entry { name: EFFECT.to_owned(), span: head.clone(), value })
}

fn nameless(kind: &Kind, value: &Word) -> Option<Word> {
    Some(Word { text: primary(kind, &value.text)?.name.to_owned(), span: value.span.clone() })
}

/// Returns the field of a value without a name: for `error` a number is the status, and other values are the code.
pub(in crate::fault) fn primary(kind: &Kind, value: &str) -> Option<&'static Field> {
    let is_number = value.starts_with(|first: char| first.is_ascii_digit());
    let mut fields = kind.fields.iter().filter(|field| field.primary);
    let first = fields.next()?;
    let is_for_it = |field: &&Field| matches!(field.takes, Takes::Status { .. }) == is_number;
    Some(first).filter(is_for_it).or_else(|| fields.find(is_for_it)).or(Some(first))
}

/// Returns whether a text is the value of the field that needs no name: a number, or a code. No field's
/// name is either.
fn is_value(kind: &Kind, name: &str) -> bool {
    let takes_it = primary(kind, name).is_some_and(|field| field.takes.read(name).is_some());
    takes_it && (name.starts_with(|first: char| first.is_ascii_digit()) || S3Code::find(name).is_some())
}

fn twice(entry: &Entry) -> Mistake {
    let (what, remedy) = match entry.name.as_str() {
        EFFECT => ("a rule has one effect".to_owned(), "write one rule for each effect"),
        name => (format!("duplicate `{}`", quoted(name)), "write it once"),
    };
    Mistake::new("", what, remedy).at(&entry.span)
}

fn unknown(name: &Word) -> Mistake {
    let names = || SELECTORS.iter().map(|selector| selector.name).chain(Kind::all().map(|kind| kind.name));
    let text = &name.text;
    let (what, remedy) = if text.is_empty() {
        ("this part is empty".to_owned(), "write an effect such as close, or leave the colon out".to_owned())
    } else if text.parse::<Operation>().is_ok() || text == ANY {
        let remedy = "write one rule for each operation".to_owned();
        (format!("second operation `{text}`"), remedy)
    } else {
        let what = format!("`{}` is neither a selector nor an effect", quoted(text));
        (what, did_you_mean(text, names).unwrap_or_else(|| format!("there are {}", and(names()))))
    };
    Mistake::new("", what, remedy).at(&name.span)
}

/// Cuts a text at its colons, commas and equals signs, but not in quotes.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    fn parts(mut self) -> Result<Vec<Part>, Mistake> {
        let mut parts = Vec::new();
        loop {
            parts.push(self.part()?);
            if !self.skips(':') {
                return Ok(parts);
            }
        }
    }

    fn part(&mut self) -> Result<Part, Mistake> {
        let head = self.until(&[':', ',', '=']);
        if self.text[self.at..].starts_with(',') {
            let what = format!("unexpected comma after `{}`", quoted(&head.text));
            return Err(Mistake::new("", what, COMMA).at(&(self.at..self.at + 1)));
        }
        if !self.skips('=') {
            return Ok(Part { head, items: None });
        }
        // A selector's value may be anything, also what looks like a field.
        let has_names = selector::find(&head.text).is_none();
        let mut items = Vec::new();
        loop {
            items.push(self.item(has_names)?);
            if !self.skips(',') {
                return Ok(Part { head, items: Some(items) });
            }
        }
    }

    fn item(&mut self, has_names: bool) -> Result<Item, Mistake> {
        let rest = &self.text[self.at..];
        let end = rest.find([':', ',', '=', '"']).unwrap_or(rest.len());
        let mut name = None;
        if has_names && rest[end..].starts_with('=') {
            name = Some(self.until(&['=']));
            self.at += 1;
        }
        let is_quoted = self.text[self.at..].starts_with('"');
        let value = if is_quoted { self.quoted()? } else { self.until(&[':', ',']) };
        Ok(Item { name, value })
    }

    fn skips(&mut self, character: char) -> bool {
        let is_there = self.text[self.at..].starts_with(character);
        self.at += if is_there { character.len_utf8() } else { 0 };
        is_there
    }

    fn until(&mut self, ends: &[char]) -> Word {
        let rest = &self.text[self.at..];
        let end = rest.find(ends).unwrap_or(rest.len());
        let span = self.at..self.at + end;
        self.at = span.end;
        Word { text: rest[..end].to_owned(), span }
    }

    fn quoted(&mut self) -> Result<Word, Mistake> {
        let start = self.at;
        let mut text = String::new();
        let mut characters = self.text[start + 1..].char_indices().map(|(at, one)| (start + 1 + at, one));
        loop {
            match characters.next() {
                Some((at, '"')) => {
                    self.at = at + 1;
                    break;
                }
                Some((at, '\\')) => {
                    let Some((_, escaped @ ('"' | '\\'))) = characters.next() else {
                        let what = "a `\\` before a character that needs no escape";
                        let remedy = "write `\\\\` for a backslash, and `\\\"` for a quote";
                        return Err(Mistake::new("", what, remedy).at(&(at..at + 1)));
                    };
                    text.push(escaped);
                }
                Some((_, character)) => text.push(character),
                None => {
                    let remedy = "write a second one behind the value";
                    return Err(Mistake::new("", "this quote is not closed", remedy).at(&(start..start + 1)));
                }
            }
        }
        let span = start..self.at;
        let behind = self.text[span.end..].chars().next().filter(|one| ![':', ','].contains(one));
        match behind {
            None => Ok(Word { text, span }),
            Some(one) => {
                let what = format!("unexpected `{}` after the closing quote", quoted(&one.to_string()));
                let remedy =
                    "write a colon or a comma there, or `\\\"` for a quote that is part of the value";
                Err(Mistake::new("", what, remedy).at(&(span.end..span.end + one.len_utf8())))
            }
        }
    }
}
