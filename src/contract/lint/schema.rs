//! Schemas: types that there are, keywords that are what they must be, patterns that can be matched.

use serde_json::{Value, json};

use super::{
    Linter,
    keyword::{FOREIGN, KEYWORDS, Wants, wants},
    nearest,
    reference::What,
};
use crate::contract::{
    translation::TYPES,
    tree::{Entry, Kind, Node},
    violations::quote,
};

impl<'a> Linter<'a> {
    pub(super) fn schema(&mut self, schema: &'a Node) {
        if !matches!(schema.kind, Kind::Map(_)) {
            self.error(schema, format!("a schema must be an object, not {}", schema.what()));
            return;
        }
        if self.is_reference(schema, What::Schema) {
            return;
        }
        for entry in schema.entries() {
            match wants(&entry.name) {
                Some(wants) => self.keyword(entry, wants),
                None => self.unknown_keyword(entry),
            }
        }
        if schema.get("type").and_then(Node::text) == Some("array") && schema.get("items").is_none() {
            self.warning(
                schema.at,
                schema,
                "an array should have `items`; OpenAPI 3.0 wants to know of what",
            );
        }
    }

    fn keyword(&mut self, entry: &'a Entry, wants: Wants) {
        let Entry { name, value: node, .. } = entry;
        let scalar = if let Kind::Scalar(value) = &node.kind { Some(value) } else { None };
        let is_right = match wants {
            Wants::Anything => true,
            Wants::Count => scalar.is_some_and(Value::is_u64),
            Wants::Number => scalar.is_some_and(Value::is_number),
            Wants::Step => scalar.and_then(Value::as_f64).is_some_and(|step| step > 0.0),
            Wants::Boolean => scalar.is_some_and(Value::is_boolean),
            Wants::Text | Wants::Pattern | Wants::Type => node.text().is_some(),
            Wants::List | Wants::SchemaList => !node.items().is_empty(),
            Wants::Names => {
                matches!(node.kind, Kind::List(_)) && node.items().iter().all(|item| item.text().is_some())
            }
            Wants::Object | Wants::Schemas => matches!(node.kind, Kind::Map(_)),
            // Told by the schema itself.
            Wants::Schema => !matches!(node.kind, Kind::List(_)),
            Wants::BooleanOrSchema => {
                scalar.is_some_and(Value::is_boolean) || matches!(node.kind, Kind::Map(_))
            }
        };
        if !is_right {
            self.error(node, wrong(name, wants, node));
            return;
        }
        match wants {
            Wants::Type => self.type_name(node),
            Wants::Pattern => self.pattern(node),
            Wants::Schemas => node.entries().iter().for_each(|entry| self.schema(&entry.value)),
            Wants::SchemaList => node.items().iter().for_each(|item| self.schema(item)),
            Wants::Schema => self.schema(node),
            Wants::BooleanOrSchema if scalar.is_none() => self.schema(node),
            _ => {}
        }
    }

    fn type_name(&mut self, node: &'a Node) {
        let Some(name) = node.text().filter(|name| !TYPES.contains(name)) else { return };
        let remedy = match nearest(name, &TYPES) {
            _ if name == "null" => "write `nullable: true` beside the type of the rest".to_owned(),
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", TYPES.join(", ")),
        };
        self.error(node, format!("`{}` is no type of OpenAPI 3.0; {remedy}", quote(name)));
    }

    /// Asks who will match it: there are dialects of regular expressions.
    fn pattern(&mut self, node: &'a Node) {
        let Some(pattern) = node.text() else { return };
        let schema = json!({"pattern": pattern});
        if jsonschema::options().with_draft(jsonschema::Draft::Draft4).build(&schema).is_err() {
            self.error(node, format!("`{}` is no regular expression", quote(pattern)));
        }
    }

    fn unknown_keyword(&mut self, entry: &'a Entry) {
        let name = entry.name.as_str();
        if name.starts_with("x-") {
            return;
        }
        let known = KEYWORDS.map(|(known, _)| known);
        let remedy = match (FOREIGN.iter().find(|(foreign, _)| *foreign == name), nearest(name, &known)) {
            (Some((_, instead)), _) => format!("; 3.0 has {instead}"),
            (None, Some(near)) => format!("; did you mean `{near}`?"),
            (None, None) => String::new(),
        };
        let message = format!("`{}` is no keyword of OpenAPI 3.0 and is ignored{remedy}", quote(name));
        self.warning(entry.at, &entry.value, message);
    }
}

/// What is wrong with the value of a keyword.
fn wrong(name: &str, wants: Wants, node: &Node) -> String {
    let found = match &node.kind {
        Kind::Scalar(value @ (Value::Number(_) | Value::Bool(_))) => quote(&value.to_string()),
        Kind::List(items) if items.is_empty() => "an empty list".to_owned(),
        _ => node.what().to_owned(),
    };
    let wanted = match wants {
        Wants::Type if matches!(node.kind, Kind::List(_)) => {
            return "`type` must be one type: lists of types are OpenAPI 3.1's; write `nullable: true` or `oneOf`"
                .to_owned();
        }
        Wants::Names if matches!(node.kind, Kind::Scalar(Value::Bool(_))) => {
            return format!(
                "`required` must be a list of names, not {found}; it stands in the schema of the object, \
                 beside `properties`"
            );
        }
        Wants::Boolean
            if name.starts_with("exclusive") && matches!(node.kind, Kind::Scalar(Value::Number(_))) =>
        {
            let bound = name.trim_start_matches("exclusive").to_ascii_lowercase();
            return format!("`{name}` must be true or false, beside `{bound}`; a number is OpenAPI 3.1's");
        }
        Wants::Schema => "one schema for all items",
        Wants::Count => "a whole number from 0 on",
        Wants::Number => "a number",
        Wants::Step => "a number above 0",
        Wants::Boolean => "true or false",
        Wants::Text | Wants::Pattern | Wants::Type => "a string",
        Wants::List => "a list of at least one value",
        Wants::Names => "a list of names",
        Wants::Object => "an object",
        Wants::Schemas => "an object of schemas",
        Wants::BooleanOrSchema => "true, false or a schema",
        Wants::SchemaList => "a list of at least one schema",
        Wants::Anything => "anything",
    };
    format!("`{name}` must be {wanted}, not {found}")
}
