//! An OpenAPI document as JSON, read by JSON Pointer so that every violation can name the place it comes from.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::pointer;
use crate::{
    document::{self, Lines, Place, Problem},
    text::quoted,
};

/// Limit on `$ref`s that lead to one another; a circle of nothing but `$ref`s has no end.
const MAX_REFERENCES: usize = 32;

/// Reason why a document cannot be used as a contract.
#[derive(Debug, thiserror::Error)]
#[error("{document}: {reason}, at {place}", place = pointer::shown(.pointer))]
pub struct LoadError {
    document: String,
    pointer: String,
    reason: String,
}

impl LoadError {
    /// Returns the JSON Pointer to the place.
    pub(super) fn pointer(&self) -> &str {
        &self.pointer
    }

    /// Returns the reason, without the document's name and the place.
    pub(super) fn reason(&self) -> &str {
        &self.reason
    }
}

/// Parsed document.
#[derive(Debug)]
pub(super) struct Document {
    name: String,
    root: Value,
}

impl Document {
    pub(super) fn new(name: &str, root: Value) -> Self {
        Self { name: name.to_owned(), root }
    }

    /// Parses a YAML text.
    pub(super) fn parse(name: &str, text: &str) -> Result<Self, LoadError> {
        let tree = document::yaml(text).map_err(|Problem { at, message }| {
            let Place { line, column } = Lines::of(text).place(at);
            let reason = format!("line {line}, column {column}: {message}");
            LoadError { document: name.to_owned(), pointer: String::new(), reason }
        })?;
        Ok(Self::new(name, tree.to_json()))
    }

    /// Returns the value at the pointer.
    pub(super) fn get(&self, pointer: &str) -> Option<&Value> {
        self.root.pointer(pointer)
    }

    /// Returns the object at `pointer`, behind its `$ref`s, and its real place.
    pub(super) fn object(&self, pointer: &str) -> Result<(String, &Map<String, Value>), LoadError> {
        let mut at = pointer.to_owned();
        for _ in 0..MAX_REFERENCES {
            let Some(Value::Object(object)) = self.get(&at) else {
                return Err(self.error(&at, "must be an object"));
            };
            let Some(Value::String(reference)) = object.get("$ref") else { return Ok((at, object)) };
            at = self.target(reference).map_err(|reason| self.error(&at, reason))?;
        }
        Err(self.error(pointer, "the references form a circle"))
    }

    /// Returns the pointer to which a `$ref` leads, or why it leads nowhere.
    pub(super) fn target(&self, reference: &str) -> Result<String, String> {
        let Some(fragment) = reference.strip_prefix('#') else {
            let shown = quoted(reference);
            return Err(format!(
                "`$ref` to another file is not supported: {shown}; copy its target into this document"
            ));
        };
        let target = percent_decode_str(fragment).decode_utf8_lossy().into_owned();
        match self.get(&target) {
            Some(_) => Ok(target),
            None => Err(format!("`$ref` to {}, which does not exist", quoted(reference))),
        }
    }

    /// Makes an error at a place of this document.
    pub(super) fn error(&self, pointer: &str, reason: impl Into<String>) -> LoadError {
        LoadError { document: self.name.clone(), pointer: pointer.to_owned(), reason: reason.into() }
    }
}
