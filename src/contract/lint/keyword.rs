//! The keywords of OpenAPI 3.0's schemas, and what each must be.

/// What the value of a keyword must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wants {
    /// A number from 0 on.
    Count,
    Number,
    /// A number above 0.
    Step,
    Boolean,
    Text,
    Pattern,
    /// A list that is not empty.
    List,
    /// A list of names.
    Names,
    Object,
    /// An object of schemas.
    Schemas,
    Schema,
    /// Yes, no, or a schema.
    BooleanOrSchema,
    /// A list of schemas that is not empty.
    SchemaList,
    Type,
    /// Whatever.
    Anything,
}

/// Every keyword.
pub(super) const KEYWORDS: [(&str, Wants); 37] = [
    ("$ref", Wants::Text),
    ("type", Wants::Type),
    ("enum", Wants::List),
    ("pattern", Wants::Pattern),
    ("format", Wants::Text),
    ("maxLength", Wants::Count),
    ("minLength", Wants::Count),
    ("maximum", Wants::Number),
    ("minimum", Wants::Number),
    ("exclusiveMaximum", Wants::Boolean),
    ("exclusiveMinimum", Wants::Boolean),
    ("multipleOf", Wants::Step),
    ("maxItems", Wants::Count),
    ("minItems", Wants::Count),
    ("uniqueItems", Wants::Boolean),
    ("items", Wants::Schema),
    ("maxProperties", Wants::Count),
    ("minProperties", Wants::Count),
    ("required", Wants::Names),
    ("properties", Wants::Schemas),
    ("additionalProperties", Wants::BooleanOrSchema),
    ("allOf", Wants::SchemaList),
    ("anyOf", Wants::SchemaList),
    ("oneOf", Wants::SchemaList),
    ("not", Wants::Schema),
    ("nullable", Wants::Boolean),
    ("readOnly", Wants::Boolean),
    ("writeOnly", Wants::Boolean),
    ("deprecated", Wants::Boolean),
    ("title", Wants::Text),
    ("description", Wants::Text),
    ("discriminator", Wants::Object),
    ("externalDocs", Wants::Object),
    ("xml", Wants::Object),
    ("default", Wants::Anything),
    ("example", Wants::Anything),
    // Of JSON Schema, and in many documents all the same.
    ("$schema", Wants::Text),
];

/// Keywords of other schema languages, with what 3.0 has in their place.
pub(super) const FOREIGN: [(&str, &str); 13] = [
    ("const", "an `enum` of one value"),
    ("examples", "`example`"),
    ("$defs", "`components/schemas`"),
    ("definitions", "`components/schemas`"),
    ("if", "`oneOf`"),
    ("then", "`oneOf`"),
    ("else", "`oneOf`"),
    ("contains", "`items`"),
    ("prefixItems", "`items`"),
    ("patternProperties", "`additionalProperties`"),
    ("propertyNames", "`additionalProperties`"),
    ("dependentRequired", "`oneOf`"),
    ("unevaluatedProperties", "`additionalProperties: false`"),
];

/// What the keyword must be.
pub(super) fn wants(name: &str) -> Option<Wants> {
    KEYWORDS.iter().find(|(known, _)| *known == name).map(|(_, wants)| *wants)
}
