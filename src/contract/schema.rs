//! A schema of an OpenAPI 3.0 document, compiled. OpenAPI's schemas are not JSON Schema: `nullable` is
//! translated, what only describes is dropped, references become definitions of their own, and then Draft 4
//! is what comes closest. Made by parameters, bodies and answers while a document is loaded.

use jsonschema::{Draft, ValidationError, ValidationOptions, Validator};
use serde_json::{Map, Value, json};

pub(super) use super::translation::Way;
use super::{
    document::{Document, LoadError},
    pieces::Pieces,
    pointer,
    translation::{Places, SAME, Translation, nullable},
};

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
        let mut translation = Translation::new(document, way);
        let (target, _) = document.object(pointer)?;
        let is_nullable = document.get(pointer).is_some_and(nullable);
        let root = translation.definition(if is_nullable { pointer } else { &target });
        translation.definitions()?;
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
