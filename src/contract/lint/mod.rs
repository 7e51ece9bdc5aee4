//! The lint checks a document against the meta-schema of OpenAPI 3.0, then for mistakes that a schema cannot express:
//! the version, references and duplicate names here, paths and security in [`path`]. It reports all mistakes at once,
//! each with its position. A test checks the built-in document, instead of each start.

use std::{collections::HashSet, ops::Range, sync::LazyLock};

use jsonschema::{Draft, ValidationError, Validator, error::ValidationErrorKind as Kind};
use serde_json::{Value, json};

use super::{
    diagnostic::{Diagnostic, Severity},
    openapi::Document,
    pointer, sentence,
    source::Places,
};
use crate::{
    document::{self, Node},
    text::{did_you_mean, quoted},
};

mod path;

/// Limit on the diagnostics of one document that are shown.
const MAX_SHOWN: usize = 100;

/// Limit on the diagnostics of each severity that are kept while a document is checked.
const MAX_KEPT: usize = 1000;

/// Meta-schema of OpenAPI 3.0; its annotations are explained in its file.
static META: LazyLock<Value> = LazyLock::new(|| {
    let text = include_str!("../../../openapi/oas-3.0.yaml");
    document::yaml(text).map_or(Value::Null, |tree| tree.to_json())
});

/// Definition of the whole document in the meta-schema.
const DOCUMENT: &str = "#/$defs/Document";

