//! A schema of an OpenAPI 3.0 document, compiled. OpenAPI's schemas are not JSON Schema: `nullable` is
//! translated, what only describes is dropped, references become definitions of their own, and then Draft 4
//! is what comes closest. Made by parameters, bodies and answers while a document is loaded.

use std::collections::BTreeSet;

use jsonschema::{Draft, ValidationError, ValidationOptions, Validator};
use serde_json::{Map, Value, json};

use super::{
    document::{Document, LoadError},
    pieces::Pieces,
    pointer,
};

/// Keywords that mean the same in Draft 4.
const SAME: [&str; 15] = [
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

/// Which way the message goes: properties may be for one way only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// In a request, what is `readOnly` is not required.
    Request,
    /// In an answer, what is `writeOnly` is not required.
    Answer,
}

/// A compiled schema that knows where each of its parts stands in the document.
pub(super) struct Schema {
    validator: Validator,
    pieces: Option<Pieces>,
    places: Places,
}

/// How schemas are compiled.
pub(super) fn options() -> ValidationOptions<'static> {
    jsonschema::options().with_draft(Draft::Draft4).should_validate_formats(true)
}

impl Schema {
    /// Compiles the schema at `pointer`.
    pub(super) fn compile(document: &Document, pointer: &str, way: Way) -> Result<Self, LoadError> {
        let mut translation =
            Translation { document, way, definitions: Map::new(), places: Places::default() };
        let (target, _) = document.object(pointer)?;
        let is_nullable = document.get(pointer).is_some_and(nullable);
        let root = translation.definition(if is_nullable { pointer } else { &target })?;
        let Translation { definitions, places, .. } = translation;
        let pieces = definitions.get("s0").and_then(|root| Pieces::of(root, &definitions));
        let whole = json!({"$ref": root, "definitions": definitions});
        let validator = options().build(&whole).map_err(|error| {
            let place = places.origin(error.instance_path().as_str());
            document.shape(&place, format!("its schema is not valid: {error}"))
        })?;
        Ok(Self { validator, pieces, places })
    }

    /// Whether the instance is valid; allocates nothing where it is.
    pub(super) fn is_valid(&self, instance: &Value) -> bool {
        self.validator.is_valid(instance)
    }

    /// Whether a large body is known to be valid without a look at all of it at once.
    pub(super) fn is_valid_in_pieces(&self, body: &[u8]) -> bool {
        let envelope = self.pieces.as_ref().and_then(|pieces| pieces.envelope(body));
        envelope.is_some_and(|envelope| self.is_valid(&envelope))
    }

    /// Everything that is wrong with the instance.
    pub(super) fn errors<'a>(&'a self, instance: &'a Value) -> impl Iterator<Item = ValidationError<'a>> {
        self.validator.iter_errors(instance)
    }

    /// Where in the document the keyword stands that raised the error.
    pub(super) fn origin(&self, error: &ValidationError<'_>) -> String {
        self.places.origin(error.schema_path().as_str())
    }

    /// Whether the schema at that place of the document was put beside null to make it nullable.
    pub(super) fn is_beside_null(&self, error: &ValidationError<'_>) -> bool {
        self.places.beside_null.contains(pointer::parent(&self.origin(error)))
    }
}

/// Whether the schema takes every text, so that it needs not be compiled. Most parameters have such a one.
pub(super) fn takes_any_text(schema: &Map<String, Value>) -> bool {
    let limits = |keyword: &String| {
        SAME.contains(&keyword.as_str())
            || ["$ref", "allOf", "anyOf", "oneOf", "not"].contains(&keyword.as_str())
    };
    schema.get("type").is_none_or(|name| name == "string") && !schema.keys().any(limits)
}

/// Whether the schema says of itself that it takes null.
fn nullable(schema: &Value) -> bool {
    schema.get("nullable") == Some(&Value::Bool(true))
}

/// Where the parts of a translated schema come from.
#[derive(Default)]
struct Places {
    /// The pointer of the definition `s<index>`.
    definitions: Vec<String>,
    /// The pointers of schemas that stand as the second of `anyOf`, beside null.
    beside_null: BTreeSet<String>,
}

impl Places {
    /// The place in the document of `/definitions/s<index>/…`.
    fn origin(&self, translated: &str) -> String {
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

/// A translation under way.
struct Translation<'a> {
    document: &'a Document,
    way: Way,
    definitions: Map<String, Value>,
    places: Places,
}

impl Translation<'_> {
    /// A reference to the translation of the schema at `origin`, which is made where there is none yet.
    fn definition(&mut self, origin: &str) -> Result<String, LoadError> {
        let known = self.places.definitions.iter().position(|known| known == origin);
        let index = known.unwrap_or(self.places.definitions.len());
        if known.is_none() {
            // Before its parts are looked at: one of them may refer back to it.
            self.places.definitions.push(origin.to_owned());
            let translated = self.schema(origin)?;
            self.definitions.insert(format!("s{index}"), translated);
        }
        Ok(format!("#/definitions/s{index}"))
    }

