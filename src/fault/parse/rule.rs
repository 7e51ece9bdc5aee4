//! Reads a rule from the neutral tree, whatever its form. `check` decides whether the rule can
//! strike.

use std::ops::Range;

use crate::{
    document::{Entry, Node, NodeKind},
    exchange::Operation,
    fault::{
        EffectSpec, Fault,
        check::{self, not_allowed},
        field::{Field, Value},
        kind::Kind,
        mistake::{Mistake, and, or, quoted},
        selector::{self, SELECTORS},
    },
    text::nearest,
};

/// Fields of a rule, except its selectors.
pub(super) const ON: &str = "on";
pub(super) const EFFECT: &str = "effect";
pub(super) const KIND: &str = "kind";
/// Any operation that the effect can strike.
pub(in crate::fault) const ANY: &str = "any";

/// Reads rules, and collects mistakes.
#[derive(Default)]
pub(super) struct Reader {
    pub mistakes: Vec<Mistake>,
    /// Values with unknown names, which may be secrets.
    pub unknown: Vec<Range<usize>>,
}

impl Reader {
    /// Reads the rule of a table at a pointer; returns `None` after a mistake.
    pub(super) fn rule(&mut self, node: &Node, pointer: &str) -> Option<Fault> {
        let before = self.mistakes.len();
        let NodeKind::Table(entries) = &node.kind else {
            let what = format!("a rule is a table or a text, and this is {}", node.kind.name());
            self.add(pointer, what, "write one like put:error=SlowDown", &node.span);
            return None;
        };
        let mut effect = None;
        let mut rule = Fault::any();
        for Entry { name, span, value } in entries {
            let below = format!("{pointer}/{}", escaped(name));
            match name.as_str() {
                ON => rule.on = self.operation(value, &below),
                EFFECT => effect = self.effect(value, &below),
                name if is_part(name) => {}
                _ => match selector::find(name) {
                    Some(selector) => {
                        if let Some(value) = self.value(selector, value, pointer) {
                            selector::set(&mut rule, selector, value);
                        }
                    }
                    None => self.unknown_part(name, &below, span, value),
                },
            }
        }
        // An unknown part may be the missing one.
        let is_known = |name: &str| is_part(name) || selector::find(name).is_some();
        let misses = |name: &str| entries.iter().all(|entry| entry.name != name && is_known(&entry.name));
        if misses(ON) {
            let remedy = "write an operation such as put, or any";
            self.add(pointer, "`on` is missing", remedy, &first_line(node, entries));
        }
        if misses(EFFECT) {
            let remedy = "write its `kind`, such as close, and the fields of that kind";
            self.add(pointer, "`effect` is missing", remedy, &first_line(node, entries));
        }
        let effect_is_read = effect.is_some();
        // The rest is checked even if the effect cannot be read.
        let rule = match effect {
            Some(effect) => rule.with_effect(effect),
            None => rule.close(),
        };
        for mistake in check::mistakes(&rule) {
            let is_told = |reported: &Mistake| reported.pointer == format!("{pointer}{}", mistake.pointer);
            let of_effect = mistake.pointer.starts_with("/effect") || mistake.pointer == "/on";
            if (of_effect && !effect_is_read) || self.mistakes[before..].iter().any(is_told) {
                continue;
            }
            let place = node.place_of(&mistake.pointer);
            self.mistakes.push(mistake.below(pointer).at(place));
        }
        (self.mistakes.len() == before).then_some(rule)
    }

