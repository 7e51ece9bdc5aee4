//! Sets of rules: lists of tables and texts. A set is taken whole or not at all.

use std::ops::Range;

use super::{
    rule::{Reader, did_you_mean},
    short,
};
use crate::{
    document::{Node, NodeKind},
    fault::{
        Fault, MAX_FAULTS, Mistakes, Scenario,
        mistake::{Mistake, quoted},
    },
};

/// Names of the list of rules in a document; the first is the written one.
const IN_TOML: [&str; 2] = ["fault", "faults"];
const IN_JSON: [&str; 2] = ["faults", "fault"];

/// Reads sets of rules.
#[derive(Default)]
pub(super) struct SetReader {
    reader: Reader,
    rules: Vec<Fault>,
    /// Whether mistakes in a text name their character, since no caret is shown.
    tells_characters: bool,
}

impl SetReader {
    /// Makes a reader whose mistakes name their character.
    pub(super) fn telling_characters() -> Self {
        Self { tells_characters: true, ..Self::default() }
    }

    /// Returns the rules, or all mistakes.
    pub(super) fn finish(self) -> Result<Vec<Fault>, Mistakes> {
        let Reader { mistakes, unknown } = self.reader;
        if mistakes.is_empty() { Ok(self.rules) } else { Err(Mistakes::of(mistakes).hiding(unknown)) }
    }

    /// Reads a TOML document of rules.
    pub(super) fn document(&mut self, root: &Node) {
        let NodeKind::Table(entries) = &root.kind else { return };
        for entry in entries {
            if IN_TOML.contains(&entry.name.as_str()) {
                self.rules(&entry.value, &format!("/{}", entry.name));
            } else {
                self.reader.hide(&entry.value);
                let what = format!("unknown field `{}`", quoted(&entry.name));
                let names = || IN_TOML.into_iter().take(1);
                let remedy = did_you_mean(&entry.name, names)
                    .unwrap_or_else(|| "write each rule under its own [[fault]]".to_owned());
                self.reader
                    .mistakes
                    .push(Mistake::new(format!("/{}", quoted(&entry.name)), what, remedy).at(&entry.span));
            }
        }
    }

    /// Reads a JSON document: a list of rules, an object with only such a list, or a single rule.
    pub(super) fn json(&mut self, root: &Node) {
        match &root.kind {
            NodeKind::Table(entries) => match entries.as_slice() {
                [entry] if IN_JSON.contains(&entry.name.as_str()) => {
                    self.rules(&entry.value, &format!("/{}", entry.name));
                }
                _ => self.one(root, ""),
            },
            NodeKind::List(_) => self.rules(root, ""),
            _ => self.one(root, ""),
        }
    }

    /// Reads a list of rules.
    pub(super) fn rules(&mut self, list: &Node, pointer: &str) {
        let NodeKind::List(rules) = &list.kind else {
            let what = format!("rules are a list, and this is {}", list.kind.name());
            let remedy = "write [[fault]] in double brackets, or a list in brackets";
            self.reader.mistakes.push(Mistake::new(pointer, what, remedy).at(&list.span));
            return;
        };
        if let Some(first) = rules.get(MAX_FAULTS) {
            let what = format!("these are {} rules, more than are set at once", rules.len());
            let remedy = format!("set {MAX_FAULTS} at the most");
            self.reader.mistakes.push(Mistake::new(pointer, what, remedy).at(&first.span));
            return;
        }
        for (at, rule) in rules.iter().enumerate() {
            self.one(rule, &format!("{pointer}/{at}"));
        }
    }

    /// Reads a rule, as a table or as text, or the rules of a scenario.
    pub(super) fn one(&mut self, node: &Node, pointer: &str) {
        match &node.kind {
            NodeKind::Text(text) => self.text(text, &node.span, pointer),
            NodeKind::Table(entries) => match entries.as_slice() {
                [entry] if entry.name == "scenario" => {
                    self.scenario(&entry.value, &format!("{pointer}/scenario"));
                }
                _ => self.rules.extend(self.reader.rule(node, pointer)),
            },
            _ => self.rules.extend(self.reader.rule(node, pointer)),
        }
    }

    /// Reads a rule in the short form at `span`, in quotes or not.
    pub(super) fn text(&mut self, text: &str, span: &Range<usize>, pointer: &str) {
        let mistakes = match short::read(text) {
            Ok(rule) => {
                self.rules.push(rule);
                return;
            }
            Err(mistakes) => mistakes,
        };
        // Escapes hide which character is where.
        let start = (span.len() == text.len() + 2).then_some(span.start + 1);
        let start = start.or((span.len() == text.len()).then_some(span.start));
        for mut mistake in mistakes {
            let within = mistake.span.take().unwrap_or_default();
            let character = text.get(..within.start).map_or(0, |before| before.chars().count()) + 1;
            pointer.clone_into(&mut mistake.pointer);
            if self.tells_characters {
                mistake = mistake.inside(format_args!("at character {character}, "));
            }
            let place = start.map_or(span.clone(), |start| start + within.start..start + within.end);
            self.reader.mistakes.push(mistake.at(&place));
        }
    }

    fn scenario(&mut self, node: &Node, pointer: &str) {
        let found = match &node.kind {
            NodeKind::Text(name) => Scenario::named(name).map_err(|mistake| mistake.below(pointer)),
            other => {
                let what = format!("`scenario` takes a name, and this is {}", other.name());
                Err(Mistake::new(pointer, what, "write one of `assay faults`"))
            }
        };
        match found {
            Ok(scenario) => self.rules.extend(scenario.faults()),
            Err(mistake) => self.reader.mistakes.push(mistake.at(&node.span)),
        }
    }
}
