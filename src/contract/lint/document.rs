//! The top of a document: version, `info`, `servers`, `components`, `security`.

use serde_json::Value;

use super::{Linter, nearest, reference::What};
use crate::contract::{
    tree::{Kind, Node},
    violations::quote,
};

const FIELDS: [&str; 8] =
    ["openapi", "info", "servers", "paths", "components", "security", "tags", "externalDocs"];

const SECTIONS: [&str; 9] = [
    "schemas",
    "responses",
    "parameters",
    "examples",
    "requestBodies",
    "headers",
    "securitySchemes",
    "links",
    "callbacks",
];

const SCHEMES: [&str; 4] = ["apiKey", "http", "oauth2", "openIdConnect"];

impl<'a> Linter<'a> {
    pub(super) fn document(&mut self) {
        let root = self.root;
        let entries = self.object(root, "a document");
        if !matches!(root.kind, Kind::Map(_)) || !self.version() {
            // Another language: whatever else were told would be told of the wrong one.
            return;
        }
        self.misspelt(entries, &FIELDS);
        match root.get("info") {
            Some(info) => {
                self.object(info, "`info`");
                if matches!(info.kind, Kind::Map(_)) {
                    self.required_string(info, "`info`", "title");
                    self.required_string(info, "`info`", "version");
                }
            }
            None => self.error(root, "the document must have `info`"),
        }
        self.servers();
        if let Some(components) = root.get("components") {
            self.components(components);
        }
        if let Some(security) = root.get("security") {
            self.security(security);
        }
        match root.get("paths") {
            Some(paths) => self.paths(paths),
            None => self.error(root, "the document must have `paths`"),
        }
    }

    /// Whether the document is in OpenAPI 3.0.
    fn version(&mut self) -> bool {
        let root = self.root;
        let Some(version) = root.get("openapi") else {
            match root.get("swagger") {
                Some(swagger) => self.error(
                    swagger,
                    "this is Swagger 2.0, another language than OpenAPI 3.0; convert the document",
                ),
                None => {
                    self.error(root, "the document has no `openapi: 3.0.x`, so it is no OpenAPI document");
                }
            }
            return false;
        };
        let message = match &version.kind {
            Kind::Scalar(Value::String(text)) if text == "3.0" || text.starts_with("3.0.") => return true,
            Kind::Scalar(Value::String(text)) if text == "3.1" || text.starts_with("3.1.") => {
                format!(
                    "this is OpenAPI {}, and 3.1 is another schema language; give the 3.0 document",
                    quote(text)
                )
            }
            Kind::Scalar(Value::String(text)) => {
                format!("`{}` is no version of OpenAPI that is supported; give a 3.0 document", quote(text))
            }
            Kind::Scalar(Value::Number(number)) => {
                format!("`openapi` must be text such as '3.0.3', and {number} without quotes is a number")
            }
            _ => format!("`openapi` must be text such as '3.0.3', not {}", version.what()),
        };
        self.error(version, message);
        false
    }

    fn servers(&mut self) {
        let Some(servers) = self.root.get("servers") else { return };
        for server in self.list(servers, "`servers`") {
            self.object(server, "a server");
            if matches!(server.kind, Kind::Map(_)) {
                self.required_string(server, "a server", "url");
            }
        }
    }

    fn components(&mut self, components: &'a Node) {
        let sections = self.object(components, "`components`");
        self.misspelt(sections, &SECTIONS);
        for section in sections {
            let what = match section.name.as_str() {
                "schemas" => What::Schema,
                "responses" => What::Response,
                "parameters" => What::Parameter,
                "requestBodies" => What::RequestBody,
                "headers" => What::Header,
                "securitySchemes" => What::SecurityScheme,
                _ => continue,
            };
            for component in self.object(&section.value, &format!("`{}`", section.name)) {
                self.look_at(&component.value, what);
            }
        }
    }

    pub(super) fn security_scheme(&mut self, scheme: &'a Node) {
        self.object(scheme, "a security scheme");
        if !matches!(scheme.kind, Kind::Map(_)) || self.is_reference(scheme, What::SecurityScheme) {
            return;
        }
        let Some(kind) = self.required_string(scheme, "a security scheme", "type") else { return };
        if let Some(node) = scheme.get("type")
            && !SCHEMES.contains(&kind)
        {
            let near = nearest(kind, &SCHEMES).map_or_else(
                || format!("there are {}", SCHEMES.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            self.error(node, format!("`{}` is no type of a security scheme; {near}", quote(kind)));
        }
        if kind == "http" {
            self.required_string(scheme, "a security scheme of type `http`", "scheme");
        }
    }

    /// The security of the document or of an operation.
    pub(super) fn security(&mut self, security: &'a Node) {
        for requirement in self.list(security, "`security`") {
            for entry in self.object(requirement, "a requirement of `security`") {
                let schemes = self.value.pointer("/components/securitySchemes");
                if schemes.and_then(|schemes| schemes.get(&entry.name)).is_none() {
                    let message = format!(
                        "`{}` is none of the document's `components/securitySchemes`",
                        quote(&entry.name)
                    );
                    self.error_at(entry.at, &entry.value, message);
                }
            }
        }
    }
}