    /// Keeps values with unknown names out of every message.
    pub(super) fn hide(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::List(values) => values.iter().for_each(|value| self.hide(value)),
            NodeKind::Table(entries) => entries.iter().for_each(|entry| self.hide(&entry.value)),
            _ => self.unknown.push(node.span.clone()),
        }
    }

    fn add(
        &mut self,
        pointer: &str,
        what: impl Into<String>,
        remedy: impl Into<String>,
        span: &Range<usize>,
    ) {
        self.mistakes.push(Mistake::new(pointer, what, remedy).at(span));
    }

    /// Reads an operation; `None` for `any`, and for an unknown one, which is a mistake.
    fn operation(&mut self, node: &Node, pointer: &str) -> Option<Operation> {
        let (NodeKind::Word(name) | NodeKind::Text(name)) = &node.kind else {
            let what = format!("`on` takes the name of an operation, and this is {}", node.kind.name());
            self.add(pointer, what, "write one such as put, or any", &node.span);
            return None;
        };
        if name == ANY {
            return None;
        }
        if let Ok(operation) = name.parse() {
            return Some(operation);
        }
        self.mistakes.push(no_operation(name).below(pointer).at(&node.span));
        None
    }

    fn effect(&mut self, node: &Node, pointer: &str) -> Option<EffectSpec> {
        let NodeKind::Table(entries) = &node.kind else {
            let what = format!("`effect` takes a table with a `kind`, and this is {}", node.kind.name());
            self.add(pointer, what, "write one like { kind = \"close\" }", &node.span);
            return None;
        };
        let Some(named) = entries.iter().find(|entry| entry.name == KIND) else {
            let remedy = format!("write {}", or(Kind::all().map(|kind| kind.name)));
            self.add(pointer, "`effect` has no `kind`", remedy, &node.span);
            return None;
        };
        let kind = self.kind(&named.value, &format!("{pointer}/{KIND}"))?;
        let before = self.mistakes.len();
        let mut values = Vec::new();
        for Entry { name, span, value } in entries.iter().filter(|entry| entry.name != KIND) {
            match kind.field(name) {
                Some(field) => {
                    let value = self.value(field, value, pointer);
                    values.extend(value.map(|value| (field.name, value)));
                }
                None => self.unknown_field(kind, name, &format!("{pointer}/{}", escaped(name)), span, value),
            }
        }
        for field in kind.fields.iter().filter(|field| field.required) {
            if !entries.iter().any(|entry| entry.name == field.name) {
                let what = format!("`{}` needs `{}`", kind.name, field.name);
                self.add(pointer, what, field.takes.allowed(), &node.span);
            }
        }
        (self.mistakes.len() == before).then(|| EffectSpec::new(kind, values))
    }

    fn kind(&mut self, node: &Node, pointer: &str) -> Option<&'static Kind> {
        let (NodeKind::Word(name) | NodeKind::Text(name)) = &node.kind else {
            let what = format!("`kind` takes the name of an effect, and this is {}", node.kind.name());
            self.add(pointer, what, "write one such as \"close\"", &node.span);
            return None;
        };
        let kind = Kind::find(name);
        if kind.is_none() {
            let names = || Kind::all().map(|kind| kind.name);
            let remedy = did_you_mean(name, names).unwrap_or_else(|| format!("there are {}", and(names())));
            self.add(pointer, format!("unknown effect `{}`", quoted(name)), remedy, &node.span);
        }
        kind
    }

    /// Reads a value, and checks it against its field.
    fn value(&mut self, field: &Field, node: &Node, above: &str) -> Option<Value> {
        let takes = field.takes;
        let (text, is_right_type) = match &node.kind {
            NodeKind::Word(text) => (text, true),
            NodeKind::Text(text) => (text, takes.is_text()),
            NodeKind::Number(text) => (text, takes.is_number()),
            _ => (&String::new(), false),
        };
        let pointer = format!("{above}/{}", field.name);
        if !is_right_type {
            let what = format!("`{}` is {}", field.name, node.kind.name());
            self.add(&pointer, what, takes.allowed(), &node.span);
            return None;
        }
        let Some(value) = takes.read(text) else {
            let what = format!("`{}` is `{}`", field.name, quoted(text));
            self.add(&pointer, what, takes.allowed(), &node.span);
            return None;
        };
        let refused = not_allowed(above, field, &value);
        let is_allowed = refused.is_none();
        self.mistakes.extend(refused.map(|mistake| mistake.at(&node.span)));
        is_allowed.then_some(value)
    }

    fn unknown_part(&mut self, name: &str, pointer: &str, span: &Range<usize>, value: &Node) {
        self.hide(value);
        let kind = Kind::all().find(|kind| kind.name == name || kind.field(name).is_some());
        let names = || [ON].into_iter().chain(SELECTORS.iter().map(|selector| selector.name)).chain([EFFECT]);
        let remedy = match kind {
            Some(kind) => {
                format!("put it in `effect`, as in {{ kind = \"{}\", … }}", kind.name)
            }
            None => did_you_mean(name, names).unwrap_or_else(|| format!("it has {}", and(names()))),
        };
        self.add(pointer, format!("unknown field `{}`", quoted(name)), remedy, span);
    }

    fn unknown_field(&mut self, kind: &Kind, name: &str, pointer: &str, span: &Range<usize>, value: &Node) {
        self.hide(value);
        let names = || kind.fields.iter().map(|field| field.name);
        let remedy = if selector::find(name).is_some() {
            "move it out of `effect`".to_owned()
        } else if kind.fields.is_empty() {
            "it has none; leave it out".to_owned()
        } else {
            did_you_mean(name, names).unwrap_or_else(|| format!("it has {}", and(names())))
        };
        self.add(pointer, format!("unknown field `{}` of `{}`", quoted(name), kind.name), remedy, span);
    }
}

/// Returns the mistake of an unknown operation.
pub(super) fn no_operation(name: &str) -> Mistake {
    let names = || Operation::ALL.iter().map(|operation| operation.name()).chain([ANY]);
    let remedy = did_you_mean(name, names).unwrap_or_else(|| format!("there are {}", and(names())));
    Mistake::new("", format!("unknown operation `{}`", quoted(name)), remedy)
}

/// Returns whether a name is a field of a rule, except a selector. Listed rules can be added again.
fn is_part(name: &str) -> bool {
    [ON, EFFECT, "id", "hits"].contains(&name)
}

/// A table over several lines is shown by its beginning.
fn first_line(node: &Node, entries: &[Entry]) -> Range<usize> {
    let end = entries.first().map_or(node.span.end, |entry| entry.span.start);
    node.span.start..end.max(node.span.start).min(node.span.end)
}

/// Escapes a name for a JSON pointer.
fn escaped(name: &str) -> String {
    quoted(name).replace('~', "~0").replace('/', "~1")
}

/// Returns the nearest name, as a question.
pub(super) fn did_you_mean<'a, I>(text: &str, known: impl Fn() -> I) -> Option<String>
where
    I: Iterator<Item = &'a str>,
{
    nearest(text, known()).map(|near| format!("did you mean `{near}`?"))
}