    /// The schema at `at` as Draft 4 has it.
    fn schema(&mut self, at: &str) -> Result<Value, LoadError> {
        let Some(schema @ Value::Object(source)) = self.document.get(at) else {
            return Err(self.document.shape(at, "a schema is expected there"));
        };
        let nullable = nullable(schema);
        if source.contains_key("$ref") {
            let (target, _) = self.document.object(at)?;
            let reference = json!({"$ref": self.definition(&target)?});
            // OpenAPI ignores what stands beside a `$ref`, but whoever writes `nullable` there means it.
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
            _ => Err(self
                .document
                .shape(place, format!("{value} is no type of OpenAPI 3.0; there are {}", TYPES.join(", ")))),
        }
    }

    /// The required names without those that the other way of the message alone has.
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

    /// Lets a schema take null as well.
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

#[cfg(test)]
mod tests {
    use crate::contract::testing::{body_messages as messages, load};

    const NONE: [&str; 0] = [];

    #[test]
    fn nullable_takes_null_and_nothing_else_more() {
        for (schema, good, wrong) in [
            ("{type: string, nullable: true}", r#""a""#, "The body must be null or a string, not a number."),
            (
                "{type: string, nullable: true, enum: [a]}",
                r#""a""#,
                "The body must be null or a string, not a number.",
            ),
            (
                "{nullable: true, allOf: [{type: string}]}",
                r#""a""#,
                "The body must be a string, not a number.",
            ),
            (
                "{nullable: true, $ref: '#/components/schemas/Text'}",
                r#""a""#,
                "The body must be a string, not a number.",
            ),
        ] {
            assert_eq!(messages(schema, "null"), NONE, "{schema}");
            assert_eq!(messages(schema, good), NONE, "{schema}");
            assert_eq!(messages(schema, "1")[0], format!(": {wrong}"), "{schema}");
        }
        assert_eq!(messages("{type: string, nullable: false}", "null").len(), 1);
    }

    #[test]
    fn references_lead_to_their_schemas() {
        let schema = "{type: object, properties: {a: {$ref: '#/components/schemas/Text'}}}";
        assert_eq!(messages(schema, r#"{"a": "b"}"#), NONE);
        assert_eq!(messages(schema, r#"{"a": 1}"#), ["/a: `a` must be a string, not a number."]);
    }

    #[test]
    fn schemas_may_be_recursive() {
        let schema = "{$ref: '#/components/schemas/Tree'}";
        assert_eq!(messages(schema, r#"{"left": {"left": {}}}"#), NONE);
        assert_eq!(
            messages(schema, r#"{"left": {"left": 1}}"#),
            ["/left/left: `left.left` must be an object, not a number."]
        );
        assert_eq!(messages("{$ref: '#/components/schemas/Endless'}", "1"), NONE);
    }

    #[test]
    fn what_only_describes_is_dropped() {
        let schema = "{type: string, example: 5, deprecated: true, xml: {name: x}, externalDocs: {url: u}, \
                      discriminator: {propertyName: p}, x-more: {type: 7}}";
        assert_eq!(messages(schema, r#""a""#), NONE);
    }

    #[test]
    fn what_an_answer_alone_has_is_not_required_of_a_request() {
        let schema = "{type: object, required: [id], properties: {id: {type: integer, readOnly: true}}}";
        assert_eq!(messages(schema, "{}"), NONE);
    }

    #[test]
    fn a_schema_that_means_nothing_is_told_with_its_place() {
        let at =
            "/paths/~1connectors~1files~1upload~1request/post/requestBody/content/application~1json/schema";
        for (schema, place, reason) in [
            ("{type: strnig}", "/type", "is no type of OpenAPI 3.0"),
            ("{type: 'null'}", "/type", "is no type of OpenAPI 3.0"),
            ("{type: string, minLength: -1}", "", "minLength"),
            ("{type: string, pattern: '('}", "/pattern", "("),
            ("{$ref: '#/components/schemas/None'}", "", "leads nowhere"),
            ("{$ref: '#/components/schemas/Circle'}", "", "without an end"),
        ] {
            let message = load(schema).unwrap_err().to_string();
            assert!(message.starts_with("test.yaml "), "{message}");
            assert!(message.contains(reason), "{message}");
            if !place.is_empty() {
                assert!(message.contains(&format!("`{at}{place}`")), "{message}");
            }
        }
    }
}
