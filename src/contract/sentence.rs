//! Turns the errors of schemas into plain sentences.

use jsonschema::{
    JsonType, ValidationError,
    error::{TypeKind, ValidationErrorKind as Kind},
};
use serde_json::Value;

use super::{
    pointer,
    schema::Schema,
    violations::{Subject, Violations, capitalised},
};
use crate::text::{counted, or, quoted, short};

/// Adds a violation for everything that `schema` finds wrong with `instance`.
pub(super) fn add_all<'a>(
    violations: &mut Violations,
    subject: &Subject<'_>,
    schema: &'a Schema,
    instance: &'a Value,
) {
    for error in schema.errors(instance) {
        if violations.is_full() {
            return;
        }
        add(violations, subject, schema, &error);
    }
}

fn add(violations: &mut Violations, subject: &Subject<'_>, schema: &Schema, error: &ValidationError<'_>) {
    // The translation added the null of a nullable value: the rest is wrong.
    if let Kind::AnyOf { context } = error.kind()
        && schema.is_beside_null(error)
        && let Some(errors) = context.last()
    {
        for error in errors {
            add(violations, subject, schema, error);
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
            let mut message = format!("{} {}", name(subject, place), predicate(error));
            if let (Kind::Pattern { .. }, Some(description)) = (error.kind(), schema.description(&spec)) {
                message = format!("{message}: {description}");
            }
            file(place, message + ".");
        }
    }
}

/// Names a place at the beginning of a sentence.
fn name(subject: &Subject<'_>, place: &str) -> String {
    match pointer::field(place) {
        None => capitalised(subject.name),
        Some(field) if subject.fixed_pointer.is_some() => {
            format!("{} of {}", quoted(&field), subject.name)
        }
        Some(field) => quoted(&field),
    }
}

/// Describes the mistake of a value, as the rest of a sentence without its full stop.
pub(super) fn predicate(error: &ValidationError<'_>) -> String {
    let value = error.instance();
    match error.kind() {
        Kind::Type { kind } => format!("must be {}, not {}", types(kind), kind_of(value)),
        Kind::Enum { options } => {
            let options = options.as_array().into_iter().flatten().map(shown);
            format!("must be {}, not {}", or(options), shown(value))
        }
        Kind::Pattern { pattern } => format!("does not match the pattern {}", quoted(pattern)),
        Kind::Format { format } => format!("must have the format `{format}`, not {}", shown(value)),
        Kind::MinLength { limit: 1 } => "must not be empty".to_owned(),
        Kind::MinLength { limit } => format!("must have at least {}", counted(*limit, "character")),
        Kind::MaxLength { limit } => format!("must have at most {}", counted(*limit, "character")),
        Kind::MinItems { limit } => format!("must have at least {}", counted(*limit, "item")),
        Kind::MaxItems { limit } => format!("must have at most {}", counted(*limit, "item")),
        Kind::MinProperties { limit } => format!("must have at least {}", counted(*limit, "property")),
        Kind::MaxProperties { limit } => format!("must have at most {}", counted(*limit, "property")),
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

fn types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(single) => with_article(*single).to_owned(),
        TypeKind::Multiple(set) => or(set.iter().map(with_article)),
    }
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

/// Shows a value in a message.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(_) | Value::Object(_) => kind_of(value).to_owned(),
        other => short(&other.to_string()),
    }
}