/// Checks one document.
pub(super) struct Linter<'a> {
    file: &'a str,
    places: &'a Places<'a>,
    tree: &'a Node,
    document: &'a Document,
    diagnostics: Vec<Diagnostic>,
    errors: usize,
    warnings: usize,
    /// Targets of references outside `components`, with the definitions that they must match.
    pending: Vec<(String, &'static str)>,
    seen: HashSet<(String, &'static str)>,
}

impl<'a> Linter<'a> {
    pub(super) fn new(file: &'a str, places: &'a Places<'a>, tree: &'a Node, document: &'a Document) -> Self {
        Self {
            file,
            places,
            tree,
            document,
            diagnostics: Vec::new(),
            errors: 0,
            warnings: 0,
            pending: Vec::new(),
            seen: HashSet::new(),
        }
    }

    /// Checks everything but the operations, which [`Self::operations`] checks.
    pub(super) fn check(&mut self) {
        for twice in self.tree.duplicates(MAX_SHOWN) {
            let first = self.places.place(twice.first.span.start);
            let message =
                format!("{} is given twice; the first is in line {}", quoted(&twice.second.name), first.line);
            self.report(Severity::Error, &twice.second.span, twice.pointer, message);
        }
        if !self.has_supported_version() {
            // Other mistakes of a document in another language would mislead.
            return;
        }
        self.pending.push((String::new(), DOCUMENT));
        while let Some((pointer, definition)) = self.pending.pop() {
            let Some(value) = self.document.get(&pointer) else { continue };
            self.validate(&pointer, value, definition);
            self.references(&pointer, value, at(definition), definition);
        }
    }

    /// Returns the diagnostics by position; keeps errors before warnings if there are too many.
    pub(super) fn finish(self) -> Vec<Diagnostic> {
        let mut diagnostics = self.diagnostics;
        diagnostics.sort_by_key(|one| (one.severity, one.line, one.column));
        diagnostics.truncate(MAX_SHOWN);
        diagnostics.sort_by_key(|one| (one.line, one.column));
        diagnostics.dedup();
        diagnostics
    }

    pub(super) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Reports an error in the value at a pointer.
    pub(super) fn error(&mut self, pointer: &str, message: impl Into<String>) {
        let span = self.tree.head_of(pointer);
        self.report(Severity::Error, span, pointer.to_owned(), message);
    }

    /// Reports an error in the name of the value at a pointer.
    pub(super) fn error_in_name(&mut self, pointer: &str, message: impl Into<String>) {
        let span = self.tree.name_of(pointer);
        self.report(Severity::Error, span, pointer.to_owned(), message);
    }

    fn report(
        &mut self,
        severity: Severity,
        span: &Range<usize>,
        pointer: String,
        message: impl Into<String>,
    ) {
        let count = match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        *count += 1;
        if *count <= MAX_KEPT {
            let place = self.places.place(span.start);
            let (file, message) = (self.file.to_owned(), message.into());
            let (line, column) = (place.line, place.column);
            self.diagnostics.push(Diagnostic { file, line, column, severity, pointer, message });
        }
    }

    fn has_supported_version(&mut self) -> bool {
        let (at, message) = match (self.document.get("/openapi"), self.document.get("/swagger")) {
            (Some(Value::String(version)), _) if version == "3.0" || version.starts_with("3.0.") => {
                return true;
            }
            (Some(Value::String(version)), _) => {
                ("/openapi", format!("OpenAPI {} is not supported; give a 3.0 document", quoted(version)))
            }
            (Some(other), _) => (
                "/openapi",
                format!("`openapi` must be a string such as '3.0.3', not {}", sentence::kind_of(other)),
            ),
            (None, Some(_)) => {
                ("/swagger", "Swagger 2.0 is not supported; convert the document to OpenAPI 3.0".to_owned())
            }
            (None, None) => ("", "not an OpenAPI document: `openapi: 3.0.x` is missing".to_owned()),
        };
        self.error(at, message);
        false
    }

    /// Reports where a part of the document breaks its definition in the meta-schema.
    fn validate(&mut self, pointer: &str, value: &Value, definition: &'static str) {
        static WHOLE: LazyLock<Option<Validator>> = LazyLock::new(|| validator(DOCUMENT));
        let part = if definition == DOCUMENT { None } else { validator(definition) };
        let Some(validator) = part.as_ref().or(WHOLE.as_ref()) else { return };
        for error in validator.iter_errors(value) {
            let at = format!("{pointer}{}", error.instance_path());
            let schema = META.pointer(pointer::parent(error.schema_path().as_str())).unwrap_or(&Value::Null);
            self.violation(&at, schema, &error);
        }
    }

    fn violation(&mut self, at: &str, schema: &Value, error: &ValidationError<'_>) {
        match error.kind() {
            Kind::AdditionalProperties { unexpected } => {
                for name in unexpected {
                    self.unknown_field(&pointer::join(at, name), schema, name);
                }
            }
            Kind::PropertyNames { error } => {
                let name = error.instance().as_str().unwrap_or_default();
                let expected = schema["x-expected"].as_str().unwrap_or_default();
                self.error_in_name(&pointer::join(at, name), format!("{} {expected}", quoted(name)));
            }
            kind => {
                let name = schema["title"].as_str().map_or_else(|| field(at), str::to_owned);
                let message = match kind {
                    Kind::Required { property } => {
                        let property = property.as_str().unwrap_or_default();
                        let hint = schema["x-hint"][property].as_str();
                        let hint = hint.map_or_else(String::new, |hint| format!("; {hint}"));
                        format!("{name} must have {}{hint}", quoted(property))
                    }
                    _ => format!("{name} {}{}", sentence::predicate(error), hint(schema, error)),
                };
                let is_warning = schema["x-warning"] == Value::Bool(true);
                let severity = if is_warning { Severity::Warning } else { Severity::Error };
                self.report(severity, self.tree.head_of(at), at.to_owned(), message);
            }
        }
    }

    /// Warns of a field that OpenAPI 3.0 does not have.
    fn unknown_field(&mut self, at: &str, schema: &Value, name: &str) {
        let message = if let Some(instead) = schema["x-instead"][name].as_str() {
            format!("unknown field {} is ignored; OpenAPI 3.0 has {instead}", quoted(name))
        } else {
            let known = schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str());
            format!("unknown field {} is ignored{}", quoted(name), did_you_mean(name, known))
        };
        self.report(Severity::Warning, self.tree.name_of(at), at.to_owned(), message);
    }

    /// Walks a part of the document together with its schema in the meta-schema, and checks every reference.
    fn references(
        &mut self,
        pointer: &str,
        value: &'a Value,
        schema: &'static Value,
        definition: &'static str,
    ) {
        let (mut schema, definition) = resolved(schema, definition);
        if let Some(section) = schema["x-section"].as_str() {
            if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
                let title = schema["title"].as_str().unwrap_or_default();
                self.reference(pointer, reference, definition, section, title);
                return;
            }
            schema = &schema["else"];
        }
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let is_extension = name.starts_with("x-") && schema.get("patternProperties").is_some();
                    let own = schema["properties"].get(name);
                    let others = schema.get("additionalProperties").filter(|_| !is_extension);
                    if let Some(below @ Value::Object(_)) = own.or(others) {
                        self.references(&pointer::join(pointer, name), value, below, "");
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.references(&format!("{pointer}/{index}"), item, &schema["items"], "");
                }
            }
            _ => {}
        }
    }

    /// Checks the `$ref` of the object at a pointer, which must lead to a part of this definition.
    fn reference(
        &mut self,
        pointer: &str,
        reference: &str,
        definition: &'static str,
        section: &str,
        title: &str,
    ) {
        let at = pointer::join(pointer, "$ref");
        let target = match self.document.target(reference) {
            Ok(target) => target,
            Err(reason) => return self.error(&at, reason),
        };
        match self.document.object(pointer) {
            Ok(_) => {}
            // A later reference of the chain is reported at its own place.
            Err(error)
                if error.pointer() != pointer
                    && self.document.get(error.pointer()).is_some_and(Value::is_object) =>
            {
                return;
            }
            Err(error) => {
                return self.error(&at, format!("`$ref` to {}: {}", quoted(reference), error.reason()));
            }
        }
        let mut segments = target.split('/').skip(1);
        if segments.next() == Some("components")
            && let Some(other) = segments.next()
            && segments.count() == 1
        {
            if other != section {
                let message = format!(
                    "`$ref` to {}: {title} from `components/{section}` is expected",
                    quoted(reference)
                );
                self.error(&at, message);
            }
        } else if self.seen.insert((target.clone(), definition)) {
            self.pending.push((target, definition));
        }
    }
}

