//! Parameters of an operation, in headers, in the query or in the path: presence, number, and the schema of their
//! values.
//!
//! Cookies, objects in queries, and parameters with `content` in place of a schema are not checked.

use std::{borrow::Cow, sync::Arc};

use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::{
    openapi::{Document, LoadError},
    pointer,
    request::RequestParts,
    schema::{self, Schema, Way},
    violations::{Subject, Violations, capitalised},
};
use crate::text::quoted;

/// Parameter that the document describes.
pub(super) struct Parameter {
    source: Source,
    /// Headers in lower case.
    name: String,
    required: bool,
    /// `None` where every text is valid.
    schema: Option<Schema>,
    shape: Shape,
    /// The place of the parameter in the document.
    spec: String,
}

/// Place of the value in a request.
enum Source {
    Header(HeaderName),
    Query,
    /// The position among the path's parameters.
    Path(usize),
}

impl Parameter {
    /// Loads the parameter at `at`; `path_names` are the names in the path's template. `None` for a cookie, and for the
    /// headers that OpenAPI ignores as parameters.
    pub(super) fn load(
        document: &Arc<Document>,
        at: &str,
        path_names: &[&str],
    ) -> Result<Option<Self>, LoadError> {
        let (spec, parameter) = document.object(at)?;
        let text = |field: &str| parameter.get(field).and_then(Value::as_str).unwrap_or_default();
        let mut name = text("name").to_owned();
        let source = match text("in") {
            "header" => {
                name.make_ascii_lowercase();
                if ["accept", "content-type", "authorization"].contains(&name.as_str()) {
                    return Ok(None);
                }
                let header = HeaderName::try_from(&name)
                    .map_err(|_| document.error(&spec, format!("invalid header name {}", quoted(&name))))?;
                Source::Header(header)
            }
            "query" => Source::Query,
            "path" => match path_names.iter().position(|known| *known == name) {
                Some(position) => Source::Path(position),
                None => {
                    return Err(document.error(&spec, format!("the path has no parameter {}", quoted(&name))));
                }
            },
            _ => return Ok(None),
        };
        let place = pointer::join(&spec, "schema");
        let shape = match parameter.get("schema") {
            Some(_) => shape(document, &place)?,
            None => Shape::Scattered,
        };
        let schema = match shape {
            Shape::Scattered => None,
            Shape::One(_) if schema::takes_any_text(document.object(&place)?.1) => None,
            Shape::One(_) | Shape::Many(_) => Some(Schema::compile(document, &place, Way::Request)?),
        };
        let required = parameter.get("required") == Some(&Value::Bool(true));
        Ok(Some(Self { source, name, required, schema, shape, spec }))
    }

    /// Returns the identity of a parameter: an operation's parameter replaces its path's.
    pub(super) fn identity(&self) -> (&'static str, &str) {
        (self.rule(), &self.name)
    }

