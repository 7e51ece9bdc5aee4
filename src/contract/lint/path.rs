//! Paths and operations: templates and the parameters that they name, methods, names of operations.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{FoundOperation, Linter, reference::What};
use crate::contract::{
    index::{METHODS, erase},
    tree::{Entry, Kind, Node, Place},
    violations::quote,
};

/// The fields of a path item beside its methods.
const ITEM_FIELDS: [&str; 5] = ["$ref", "summary", "description", "servers", "parameters"];

const OPERATION_FIELDS: [&str; 12] = [
    "tags",
    "summary",
    "description",
    "externalDocs",
    "operationId",
    "parameters",
    "requestBody",
    "responses",
    "callbacks",
    "deprecated",
    "security",
    "servers",
];

impl<'a> Linter<'a> {
    pub(super) fn paths(&mut self, paths: &'a Node) {
        for entry in once_each(self.object(paths, "`paths`")) {
            if entry.name.starts_with("x-") {
                continue;
            }
            if !entry.name.starts_with('/') {
                let message = format!("the path `{}` must begin with `/`", quote(&entry.name));
                self.error_at(entry.at, &entry.value, message);
                continue;
            }
            self.object(&entry.value, "a path");
            self.is_reference(&entry.value, What::PathItem);
            if let Some(item) = self.followed(&entry.value) {
                self.path_item(entry, item);
            }
        }
        self.names_of_operations();
    }

    fn path_item(&mut self, path: &'a Entry, item: &'a Node) {
        let names = self.template(path);
        let mut known = ITEM_FIELDS.to_vec();
        known.extend(METHODS);
        self.misspelt(item.entries(), &known);
        let shared = self.parameters(item, &names, &path.name);
        for entry in once_each(item.entries()).filter(|entry| METHODS.contains(&entry.name.as_str())) {
            self.object(&entry.value, "an operation");
            if !matches!(entry.value.kind, Kind::Map(_)) {
                continue;
            }
            let method = entry.name.to_ascii_uppercase();
            let id = entry.value.get("operationId").and_then(|id| self.string(id, "`operationId`"));
            let own = self.parameters(&entry.value, &names, &path.name);
            for name in &names {
                if !own.contains(name) && !shared.contains(name) {
                    let message = format!(
                        "`{{{}}}` of {method} {} is not declared; add a parameter of that name `in: path`",
                        quote(name),
                        quote(&path.name)
                    );
                    self.error_at(path.at, &entry.value, message);
                }
            }
            self.operation(&entry.value);
            let node = &entry.value;
            self.operations.push(FoundOperation { method, path: &path.name, id, at: entry.at, node });
        }
    }

    /// The names of the parameters in a path's template.
    fn template(&mut self, path: &'a Entry) -> Vec<&'a str> {
        let (erased, names) = erase(&path.name);
        if erased.replace("{}", "").contains(['{', '}']) || names.contains(&"") {
            let message = format!("the braces in the path `{}` do not make parameters", quote(&path.name));
            self.error_at(path.at, &path.value, message);
        }
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) {
                let message = format!("the path has the parameter `{}` twice", quote(name));
                self.error_at(path.at, &path.value, message);
            }
        }
        names
    }

    /// The parameters of a path or of an operation; gives the names of those that are in the path.
    fn parameters(&mut self, owner: &'a Node, names: &[&str], path: &str) -> Vec<&'a str> {
        let mut declared: BTreeSet<(&str, &str)> = BTreeSet::new();
        let Some(list) = owner.get("parameters") else { return Vec::new() };
        for node in self.list(list, "`parameters`") {
            self.parameter(node);
            let Some(parameter) = self.followed(node) else { continue };
            let text = |field| parameter.get(field).and_then(Node::text);
            let (Some(name), Some(within)) = (text("name"), text("in")) else { continue };
            if !declared.insert((within, name)) {
                self.error(node, format!("the {within} parameter `{}` is declared twice", quote(name)));
            }
            if within == "path" && !names.contains(&name) {
                let message = format!("the path `{}` has no `{{{}}}`", quote(path), quote(name));
                self.error(node, message);
            }
        }
        declared.into_iter().filter(|(within, _)| *within == "path").map(|(_, name)| name).collect()
    }

    fn operation(&mut self, operation: &'a Node) {
        self.misspelt(operation.entries(), &OPERATION_FIELDS);
        if let Some(body) = operation.get("requestBody") {
            self.request_body(body);
        }
        match operation.get("responses") {
            Some(responses) => self.responses(responses),
            None => self.error(operation, "an operation must have `responses`"),
        }
        if let Some(security) = operation.get("security") {
            self.security(security);
        }
    }

    /// Two operations of one name confuse whoever makes code from the document, and nobody else.
    fn names_of_operations(&mut self) {
        let mut first: HashMap<&str, Place> = HashMap::new();
        let mut twice = Vec::new();
        for operation in &self.operations {
            let Some(id) = operation.id else { continue };
            match first.get(id) {
                Some(_) => twice.push((id, operation.node)),
                None => {
                    first.insert(id, operation.at);
                }
            }
        }
        for (id, node) in twice {
            let node = node.get("operationId").unwrap_or(node);
            self.warning(node.at, node, format!("the operationId `{}` is used twice", quote(id)));
        }
    }
}

/// The entries without those whose name came before, which is told already.
fn once_each(entries: &[Entry]) -> impl Iterator<Item = &Entry> {
    let mut seen = HashSet::new();
    entries.iter().filter(move |entry| seen.insert(entry.name.as_str()))
}
