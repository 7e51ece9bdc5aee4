//! An OpenAPI document as text becomes a tree that the rest of the room reads by JSON Pointer, so that every
//! violation can name the place that it comes from. Made once a document, by [`super::specs`] from one that the
//! lint has looked through, and by [`super::Contract::built_in`].
//!
//! Schemas are read from the raw tree: the types of `openapiv3` forget what they do not know (an unknown
//! `type` becomes any schema, `nullable` together with `enum` loses its null). They hold the rest of the
//! document to its shape.

use openapiv3::OpenAPI;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    pointer,
    tree::{self, Language},
};

/// How many `$ref`s may lead to one another; a circle of nothing but `$ref`s has no end.
pub(super) const LONGEST_CHAIN: usize = 32;

/// Stack for reading the deepest document into the types of `openapiv3`, in bytes.
const STACK: usize = 64 << 20;

/// Why a document cannot be used as a contract.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The text is neither YAML nor JSON.
    #[error("{document} cannot be read as YAML or JSON: {reason}")]
    Syntax {
        /// The document's name.
        document: String,
        /// What the parser says, with line and column.
        reason: String,
    },
    /// The document is for another version of OpenAPI, or for none.
    #[error("{document} is no OpenAPI 3.0 document: {reason}")]
    Version {
        /// The document's name.
        document: String,
        /// What it says of itself.
        reason: String,
    },
    /// A part of the document is not what OpenAPI 3.0 wants there.
    #[error("{document} breaks OpenAPI 3.0 at {place}: {reason}", place = pointer::shown(.pointer))]
    Shape {
        /// The document's name.
        document: String,
        /// JSON Pointer to the part.
        pointer: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Something somewhere is not what OpenAPI 3.0 wants.
    #[error("{document} breaks OpenAPI 3.0: {reason}")]
    Rest {
        /// The document's name.
        document: String,
        /// What is wrong.
        reason: String,
    },
    /// A `$ref` that leads nowhere, or out of the document.
    #[error("{document} has a `$ref` at {place} that cannot be followed: `{reference}` {reason}", place = pointer::shown(.pointer))]
    Reference {
        /// The document's name.
        document: String,
        /// JSON Pointer to what holds the `$ref`.
        pointer: String,
        /// The `$ref` itself.
        reference: String,
        /// Why it cannot be followed.
        reason: &'static str,
    },
}

impl LoadError {
    /// JSON Pointer to what is wrong.
    pub(super) fn pointer(&self) -> &str {
        match self {
            Self::Syntax { .. } | Self::Version { .. } | Self::Rest { .. } => "",
            Self::Shape { pointer, .. } | Self::Reference { pointer, .. } => pointer,
        }
    }

    /// What is wrong, without the document's name and the place.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Syntax { reason, .. }
            | Self::Version { reason, .. }
            | Self::Shape { reason, .. }
            | Self::Rest { reason, .. } => reason.clone(),
            Self::Reference { reference, reason, .. } => format!("`{reference}` {reason}"),
        }
    }
}

/// A document, parsed.
#[derive(Debug)]
pub(super) struct Document {
    name: String,
    root: Value,
}

impl Document {
    /// Parses the text of a document, YAML or JSON. `name` is what errors call it.
    pub(super) fn parse(name: &str, text: &str) -> Result<Self, LoadError> {
        let tree = tree::parse(text, Language::Either).map_err(|problem| {
            let tree::Problem { at, message } = problem;
            let reason = format!("line {}, column {}: {message}", at.line, at.column);
            LoadError::Syntax { document: name.to_owned(), reason }
        })?;
        let document = Self::of(name, tree.value(&mut Vec::new()));
        document.check_version()?;
        Ok(document)
    }

    /// A document that is parsed, and that the lint looks through.
    pub(super) fn of(name: &str, root: Value) -> Self {
        Self { name: name.to_owned(), root }
    }

    /// All of it.
    pub(super) fn root(&self) -> &Value {
        &self.root
    }