    fn rule(&self) -> &'static str {
        match self.source {
            Source::Header(_) => "contract-header",
            Source::Query => "contract-query",
            Source::Path(_) => "contract-path",
        }
    }

    /// Names the parameter in a message.
    fn title(&self) -> String {
        let name = &self.name;
        match self.source {
            Source::Header(_) => format!("the header `{name}`"),
            Source::Query => format!("the query parameter `{name}`"),
            Source::Path(_) => format!("the path parameter `{name}`"),
        }
    }

    /// Checks the parameter of one request.
    pub(super) fn check(&self, request: &RequestParts<'_>, violations: &mut Violations) {
        match &self.source {
            Source::Header(header) => self.check_header(request.headers, header, violations),
            Source::Query => {
                let values = query_values(request.query.unwrap_or_default(), &self.name);
                self.check_values(values, violations);
            }
            Source::Path(position) => {
                let value = request.path_parameters.get(*position).map(|value| Cow::Borrowed(value.as_str()));
                self.check_values(value.into_iter(), violations);
            }
        }
    }

    fn check_header(&self, headers: &HeaderMap, header: &HeaderName, violations: &mut Violations) {
        let text = |value| std::str::from_utf8(HeaderValue::as_bytes(value));
        let values = headers.get_all(header);
        if values.iter().any(|value| text(value).is_err()) {
            self.add(violations, "must be text in UTF-8", "");
            return;
        }
        let texts = values.iter().filter_map(|value| text(value).ok()).map(Cow::Borrowed);
        self.check_values(texts, violations);
    }

    fn check_values<'a>(&self, mut values: impl Iterator<Item = Cow<'a, str>>, violations: &mut Violations) {
        let Some(first) = values.next() else {
            // The parts of an object are not checked.
            if self.required && self.shape != Shape::Scattered {
                self.add(violations, "is required", "/required");
            }
            return;
        };
        let value = match self.shape {
            Shape::Scattered => return,
            Shape::One(primitive) => {
                if values.next().is_some() {
                    self.add(violations, "must be given once, not several times", "");
                    return;
                }
                if self.schema.is_none() {
                    return;
                }
                primitive.value(&first)
            }
            Shape::Many(primitive) => {
                let all = std::iter::once(first).chain(values);
                let items = all.flat_map(|text| {
                    text.split(',').map(|item| primitive.value(item.trim())).collect::<Vec<_>>()
                });
                Value::Array(items.collect())
            }
        };
        if let Some(schema) = &self.schema {
            let title = self.title();
            let subject = Subject { rule: self.rule(), name: &title, fixed_pointer: Some(&self.name) };
            schema.check(violations, &subject, &value);
        }
    }

    /// Adds a violation about the whole parameter.
    fn add(&self, violations: &mut Violations, predicate: &str, keyword: &str) {
        let message = format!("{} {predicate}.", capitalised(&self.title()));
        violations.add(self.rule(), self.name.as_str(), message, format!("{}{keyword}", self.spec));
    }
}

/// Way in which text becomes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    One(Primitive),
    /// Items separated by commas, or several values of one name.
    Many(Primitive),
    /// An object in the query: its parts have names of their own.
    Scattered,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Primitive {
    Text,
    Number,
    Boolean,
}

impl Primitive {
    fn of(schema: &Map<String, Value>) -> Self {
        match schema.get("type").and_then(Value::as_str) {
            Some("integer" | "number") => Self::Number,
            Some("boolean") => Self::Boolean,
            _ => Self::Text,
        }
    }

    /// Converts a text to a value of this kind, or to a string, which its schema will refuse.
    fn value(self, text: &str) -> Value {
        match self {
            Self::Text => Value::from(text),
            // JSON allows blanks around a number, a parameter does not.
            Self::Number => match serde_json::from_str::<serde_json::Number>(text) {
                Ok(number) if text.trim() == text => Value::Number(number),
                _ => Value::from(text),
            },
            Self::Boolean => text.parse().map_or_else(|_| Value::from(text), Value::Bool),
        }
    }
}

/// Returns how to read the text of a parameter with the schema at `at`.
fn shape(document: &Document, at: &str) -> Result<Shape, LoadError> {
    let (at, schema) = document.object(at)?;
    Ok(match schema.get("type").and_then(Value::as_str) {
        Some("object") => Shape::Scattered,
        Some("array") => {
            let items = pointer::join(&at, "items");
            let item = if document.get(&items).is_some() {
                Primitive::of(document.object(&items)?.1)
            } else {
                Primitive::Text
            };
            Shape::Many(item)
        }
        _ => Shape::One(Primitive::of(schema)),
    })
}

/// Returns the decoded values of one name in a query.
fn query_values<'a>(query: &'a str, name: &'a str) -> impl Iterator<Item = Cow<'a, str>> {
    query.split('&').filter_map(move |pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(key) == name).then(|| decoded(value))
    })
}

fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let text = text.replace('+', " ");
    Cow::Owned(percent_decode_str(&text).decode_utf8_lossy().into_owned())
}
