//! Parameters and headers of answers, which are described alike.

use serde_json::Value;

use super::{Linter, nearest, reference::What};
use crate::contract::{
    tree::{Kind, Node},
    violations::quote,
};

const PLACES: [&str; 4] = ["path", "query", "header", "cookie"];

const FIELDS: [&str; 13] = [
    "name",
    "in",
    "description",
    "required",
    "deprecated",
    "allowEmptyValue",
    "style",
    "explode",
    "allowReserved",
    "schema",
    "example",
    "examples",
    "content",
];

impl<'a> Linter<'a> {
    pub(super) fn parameter(&mut self, parameter: &'a Node) {
        self.object(parameter, "a parameter");
        if !matches!(parameter.kind, Kind::Map(_)) || self.is_reference(parameter, What::Parameter) {
            return;
        }
        self.misspelt(parameter.entries(), &FIELDS);
        self.required_string(parameter, "a parameter", "name");
        let within = self.required_string(parameter, "a parameter", "in");
        if let (Some(within), Some(node)) = (within, parameter.get("in"))
            && !PLACES.contains(&within)
        {
            let near = nearest(within, &PLACES).map_or_else(
                || format!("there are {}", PLACES.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            self.error(node, format!("a parameter cannot be in `{}`; {near}", quote(within)));
        }
        self.boolean(parameter, "required");
        let is_required = parameter
            .get("required")
            .is_some_and(|required| matches!(required.kind, Kind::Scalar(Value::Bool(true))));
        if within == Some("path") && !is_required {
            self.error(parameter, "a path parameter must have `required: true`");
        }
        self.described(parameter, "a parameter");
    }

    pub(super) fn header(&mut self, header: &'a Node) {
        self.object(header, "a header");
        if !matches!(header.kind, Kind::Map(_)) || self.is_reference(header, What::Header) {
            return;
        }
        self.boolean(header, "required");
        self.described(header, "a header");
    }

    /// What a value must be: by a schema, or by the schema of a content.
    fn described(&mut self, owner: &'a Node, name: &str) {
        match (owner.get("schema"), owner.get("content")) {
            (Some(schema), _) => self.schema(schema),
            (None, Some(content)) => self.content(content),
            (None, None) => self.error(owner, format!("{name} must have `schema`")),
        }
    }
}
