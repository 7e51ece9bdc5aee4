//! Compiled schemas. OpenAPI 3.0's schemas are not JSON Schema: [`super::translation`] turns them into Draft 4, which
//! comes closest.

use std::sync::Arc;

use jsonschema::{Draft, ValidationError, ValidationOptions, Validator};
use serde_json::{Map, Value, json};

pub(super) use super::translation::Way;
use super::{
    openapi::{Document, LoadError},
    pieces::Pieces,
    pointer, sentence,
    translation::{Places, SAME, Translation, nullable},
    violations::{Subject, Violations},
};

/// Compiled schema that knows the place of each part in its document.
pub(super) struct Schema {
    document: Arc<Document>,
    validator: Validator,
    pieces: Option<Pieces>,
    places: Places,
}

/// Returns the options that schemas are compiled with.
pub(super) fn options() -> ValidationOptions<'static> {
    jsonschema::options().with_draft(Draft::Draft4).should_validate_formats(true)
}

impl Schema {
    /// Compiles the schema at `pointer`.
    pub(super) fn compile(document: &Arc<Document>, pointer: &str, way: Way) -> Result<Self, LoadError> {
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
            document.error(&place, format!("invalid schema: {error}"))
        })?;
        Ok(Self { document: document.clone(), validator, pieces, places })
    }

    /// Returns whether the instance is valid; allocates nothing where it is.
    pub(super) fn is_valid(&self, instance: &Value) -> bool {
        self.validator.is_valid(instance)
    }

    /// Adds a violation for everything that is wrong with the instance.
    pub(super) fn check(&self, violations: &mut Violations, subject: &Subject<'_>, instance: &Value) {
        if !self.is_valid(instance) {
            sentence::add_all(violations, subject, self, instance);
        }
    }

    /// Returns whether a large body is valid as far as it can be checked item by item.
    pub(super) fn is_valid_in_pieces(&self, body: &[u8]) -> bool {
        let envelope = self.pieces.as_ref().and_then(|pieces| pieces.envelope(body));
        envelope.is_some_and(|envelope| self.is_valid(&envelope))
    }

    /// Returns everything that is wrong with the instance.
    pub(super) fn errors<'a>(&'a self, instance: &'a Value) -> impl Iterator<Item = ValidationError<'a>> {
        self.validator.iter_errors(instance)
    }

    /// Returns the place in the document of the keyword that raised the error.
    pub(super) fn origin(&self, error: &ValidationError<'_>) -> String {
        self.places.origin(error.schema_path().as_str())
    }

    /// Returns the first sentence of the description of the schema whose keyword is at `origin`.
    pub(super) fn description(&self, origin: &str) -> Option<&str> {
        let text = self.document.get(pointer::parent(origin))?.get("description")?.as_str()?.trim();
        let end = text.find(". ").or_else(|| text.find(".\n")).unwrap_or(text.len());
        Some(text[..end].trim_end_matches('.'))
    }

    /// Returns whether the schema that raised the error is an alternative to null, to make it nullable.
    pub(super) fn is_beside_null(&self, error: &ValidationError<'_>) -> bool {
        self.places.beside_null.contains(pointer::parent(&self.origin(error)))
    }
}

/// Returns whether the schema accepts every string, as most parameters' do: it need not be compiled.
pub(super) fn takes_any_text(schema: &Map<String, Value>) -> bool {
    let limits = |keyword: &String| {
        SAME.contains(&keyword.as_str())
            || ["$ref", "allOf", "anyOf", "oneOf", "not"].contains(&keyword.as_str())
    };
    schema.get("type").is_none_or(|name| name == "string") && !schema.keys().any(limits)
}