    /// Reads the document into the types of `openapiv3` while `meanwhile` is done. Those types cannot tell the
    /// place of what they do not take, so that an error of `meanwhile` goes first.
    pub(super) fn typed<T>(
        &self,
        meanwhile: impl FnOnce() -> Result<T, LoadError>,
    ) -> Result<(OpenAPI, T), LoadError> {
        let rest = |reason: String| LoadError::Rest { document: self.name.clone(), reason };
        std::thread::scope(|scope| {
            // Schemas are read by recursion, with much on the stack for each level: documents as deep as we
            // take them need more of it than a thread usually has. What is not used costs nothing.
            let reader = std::thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, || OpenAPI::deserialize(&self.root))
                .map_err(|error| rest(error.to_string()))?;
            let done = meanwhile()?;
            let typed = reader.join().map_err(|_| rest("it cannot be read".to_owned()))?;
            Ok((typed.map_err(|error| rest(error.to_string()))?, done))
        })
    }

    /// What stands at the pointer.
    pub(super) fn get(&self, pointer: &str) -> Option<&Value> {
        self.root.pointer(pointer)
    }

    /// The object at `pointer`, with the place where it really stands: `$ref`s are followed.
    pub(super) fn object(&self, pointer: &str) -> Result<(String, &Map<String, Value>), LoadError> {
        let mut at = pointer.to_owned();
        for _ in 0..LONGEST_CHAIN {
            let Some(Value::Object(object)) = self.get(&at) else {
                return Err(self.shape(&at, "an object is expected there"));
            };
            let Some(Value::String(reference)) = object.get("$ref") else { return Ok((at, object)) };
            at = self.target(&at, reference)?;
        }
        Err(self.reference(pointer, &at, "is part of a chain of references without an end"))
    }

    /// Where a `$ref` leads.
    fn target(&self, holder: &str, reference: &str) -> Result<String, LoadError> {
        let Some(fragment) = reference.strip_prefix('#') else {
            return Err(self.reference(holder, reference, "leads out of the document"));
        };
        let target = percent_encoding::percent_decode_str(fragment).decode_utf8_lossy().into_owned();
        match self.get(&target) {
            Some(_) => Ok(target),
            None => Err(self.reference(holder, reference, "leads nowhere")),
        }
    }

    /// An error at a place of this document.
    pub(super) fn shape(&self, pointer: &str, reason: impl Into<String>) -> LoadError {
        LoadError::Shape { document: self.name.clone(), pointer: pointer.to_owned(), reason: reason.into() }
    }

    fn reference(&self, pointer: &str, reference: &str, reason: &'static str) -> LoadError {
        LoadError::Reference {
            document: self.name.clone(),
            pointer: pointer.to_owned(),
            reference: reference.to_owned(),
            reason,
        }
    }

    /// The schemas of 3.1 and of Swagger 2 mean other things.
    fn check_version(&self) -> Result<(), LoadError> {
        let reason = match (self.root.get("openapi"), self.root.get("swagger")) {
            (Some(Value::String(version)), _) if version == "3.0" || version.starts_with("3.0.") => {
                return Ok(());
            }
            (Some(version), _) => format!("it says `openapi: {version}`"),
            (None, Some(version)) => format!("it says `swagger: {version}`"),
            (None, None) => "it has no `openapi` field".to_owned(),
        };
        Err(LoadError::Version { document: self.name.clone(), reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\n";

    fn error(text: &str) -> String {
        Document::parse("api.yaml", text).unwrap_err().to_string()
    }

    #[test]
    fn yaml_and_json_are_read_alike() {
        let yaml = format!("{HEAD}paths: {{}}\n");
        let json = r#"{"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {}}"#;
        let [yaml, json] = [&yaml, json].map(|text| Document::parse("api", text).unwrap().root);
        assert_eq!(yaml, json);
    }

    #[test]
    fn a_text_that_is_neither_is_an_error_with_its_line() {
        let message = error("openapi: 3.0.3\ninfo: [\n");
        assert!(message.starts_with("api.yaml cannot be read as YAML or JSON: "), "{message}");
        assert!(message.contains("line"), "{message}");
    }

    #[test]
    fn other_versions_are_refused() {
        assert!(error("openapi: 3.1.0").ends_with(r#"it says `openapi: "3.1.0"`"#));
        assert!(error("swagger: '2.0'").ends_with(r#"it says `swagger: "2.0"`"#));
        assert!(error("a: b").ends_with("it has no `openapi` field"));
    }

    #[test]
    fn words_of_yaml_1_1_stay_text() {
        let text = format!("{HEAD}paths: {{}}\nx-country: no\nx-more: {{200: on}}\n");
        let document = Document::parse("api", &text).unwrap();
        assert_eq!(document.get("/x-country"), Some(&Value::from("no")));
        assert_eq!(document.get("/x-more/200"), Some(&Value::from("on")));
    }

    #[test]
    fn references_are_followed_inside_the_document_only() {
        let text = format!(
            "{HEAD}paths: {{}}\nx-a: {{$ref: '#/x-b'}}\nx-b: {{$ref: '#/x-c'}}\nx-c: {{end: true}}\n\
             x-loop: {{$ref: '#/x-loop'}}\nx-lost: {{$ref: '#/none'}}\nx-out: {{$ref: 'other.yaml#/x'}}\n"
        );
        let document = Document::parse("api", &text).unwrap();
        assert_eq!(document.object("/x-a").unwrap().0, "/x-c");
        let message = |pointer| document.object(pointer).unwrap_err().to_string();
        assert!(message("/x-loop").contains("without an end"));
        assert!(message("/x-lost").contains("leads nowhere"));
        assert!(message("/x-out").contains("leads out of the document"));
    }
}
