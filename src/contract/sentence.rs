//! What a schema found wrong, as sentences in plain words. Called for every body, parameter and header that
//! is not valid, never for one that is.

use jsonschema::{
    JsonType, ValidationError,
    error::{TypeKind, ValidationErrorKind as Kind},
};
use serde_json::Value;

use super::{
    document::Document,
    pointer,
    schema::Schema,
    violations::{Violations, quote},
};

/// What is being checked, and how its violations are filed.
pub(super) struct Subject<'a> {
    /// The rule that is broken.
    pub(super) rule: &'static str,
    /// What the message calls the whole, such as "the body".
    pub(super) name: &'a str,
    /// The name of a header or parameter, which is its pointer; bodies have pointers of their own.
    pub(super) fixed_pointer: Option<&'a str>,
}

/// Adds a violation for everything that `schema` finds wrong with `instance`.
pub(super) fn add_all<'a>(
    violations: &mut Violations,
    document: &Document,
    subject: &Subject<'_>,
    schema: &'a Schema,
    instance: &'a Value,
) {
    for error in schema.errors(instance) {
        if violations.is_full() {
            return;
        }
        add(violations, document, subject, schema, &error);
    }
}

fn add(
    violations: &mut Violations,
    document: &Document,
    subject: &Subject<'_>,
    schema: &Schema,
    error: &ValidationError<'_>,
) {
    // The null of what is nullable was added by the translation: what is wrong is wrong with the rest.
    if let Kind::AnyOf { context } = error.kind()
        && schema.is_beside_null(error)
        && let Some(errors) = context.last()
    {
        for error in errors {
            add(violations, document, subject, schema, error);
        }
        return;
    }
    let place = error.instance_path().as_str();
    let spec = schema.origin(error);
    let mut file = |place: &str, message: String| {
        let pointer = subject.fixed_pointer.unwrap_or(place).to_owned();
        violations.add(subject.rule, pointer, message, spec.clone());
    };
    match error.kind() {
        Kind::Required { property } => {
            let missing = pointer::join(place, property.as_str().unwrap_or_default());
            file(&missing, format!("{} is required.", name(subject, &missing)));
        }
        Kind::AdditionalProperties { unexpected } => {
            for property in unexpected {
                let extra = pointer::join(place, property);
                file(
                    &extra,
                    format!("{} is not a property that the contract allows.", name(subject, &extra)),
                );
            }
        }
        _ => {
            let predicate = predicate(document, &spec, error);
            file(place, format!("{} {predicate}.", name(subject, place)));
        }
    }
}

/// How a sentence begins that is about a place.
fn name(subject: &Subject<'_>, place: &str) -> String {
    match pointer::field(place) {
        None => capitalised(subject.name),
        Some(field) if subject.fixed_pointer.is_some() => {
            format!("`{}` of {}", quote(&field), subject.name)
        }
        Some(field) => format!("`{}`", quote(&field)),
    }
}

pub(super) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// The rest of the sentence, without its full stop.
fn predicate(document: &Document, spec: &str, error: &ValidationError<'_>) -> String {
    let value = error.instance();
    match error.kind() {
        Kind::Type { kind } => format!("must be {}, not {}", types(kind), kind_of(value)),
        Kind::Enum { options } => {
            let options: Vec<String> = options.as_array().into_iter().flatten().map(shown).collect();
            format!("must be {}, not {}", alternatives(&options), shown(value))
        }
        Kind::Pattern { pattern } => {
            let matching = format!("does not match the pattern `{}`", quote(pattern));
            match description(document, spec) {
                Some(description) => format!("{matching}: {}", description.trim_end_matches('.')),
                None => matching,
            }
        }
        Kind::Format { format } => format!("must have the format `{format}`, and {} has not", shown(value)),
        Kind::MinLength { limit: 1 } => "must not be empty".to_owned(),
        Kind::MinLength { limit } => format!("must have at least {limit} characters"),
        Kind::MaxLength { limit } => format!("must have at most {limit} characters"),
        Kind::MinItems { limit } => format!("must have at least {}", counted(*limit, "item", "items")),
        Kind::MaxItems { limit } => format!("must have at most {}", counted(*limit, "item", "items")),
        Kind::MinProperties { limit } => {
            format!("must have at least {}", counted(*limit, "property", "properties"))
        }
        Kind::MaxProperties { limit } => {
            format!("must have at most {}", counted(*limit, "property", "properties"))
        }
        Kind::Minimum { limit } => format!("must be at least {limit}, and {} is less", shown(value)),
        Kind::Maximum { limit } => format!("must be at most {limit}, and {} is more", shown(value)),
        Kind::ExclusiveMinimum { limit } => format!("must be more than {limit}, and {} is not", shown(value)),
        Kind::ExclusiveMaximum { limit } => format!("must be less than {limit}, and {} is not", shown(value)),
        Kind::MultipleOf { multiple_of } => {
            format!("must be a multiple of {multiple_of}, and {} is not", shown(value))
        }
        Kind::UniqueItems => "must not have two items that are equal".to_owned(),
        Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => {
            "fits none of the forms that the contract allows".to_owned()
        }
        Kind::OneOfMultipleValid { .. } => {
            "fits more than one of the forms of which the contract allows exactly one".to_owned()
        }
        Kind::Not { .. } => "has a form that the contract forbids".to_owned(),
        other => format!("breaks the contract's `{}`", other.keyword()),
    }
}

/// The first sentence of what the document says about the schema that has the keyword at `spec`.
fn description<'a>(document: &'a Document, spec: &str) -> Option<&'a str> {
    let text = document.get(pointer::parent(spec))?.get("description")?.as_str()?.trim();
    let end = text.find(". ").or_else(|| text.find(".\n")).unwrap_or(text.len());
    Some(&text[..end])
}

