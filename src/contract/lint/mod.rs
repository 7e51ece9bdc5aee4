//! The lint: a document is looked through before it is used, and everything that is wrong with it is told at
//! once, each with its place. Called by [`super::specs`] for documents that are given to us; the built-in one
//! is looked through by a test instead.
//!
//! One file a part of a document: [`document`] its top, [`path`] paths and operations, [`parameter`],
//! [`message`] bodies and answers, [`schema`] with [`keyword`], and [`reference`] for every `$ref`.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    diagnostic::Severity,
    tree::{Entry, Kind, Node, Place},
};

mod document;
mod keyword;
mod message;
mod parameter;
mod path;
mod reference;
mod schema;

use reference::What;

/// How much is kept of each severity while a document is looked through.
const MOST_KEPT: usize = 1000;

/// What was found, without its file.
pub(super) struct Found<'a> {
    pub(super) severity: Severity,
    pub(super) at: Place,
    pub(super) node: &'a Node,
    pub(super) message: String,
}

/// An operation of the document.
pub(super) struct FoundOperation<'a> {
    /// In capitals.
    pub(super) method: String,
    pub(super) path: &'a str,
    pub(super) id: Option<&'a str>,
    pub(super) at: Place,
    pub(super) node: &'a Node,
}

/// Looks through one document. The results are in [`Self::found`] and [`Self::operations`].
pub(super) struct Linter<'a> {
    root: &'a Node,
    /// The same without places: names are found quicker in it.
    value: &'a Value,
    pub(super) found: Vec<Found<'a>>,
    pub(super) operations: Vec<FoundOperation<'a>>,
    /// Targets of references that nobody else looks at, and what they must be.
    pending: Vec<(&'a Node, What)>,
    seen: HashSet<(String, What)>,
    errors: usize,
    warnings: usize,
}

impl<'a> Linter<'a> {
    /// Looks through the document whose tree is `root` and whose value is `value`.
    pub(super) fn run(root: &'a Node, value: &'a Value) -> Self {
        let mut linter = Self {
            root,
            value,
            found: Vec::new(),
            operations: Vec::new(),
            pending: Vec::new(),
            seen: HashSet::new(),
            errors: 0,
            warnings: 0,
        };
        linter.document();
        while let Some((node, what)) = linter.pending.pop() {
            linter.look_at(node, what);
        }
        linter
    }

    /// Something is wrong with a value.
    fn error(&mut self, node: &'a Node, message: impl Into<String>) {
        self.error_at(node.at, node, message);
    }

    /// Something is wrong with a value, and shown elsewhere than where it begins.
    fn error_at(&mut self, at: Place, node: &'a Node, message: impl Into<String>) {
        self.errors += 1;
        if self.errors <= MOST_KEPT {
            self.found.push(Found { severity: Severity::Error, at, node, message: message.into() });
        }
    }

    fn warning(&mut self, at: Place, node: &'a Node, message: impl Into<String>) {
        self.warnings += 1;
        if self.warnings <= MOST_KEPT {
            self.found.push(Found { severity: Severity::Warning, at, node, message: message.into() });
        }
    }

    /// The entries of what must be an object; none, and an error, where it is none.
    fn object(&mut self, node: &'a Node, name: &str) -> &'a [Entry] {
        if !matches!(node.kind, Kind::Map(_)) {
            self.error(node, format!("{name} must be an object, not {}", node.what()));
        }
        node.entries()
    }

    /// The items of what must be a list.
    fn list(&mut self, node: &'a Node, name: &str) -> &'a [Node] {
        if !matches!(node.kind, Kind::List(_)) {
            self.error(node, format!("{name} must be a list, not {}", node.what()));
        }
        node.items()
    }

    /// The text of what must be text.
    fn string(&mut self, node: &'a Node, name: &str) -> Option<&'a str> {
        if node.text().is_none() {
            self.error(node, format!("{name} must be a string, not {}", node.what()));
        }
        node.text()
    }

    /// A field that must be there, as text.
    fn required_string(&mut self, owner: &'a Node, owner_name: &str, field: &str) -> Option<&'a str> {
        let Some(node) = owner.get(field) else {
            self.error(owner, format!("{owner_name} must have `{field}`"));
            return None;
        };
        self.string(node, &format!("`{field}`"))
    }

    /// A field that is true or false where it is there.
    fn boolean(&mut self, owner: &'a Node, field: &str) {
        if let Some(node) = owner.get(field)
            && !matches!(node.kind, Kind::Scalar(Value::Bool(_)))
        {
            self.error(node, format!("`{field}` must be true or false, not {}", node.what()));
        }
    }

    /// Fields that nobody reads; those near to one that somebody reads are worth a word.
    fn misspelt(&mut self, entries: &'a [Entry], known: &[&str]) {
        for entry in entries {
            if known.contains(&entry.name.as_str()) || entry.name.starts_with("x-") {
                continue;
            }
            if let Some(near) = nearest(&entry.name, known) {
                let message = format!("`{}` means nothing here; did you mean `{near}`?", entry.name);
                self.warning(entry.at, &entry.value, message);
            }
        }
    }
}

/// The name that was meant, most likely.
fn nearest<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    if name.len() > 64 {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let distance = |known: &str| strsim::damerau_levenshtein(&name, &known.to_ascii_lowercase());
    let (distance, near) = known.iter().map(|known| (distance(known), *known)).min()?;
    // A third of a name may be wrong.
    (distance * 3 <= near.len()).then_some(near)
}

#[cfg(test)]
mod tests;
