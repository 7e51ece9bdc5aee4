//! Operations of documents: those that we serve, matched by method and path, the rest by name; and the base paths of
//! the documents' servers.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use serde_json::{Map, Value};

use super::{
    answer::Answers,
    openapi::{Document, LoadError},
    pointer,
    request::RequestContract,
};
use crate::exchange::Operation;

pub(super) const METHODS: [&str; 8] = ["delete", "get", "head", "options", "patch", "post", "put", "trace"];

/// Contract of one operation.
pub(super) struct Described {
    pub(super) document: Arc<Document>,
    /// Its place in the document.
    pub(super) at: String,
    pub(super) request: RequestContract,
    pub(super) answers: Answers,
    /// Made where outlines are asked for: by a proxy.
    #[cfg(feature = "schemas")]
    pub(super) shapes: OnceLock<super::outline::Shapes>,
}

/// Operations of all documents.
#[derive(Default)]
pub(super) struct Index {
    served: BTreeMap<Operation, Described>,
    /// Method and path of the operations that we do not serve.
    pub(super) unserved: Vec<String>,
    pub(super) base_paths: Vec<String>,
}

impl Index {
    /// Loads the operations of a document. Operations of earlier documents stay.
    pub(super) fn add(&mut self, document: &Arc<Document>) -> Result<(), LoadError> {
        let mut added = BTreeMap::new();
        for template in keys(document.get("/paths")).filter(|template| template.starts_with('/')) {
            self.add_path(document, template, &mut added)?;
        }
        for (operation, described) in added {
            self.served.entry(operation).or_insert(described);
        }
        let servers = document.get("/servers").and_then(Value::as_array);
        self.base_paths.extend(servers.into_iter().flatten().filter_map(base_path));
        self.base_paths.sort();
        self.base_paths.dedup();
        Ok(())
    }

    /// Returns the contract of an operation that a document describes.
    pub(super) fn get(&self, operation: Operation) -> Option<&Described> {
        self.served.get(&operation)
    }

    fn add_path(
        &mut self,
        document: &Arc<Document>,
        template: &str,
        added: &mut BTreeMap<Operation, Described>,
    ) -> Result<(), LoadError> {
        let (item, methods) = document.object(&pointer::join("/paths", template))?;
        for method in methods.keys().filter(|method| METHODS.contains(&method.as_str())) {
            let Some(operation) = served_at(method, template) else {
                self.unserved.push(format!("{} {template}", method.to_ascii_uppercase()));
                continue;
            };
            let at = pointer::join(&item, method);
            let names = erase(template).1;
            let described = Described {
                request: RequestContract::load(document, &item, &at, &names)?,
                answers: Answers::load(document, &at)?,
                document: Arc::clone(document),
                at: at.clone(),
                #[cfg(feature = "schemas")]
                shapes: OnceLock::new(),
            };
            if added.insert(operation, described).is_some() {
                return Err(document.error(&at, "another path of the document describes the same operation"));
            }
        }
        Ok(())
    }
}

/// Returns the names in an object; empty if the value is not an object.
pub(super) fn keys(object: Option<&Value>) -> impl Iterator<Item = &String> {
    object.and_then(Value::as_object).into_iter().flat_map(Map::keys)
}

/// Returns the served operation with this method and path.
pub(super) fn served_at(method: &str, template: &str) -> Option<Operation> {
    let erased = erase(template).0;
    Operation::ALL.into_iter().find(|operation| {
        operation.route().is_some_and(|(ours, route)| {
            ours.as_str().eq_ignore_ascii_case(method) && erase(route).0 == erased
        })
    })
}

/// Splits a path template into the template without the names of its parameters, and these names.
pub(super) fn erase(template: &str) -> (String, Vec<&str>) {
    let (mut erased, mut names) = (String::new(), Vec::new());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{')
        && let Some((name, after)) = after.split_once('}')
    {
        erased.push_str(before);
        erased.push_str("{}");
        names.push(name);
        rest = after;
    }
    erased.push_str(rest);
    (erased, names)
}

/// Returns the path of a server's URL, with variables at their defaults, unless it is bare. The URL may be relative.
fn base_path(server: &Value) -> Option<String> {
    let mut url = server.get("url")?.as_str()?.to_owned();
    for (name, variable) in server.get("variables").and_then(Value::as_object).into_iter().flatten() {
        let default = variable.get("default").and_then(Value::as_str).unwrap_or_default();
        url = url.replace(&format!("{{{name}}}"), default);
    }
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let path =
        url.split_once("//").map_or(url, |(_, rest)| rest.find('/').map_or("", |slash| &rest[slash..]));
    let path = path.trim_end_matches('/');
    path.starts_with('/').then(|| path.to_owned())
}
