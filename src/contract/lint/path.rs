//! Checks paths, operations and security requirements: names that must go together.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use super::{Linter, Severity};
use crate::{
    contract::{
        index::{METHODS, erase, keys},
        pointer,
    },
    document::Place,
    text::quoted,
};

/// Operation of the document.
pub(in crate::contract) struct FoundOperation {
    /// In capitals.
    pub(in crate::contract) method: String,
    pub(in crate::contract) path: String,
    pub(in crate::contract) id: Option<String>,
    pub(in crate::contract) pointer: String,
    pub(in crate::contract) place: Place,
}

impl<'a> Linter<'a> {
    /// Checks paths and operations, and returns the operations in the order of the text.
    pub(in crate::contract) fn operations(&mut self) -> Vec<FoundOperation> {
        self.security("/security");
        let mut operations = Vec::new();
        for template in keys(self.document.get("/paths")).filter(|template| template.starts_with('/')) {
            self.path(template, &mut operations);
        }
        operations.sort_by_key(|operation| operation.place);
        self.operation_ids(&operations);
        operations
    }

    fn path(&mut self, template: &str, operations: &mut Vec<FoundOperation>) {
        let at = pointer::join("/paths", template);
        let names = self.template(&at, template);
        let document = self.document;
        let Ok((item, methods)) = document.object(&at) else { return };
        let shared = self.parameters(&item, template, &names);
        for (method, operation) in methods.iter().filter(|(name, _)| METHODS.contains(&name.as_str())) {
            if !operation.is_object() {
                continue;
            }
            let here = pointer::join(&item, method);
            let method = method.to_ascii_uppercase();
            let own = self.parameters(&here, template, &names);
            for name in names.iter().filter(|name| !own.contains(*name) && !shared.contains(*name)) {
                let message = format!(
                    "{method} {template} does not declare {}; add a parameter of that name with `in: path`",
                    quoted(&format!("{{{name}}}"))
                );
                self.error_in_name(&at, message);
            }
            self.security(&pointer::join(&here, "security"));
            operations.push(FoundOperation {
                method,
                path: template.to_owned(),
                id: operation.get("operationId").and_then(Value::as_str).map(str::to_owned),
                place: self.places.place(self.tree.name_of(&here).start),
                pointer: here,
            });
        }
    }

    /// Checks the braces of a path's template, and returns the names in them.
    fn template<'t>(&mut self, at: &str, template: &'t str) -> Vec<&'t str> {
        let (erased, names) = erase(template);
        if erased.replace("{}", "").contains(['{', '}']) || names.contains(&"") {
            self.error_in_name(at, format!("unbalanced or empty braces in the path {}", quoted(template)));
        }
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) {
                self.error_in_name(at, format!("the path has the parameter {} twice", quoted(name)));
            }
        }
        names
    }

    /// Checks the parameters of a path item or an operation, and returns the names of those in the path.
    fn parameters(&mut self, owner: &str, template: &str, names: &[&str]) -> Vec<&'a str> {
        let document = self.document;
        let list = pointer::join(owner, "parameters");
        let length = document.get(&list).and_then(Value::as_array).map_or(0, Vec::len);
        let mut declared: BTreeSet<(&str, &str)> = BTreeSet::new();
        for index in 0..length {
            let at = format!("{list}/{index}");
            let Ok((_, parameter)) = document.object(&at) else { continue };
            let text = |field| parameter.get(field).and_then(Value::as_str);
            let (Some(name), Some(within)) = (text("name"), text("in")) else { continue };
            if !declared.insert((within, name)) {
                self.error(&at, format!("the {within} parameter {} is declared twice", quoted(name)));
            }
            if within == "path" && !names.contains(&name) {
                let name = quoted(&format!("{{{name}}}"));
                self.error(&at, format!("the path {} has no {name}", quoted(template)));
            }
        }
        declared.into_iter().filter(|(within, _)| *within == "path").map(|(_, name)| name).collect()
    }

    /// Checks that the names in a list of security requirements are security schemes.
    fn security(&mut self, pointer: &str) {
        let document = self.document;
        let length = document.get(pointer).and_then(Value::as_array).map_or(0, Vec::len);
        for index in 0..length {
            let requirement = format!("{pointer}/{index}");
            for name in keys(document.get(&requirement)) {
                if document.get(&pointer::join("/components/securitySchemes", name)).is_none() {
                    let message = format!(
                        "unknown security scheme {}; add it to `components/securitySchemes`",
                        quoted(name)
                    );
                    self.error_in_name(&pointer::join(&requirement, name), message);
                }
            }
        }
    }

    /// Warns of operations with the same `operationId`, which confuses code generators.
    fn operation_ids(&mut self, operations: &[FoundOperation]) {
        let mut known = HashSet::new();
        for FoundOperation { id, pointer, .. } in operations {
            let Some(id) = id.as_deref() else { continue };
            if !known.insert(id) {
                let at = pointer::join(pointer, "operationId");
                let message = format!("the operationId {} is used twice", quoted(id));
                self.report(Severity::Warning, self.tree.head_of(&at), at, message);
            }
        }
    }
}
