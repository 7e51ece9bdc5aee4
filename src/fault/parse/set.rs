//! Sets of rules: lists of tables and texts, and what stands around them. A set is taken whole or not at all.

use std::ops::Range;

use super::{
    rule::{Reader, did_you_mean},
    short,
};
use crate::{
    document::{Node, What},
    fault::{
        Fault, MAX_FAULTS, Mistakes, Scenario,
        mistake::{Mistake, quoted},
    },
};

/// What a document has its rules under; the first is how it is written.
const IN_TOML: [&str; 2] = ["fault", "faults"];
const IN_JSON: [&str; 2] = ["faults", "fault"];

/// Reads sets of rules.
#[derive(Default)]
pub(super) struct SetReader {
    reader: Reader,
    rules: Vec<Fault>,
    /// Whether a mistake inside of a text says at which character: where nobody sees the text with a caret.
    tells_characters: bool,
}

impl SetReader {
    /// A reader whose mistakes nobody shows the text of.
    pub(super) fn telling_characters() -> Self {
        Self { tells_characters: true, ..Self::default() }
    }

    /// All that was read.
    pub(super) fn finish(self) -> Result<Vec<Fault>, Mistakes> {
        let Reader { mistakes, unknown } = self.reader;
        if mistakes.is_empty() { Ok(self.rules) } else { Err(Mistakes::of(mistakes).hiding(unknown)) }
    }

    /// A TOML document, which has nothing but rules.
    pub(super) fn document(&mut self, root: &Node) {
        let What::Table(entries) = &root.what else { return };
        for entry in entries {
            if IN_TOML.contains(&entry.name.as_str()) {
                self.rules(&entry.value, &format!("/{}", entry.name));
            } else {
                self.reader.hide(&entry.value);
                let what = format!("`{}` is no part of a set of rules", quoted(&entry.name));
                let names = || IN_TOML.into_iter().take(1);
                let remedy = did_you_mean(&entry.name, names)
                    .unwrap_or_else(|| "write each rule below a [[fault]] of its own".to_owned());
                self.reader
                    .mistakes
                    .push(Mistake::new(format!("/{}", quoted(&entry.name)), what, remedy).at(&entry.span));
            }
        }
    }

    /// A JSON document: a list of rules, or an object that has one and nothing else; or a single rule.
    pub(super) fn json(&mut self, root: &Node) {
        match &root.what {
            What::Table(entries) => match entries.as_slice() {
                [entry] if IN_JSON.contains(&entry.name.as_str()) => {
                    self.rules(&entry.value, &format!("/{}", entry.name));
                }
                _ => self.one(root, ""),
            },
            What::List(_) => self.rules(root, ""),
            _ => self.one(root, ""),
        }
    }

    /// A list of rules.
    pub(super) fn rules(&mut self, list: &Node, pointer: &str) {
        let What::List(rules) = &list.what else {
            let what = format!("rules are a list, and this is {}", list.what.kind());
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

    /// A rule as a table or as a text, or the rules of a scenario.
    pub(super) fn one(&mut self, node: &Node, pointer: &str) {
        match &node.what {
            What::Text(text) => self.text(text, &node.span, pointer),
            What::Table(entries) => match entries.as_slice() {
                [entry] if entry.name == "scenario" => {
                    self.scenario(&entry.value, &format!("{pointer}/scenario"));
                }
                _ => self.rules.extend(self.reader.rule(node, pointer)),
            },
            _ => self.rules.extend(self.reader.rule(node, pointer)),
        }
    }

    /// A rule in the short form, which stands at `span`, in quotes or not.
    pub(super) fn text(&mut self, text: &str, span: &Range<usize>, pointer: &str) {
        let mistakes = match short::read(text) {
            Ok(rule) => {
                self.rules.push(rule);
                return;
            }
            Err(mistakes) => mistakes,
        };
        // Where characters are escaped, nobody knows which is where.
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
        let found = match &node.what {
            What::Text(name) => Scenario::named(name).map_err(|mistake| mistake.below(pointer)),
            other => {
                let what = format!("`scenario` takes a name, and this is {}", other.kind());
                Err(Mistake::new(pointer, what, "write one of `assay faults`"))
            }
        };
        match found {
            Ok(scenario) => self.rules.extend(scenario.faults()),
            Err(mistake) => self.reader.mistakes.push(mistake.at(&node.span)),
        }
    }
}
