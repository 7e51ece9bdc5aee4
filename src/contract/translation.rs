//! Translates OpenAPI's schemas to Draft 4: `nullable` becomes a type, annotations are dropped, and every reference
//! leads to a definition that knows its place in the document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{
    openapi::{Document, LoadError},
    pointer,
};
use crate::text::or;

/// Keywords that mean the same in Draft 4.
pub(super) const SAME: [&str; 15] = [
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "uniqueItems",
];

/// The types that OpenAPI 3.0 has.
const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// Limit on the schemas that refer to one another: compiling one recurses into the others.
const MAX_DEFINITIONS: usize = 1000;

/// Direction of the message: properties may be for one direction only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Requests: `readOnly` properties are not required.
    Request,
    /// Answers: `writeOnly` properties are not required.
    Answer,
}

/// Returns whether the schema itself allows null.
pub(super) fn nullable(schema: &Value) -> bool {
    schema.get("nullable") == Some(&Value::Bool(true))
}

/// Places in the document of the parts of a translated schema.
#[derive(Default)]
pub(super) struct Places {
    /// The pointer of the definition `s<index>`.
    definitions: Vec<String>,
    /// Pointers of schemas that are alternatives to null.
    pub(super) beside_null: BTreeSet<String>,
}

impl Places {
    /// Returns the place in the document of `/definitions/s<index>/…`.
    pub(super) fn origin(&self, translated: &str) -> String {
        let mut segments = translated.strip_prefix("/definitions/s").unwrap_or_default().split('/');
        let index = segments.next().and_then(|index| index.parse::<usize>().ok());
        let Some(origin) = index.and_then(|index| self.definitions.get(index)) else {
            return self.definitions.first().cloned().unwrap_or_default();
        };
        let mut origin = origin.clone();
        let mut segments = segments.peekable();
        while let Some(segment) = segments.next() {
            if segment == "anyOf" && self.beside_null.contains(&origin) && segments.peek().is_some() {
                segments.next();
                continue;
            }
            origin.push('/');
            origin.push_str(segment);
        }
        origin
    }
}

/// Translation in progress.
pub(super) struct Translation<'a> {
    document: &'a Document,
    way: Way,
    pub(super) definitions: Map<String, Value>,
    pub(super) places: Places,
    /// The index of each definition, by its place in the document.
    known: BTreeMap<String, usize>,
}

impl<'a> Translation<'a> {
    /// Starts a translation for messages in this direction.
    pub(super) fn new(document: &'a Document, way: Way) -> Self {
        Self { document, way, definitions: Map::new(), places: Places::default(), known: BTreeMap::new() }
    }

    /// Returns a reference to the translation of the schema at `origin`, which [`Self::definitions`] will add.
    pub(super) fn definition(&mut self, origin: &str) -> String {
        let index = self.known.get(origin).copied().unwrap_or_else(|| {
            let index = self.places.definitions.len();
            self.places.definitions.push(origin.to_owned());
            self.known.insert(origin.to_owned(), index);
            index
        });
        format!("#/definitions/s{index}")
    }

    /// Translates referenced schemas, and those they refer to; iteratively, since references may
    /// form a chain of any length.
    pub(super) fn definitions(&mut self) -> Result<(), LoadError> {
        let mut index = 0;
        while let Some(origin) = self.places.definitions.get(index).cloned() {
            if index >= MAX_DEFINITIONS {
                let reason = format!("more than {MAX_DEFINITIONS} schemas refer to one another here");
                return Err(self.document.error(&origin, reason));
            }
            let translated = self.schema(&origin)?;
            self.definitions.insert(format!("s{index}"), translated);
            index += 1;
        }
        Ok(())
    }

    /// Translates the schema at `at`.
    fn schema(&mut self, at: &str) -> Result<Value, LoadError> {
        let Some(schema @ Value::Object(source)) = self.document.get(at) else {
            return Err(self.document.error(at, "a schema must be an object"));
        };
        let nullable = nullable(schema);
        if source.contains_key("$ref") {
            let (target, _) = self.document.object(at)?;
            let reference = json!({"$ref": self.definition(&target)});
            // OpenAPI ignores siblings of a `$ref`, but authors intend `nullable` there.
            return Ok(if nullable { self.beside_null(at, &reference) } else { reference });
        }
        let mut translated = Map::new();
        for (keyword, value) in source {
            let place = pointer::join(at, keyword);
            let value = match (keyword.as_str(), value) {
                ("type", value) => self.known_type(&place, value)?,
                ("required", Value::Array(names)) => match self.required(source, names) {
                    // Draft 4 has no empty `required`.
                    names if names.is_empty() => continue,
                    names => Value::Array(names),
                },
                ("properties", Value::Object(properties)) => {
                    let names = properties.keys();
                    let schemas = names
                        .map(|name| Ok((name.clone(), self.schema(&pointer::join(&place, name))?)))
                        .collect::<Result<_, LoadError>>()?;
                    Value::Object(schemas)
                }
                ("additionalProperties", Value::Bool(_)) => value.clone(),
                ("items" | "not" | "additionalProperties", _) => self.schema(&place)?,
                ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => (0..schemas.len())
                    .map(|index| self.schema(&pointer::join(&place, &index.to_string())))
                    .collect::<Result<_, _>>()?,
                (same, value) if SAME.contains(&same) => value.clone(),
                _ => continue,
            };
            translated.insert(keyword.clone(), value);
        }
        if nullable { Ok(self.nullable(at, translated)) } else { Ok(Value::Object(translated)) }
    }

    fn known_type(&self, place: &str, value: &Value) -> Result<Value, LoadError> {
        match value.as_str() {
            Some(name) if TYPES.contains(&name) => Ok(value.clone()),
            _ => {
                let types = or(TYPES);
                Err(self.document.error(place, format!("`type` must be {types}, not {value}")))
            }
        }
    }

    /// Returns the required names without those that only messages in the other direction have.
    fn required(&self, source: &Map<String, Value>, names: &[Value]) -> Vec<Value> {
        let other_way = match self.way {
            Way::Request => "readOnly",
            Way::Answer => "writeOnly",
        };
        let of_the_other = |name: &&Value| {
            let property = name.as_str().and_then(|name| source.get("properties")?.get(name));
            property.and_then(|property| property.get(other_way)) == Some(&Value::Bool(true))
        };
        names.iter().filter(|name| !of_the_other(name)).cloned().collect()
    }

    /// Makes a schema allow null as well.
    fn nullable(&mut self, at: &str, mut schema: Map<String, Value>) -> Value {
        if ["allOf", "anyOf", "oneOf", "not"].iter().any(|keyword| schema.contains_key(*keyword)) {
            return self.beside_null(at, &Value::Object(schema));
        }
        if let Some(name) = schema.get_mut("type") {
            *name = json!([name.take(), "null"]);
        }
        if let Some(Value::Array(values)) = schema.get_mut("enum")
            && !values.contains(&Value::Null)
        {
            values.push(Value::Null);
        }
        Value::Object(schema)
    }

    fn beside_null(&mut self, at: &str, schema: &Value) -> Value {
        self.places.beside_null.insert(at.to_owned());
        json!({"anyOf": [{"type": "null"}, schema]})
    }
}
