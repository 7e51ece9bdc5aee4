//! Which operations a document brings: those that we serve, matched by method and path, and the rest by
//! name; and under which base paths its servers have them. Made once, from all documents.

use std::collections::BTreeMap;

use openapiv3::Server;
use serde_json::Value;

use super::{
    answer::Answers,
    document::{Document, LoadError},
    pointer,
    request::RequestContract,
};
use crate::exchange::Operation;

pub(super) const METHODS: [&str; 8] = ["delete", "get", "head", "options", "patch", "post", "put", "trace"];

/// The contract of one operation.
pub(super) struct Described {
    /// Which of the documents has it.
    pub(super) document: usize,
    pub(super) request: RequestContract,
    pub(super) answers: Answers,
}

/// The operations of the documents.
#[derive(Default)]
pub(super) struct Index {
    served: BTreeMap<Operation, Described>,
    /// Method and path of the others.
    pub(super) unserved: Vec<String>,
    pub(super) base_paths: Vec<String>,
}

impl Index {
    /// Loads every operation that we serve from the document of that number. What an earlier one describes
    /// already stays as it is.
    pub(super) fn add(&mut self, number: usize, document: &Document) -> Result<(), LoadError> {
        let (typed, added) = document.typed(|| {
            let mut added = BTreeMap::new();
            let paths = document.get("/paths").and_then(Value::as_object);
            for template in paths.into_iter().flat_map(serde_json::Map::keys) {
                if template.starts_with('/') {
                    self.load_path(number, document, template, &mut added)?;
                }
            }
            Ok(added)
        })?;
        self.base_paths.extend(typed.servers.iter().filter_map(base_path));
        self.base_paths.sort();
        self.base_paths.dedup();
        for (operation, described) in added {
            self.served.entry(operation).or_insert(described);
        }
        Ok(())
    }

    /// The contract of an operation, where the document has it.
    pub(super) fn get(&self, operation: Operation) -> Option<&Described> {
        self.served.get(&operation)
    }

    fn load_path(
        &mut self,
        number: usize,
        document: &Document,
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
            let names: Vec<&str> = erase(template).1;
            let described = Described {
                document: number,
                request: RequestContract::load(document, &item, &at, &names)?,
                answers: Answers::load(document, &at)?,
            };
            if added.insert(operation, described).is_some() {
                return Err(document.shape(&at, "another path of the document means the same operation"));
            }
        }
        Ok(())
    }
}

/// The operation of ours that has this method and path.
pub(super) fn served_at(method: &str, template: &str) -> Option<Operation> {
    let erased = erase(template).0;
    Operation::ALL.into_iter().find(|operation| {
        operation.route().is_some_and(|(ours, route)| {
            ours.as_str().eq_ignore_ascii_case(method) && erase(route).0 == erased
        })
    })
}

/// A path template without the names of its parameters, and these names.
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

/// The path of a server's URL, its variables at their defaults; `None` where it is bare.
fn base_path(server: &Server) -> Option<String> {
    let mut url = server.url.clone();
    for (name, variable) in server.variables.iter().flatten() {
        url = url.replace(&format!("{{{name}}}"), &variable.default);
    }
    let path = path_of(&url).trim_end_matches('/');
    (!path.is_empty()).then(|| path.to_owned())
}

/// The path of a URL, which may be relative.
fn path_of(url: &str) -> &str {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let after_scheme = url.split_once("//").map(|(_, rest)| rest);
    let from = match after_scheme {
        Some(rest) => rest.find('/').map_or("", |slash| &rest[slash..]),
        None => url,
    };
    if from.starts_with('/') { from } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(rest: &str) -> Result<Index, LoadError> {
        let text = format!("openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\n{rest}");
        let mut index = Index::default();
        index.add(0, &Document::parse("api.yaml", &text).unwrap()).map(|()| index)
    }

    #[test]
    fn operations_are_found_whatever_their_parameters_are_called() {
        let index = index(
            "paths:\n  /connectors/files/{key}: {delete: {responses: {'200': {description: d}}}}\n  \
             /credentials: {get: {responses: {'200': {description: d}}}}\n",
        )
        .unwrap();
        assert!(index.get(Operation::Delete).is_some());
        assert!(index.get(Operation::List).is_none());
        assert_eq!(index.unserved, ["GET /credentials"]);
    }

    #[test]
    fn two_paths_cannot_mean_one_operation() {
        let item = "{delete: {responses: {'200': {description: d}}}}";
        let error =
            index(&format!("paths:\n  /connectors/files/{{a}}: {item}\n  /connectors/files/{{b}}: {item}\n"));
        assert!(error.err().unwrap().to_string().contains("another path"));
    }

    #[test]
    fn base_paths_are_those_of_the_servers() {
        let index = index(
            "paths: {}\nservers:\n- url: https://a.example\n- url: https://a.example/api/\n- url: /api\n\
             - url: 'https://a.example/{v}/x'\n  variables: {v: {default: v2}}\n- url: //a.example/y?z=/w\n",
        );
        assert_eq!(index.unwrap().base_paths, ["/api", "/v2/x", "/y"]);
    }
}