fn counted(count: u64, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

fn types(kind: &TypeKind) -> String {
    let names: Vec<String> = match kind {
        TypeKind::Single(single) => vec![with_article(*single).to_owned()],
        TypeKind::Multiple(set) => set.iter().map(|single| with_article(single).to_owned()).collect(),
    };
    alternatives(&names)
}

fn with_article(name: JsonType) -> &'static str {
    match name {
        JsonType::Array => "an array",
        JsonType::Boolean => "a boolean",
        JsonType::Integer => "an integer",
        JsonType::Null => "null",
        JsonType::Number => "a number",
        JsonType::Object => "an object",
        JsonType::String => "a string",
    }
}

pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// "a", "a or b", "one of a, b, c".
fn alternatives(options: &[String]) -> String {
    match options {
        [one, other] => format!("{one} or {other}"),
        [one] => one.clone(),
        many => format!("one of {}", many.join(", ")),
    }
}

/// A value as part of a message.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{}`", quote(text)),
        Value::Array(_) | Value::Object(_) => kind_of(value).to_owned(),
        other => quote(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use crate::contract::testing::body_messages as messages;

    const NONE: [&str; 0] = [];

    #[test]
    fn types() {
        let schema = "{type: object, properties: {md5: {type: string}}}";
        assert_eq!(messages(schema, r#"{"md5": "x"}"#), NONE);
        assert_eq!(messages(schema, r#"{"md5": 5}"#), ["/md5: `md5` must be a string, not a number."]);
        assert_eq!(messages(schema, "[]"), [": The body must be an object, not an array."]);
    }

    #[test]
    fn required_and_closed_objects() {
        let schema = "{type: object, required: [a], additionalProperties: false, properties: {a: {}, b: {}}}";
        assert_eq!(messages(schema, r#"{"a": 1, "b": 2}"#), NONE);
        assert_eq!(
            messages(schema, r#"{"b": 2, "x/y": 3, "z": 4}"#),
            [
                "/x~1y: `x/y` is not a property that the contract allows.",
                "/z: `z` is not a property that the contract allows.",
                "/a: `a` is required.",
            ]
        );
    }

    #[test]
    fn lengths() {
        let schema = "{type: string, minLength: 1, maxLength: 3}";
        assert_eq!(messages(schema, r#""äöü""#), NONE);
        assert_eq!(messages(schema, r#""""#), [": The body must not be empty."]);
        assert_eq!(messages(schema, r#""abcd""#), [": The body must have at most 3 characters."]);
    }

    #[test]
    fn an_enum() {
        let schema = "{type: string, enum: [new, existing]}";
        assert_eq!(messages(schema, r#""new""#), NONE);
        assert_eq!(messages(schema, r#""old""#), [": The body must be `new` or `existing`, not `old`."]);
    }

    #[test]
    fn a_pattern_brings_the_first_sentence_of_the_description() {
        let schema = "{type: string, pattern: '^a+$', description: 'Nothing but a. Not b.'}";
        assert_eq!(messages(schema, r#""aa""#), NONE);
        assert_eq!(
            messages(schema, r#""b""#),
            [": The body does not match the pattern `^a+$`: Nothing but a."]
        );
    }

    #[test]
    fn a_format() {
        let schema = "{type: string, format: date-time}";
        assert_eq!(messages(schema, r#""2026-01-02T03:04:05Z""#), NONE);
        assert_eq!(
            messages(schema, r#""2026-01-02""#),
            [": The body must have the format `date-time`, and `2026-01-02` has not."]
        );
    }

    #[test]
    fn bounds_of_numbers() {
        let schema = "{type: integer, minimum: 1, exclusiveMinimum: true, maximum: 9, multipleOf: 3}";
        assert_eq!(messages(schema, "3"), NONE);
        assert_eq!(messages(schema, "12"), [": The body must be at most 9, and 12 is more."]);
        assert_eq!(messages(schema, "4"), [": The body must be a multiple of 3, and 4 is not."]);
        assert_eq!(
            messages(schema, "1"),
            [
                ": The body must be more than 1, and 1 is not.",
                ": The body must be a multiple of 3, and 1 is not."
            ]
        );
        assert_eq!(messages(schema, "3.5")[0], ": The body must be an integer, not a number.");
    }

    #[test]
    fn items() {
        let schema = "{type: array, minItems: 1, maxItems: 2, uniqueItems: true, items: {type: integer}}";
        assert_eq!(messages(schema, "[1, 2]"), NONE);
        assert_eq!(messages(schema, "[]"), [": The body must have at least 1 item."]);
        assert_eq!(messages(schema, "[1, 1]"), [": The body must not have two items that are equal."]);
        assert_eq!(messages(schema, "[1, true]"), ["/1: `1` must be an integer, not a boolean."]);
    }

    #[test]
    fn choices() {
        let schema = "{oneOf: [{type: integer}, {type: number}]}";
        assert_eq!(messages(schema, "1.5"), NONE);
        assert!(messages(schema, "1")[0].contains("more than one of the forms"));
        assert!(messages(schema, "true")[0].contains("none of the forms"));
        assert!(messages("{not: {type: string}}", r#""a""#)[0].contains("forbids"));
    }

    #[test]
    fn a_long_value_is_cut() {
        let message = &messages("{type: string, enum: [a]}", &format!("\"{}\"", "ü".repeat(9999)))[0];
        assert!(message.len() < 200, "{message}");
    }
}