/// Compiles a definition of the meta-schema.
fn validator(definition: &str) -> Option<Validator> {
    let schema = json!({"$ref": definition, "$defs": META["$defs"]});
    jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true).build(&schema).ok()
}

/// Returns the part of the meta-schema to which a reference in it leads.
fn at(reference: &str) -> &'static Value {
    META.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null)
}

/// Follows references and conditions in the meta-schema to the schema of the document's value.
fn resolved(mut schema: &'static Value, mut definition: &'static str) -> (&'static Value, &'static str) {
    loop {
        if let Some(reference) = schema["$ref"].as_str() {
            (schema, definition) = (at(reference), reference);
        } else if let Some(other) = schema.get("else").filter(|_| schema.get("x-section").is_none()) {
            schema = other;
        } else {
            return (schema, definition);
        }
    }
}

/// Names the value at a pointer by its last segment, and an item by its list.
fn field(pointer: &str) -> String {
    let is_index = |segment: &str| segment.bytes().all(|byte| byte.is_ascii_digit());
    let (parent, last) = pointer.rsplit_once('/').unwrap_or(("", pointer));
    let from = if is_index(last) { parent.rfind('/').unwrap_or(0) } else { parent.len() };
    quoted(&pointer::field(&pointer[from..]).unwrap_or_default())
}

/// Returns advice about a wrong value, to append to a message.
fn hint(schema: &Value, error: &ValidationError<'_>) -> String {
    let value = error.instance();
    let hints = &schema["x-hint"];
    let written = value.as_str().and_then(|text| hints[text].as_str());
    if let Some(hint) = written.or_else(|| hints[sentence::kind_of(value)].as_str()) {
        return format!("; {hint}");
    }
    match (error.kind(), value.as_str()) {
        (Kind::Enum { options }, Some(text)) => {
            did_you_mean(text, options.as_array().into_iter().flatten().filter_map(Value::as_str))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
