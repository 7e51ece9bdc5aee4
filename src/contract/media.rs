//! Content that a message may have: media types with the schemas of their bodies, for requests and answers alike.

use std::sync::Arc;

use hyper::{HeaderMap, header};
use serde_json::Value;

use super::{
    openapi::{Document, LoadError},
    pointer,
    schema::{Schema, Way},
};
use crate::text::or;

/// Media types of a `content` in the document.
pub(super) struct Content {
    /// The place of `content` in the document.
    pub(super) spec: String,
    types: Vec<MediaType>,
}

struct MediaType {
    /// Without parameters, in lower case; may be a range such as `application/*`.
    essence: String,
    /// The schema of JSON; other content is not looked into.
    schema: Option<Schema>,
}

/// `Content-Type` of a message.
pub(super) enum Stated<'a> {
    /// No `Content-Type`.
    Nothing,
    /// One type, without its parameters.
    Essence(&'a str),
    /// More than one type, or not a valid one.
    Unclear,
}

impl Content {
    /// Loads the content of the request body or response at `at`; `None` where the document describes none.
    pub(super) fn load(document: &Arc<Document>, at: &str, way: Way) -> Result<Option<Self>, LoadError> {
        let spec = pointer::join(at, "content");
        let Some(Value::Object(content)) = document.get(&spec) else { return Ok(None) };
        if content.is_empty() {
            return Ok(None);
        }
        let types = content
            .iter()
            .map(|(name, media_type)| {
                let essence = essence(name).to_ascii_lowercase();
                let place = pointer::join(&pointer::join(&spec, name), "schema");
                let schema = match media_type.get("schema") {
                    Some(_) if may_be_json(&essence) => Some(Schema::compile(document, &place, way)?),
                    _ => None,
                };
                Ok(MediaType { essence, schema })
            })
            .collect::<Result<_, LoadError>>()?;
        Ok(Some(Self { spec, types }))
    }

    /// Returns whether the document describes content of this type.
    pub(super) fn takes(&self, essence: &str) -> bool {
        self.types.iter().any(|known| known.takes(essence))
    }

    /// Returns the schema for JSON of this type, or of the first JSON type described where the message states none.
    pub(super) fn schema(&self, essence: Option<&str>) -> Option<&Schema> {
        match essence {
            Some(essence) => {
                // The type itself is closer than a range that has it too.
                let exact = self.types.iter().find(|known| known.essence.eq_ignore_ascii_case(essence));
                exact.or_else(|| self.types.iter().find(|known| known.takes(essence)))?.schema.as_ref()
            }
            None => self.types.iter().find_map(|known| known.schema.as_ref()),
        }
    }

    /// Lists the described types for a message.
    pub(super) fn names(&self) -> String {
        or(self.types.iter().map(|known| format!("`{}`", known.essence)))
    }
}

impl MediaType {
    fn takes(&self, essence: &str) -> bool {
        match self.essence.strip_suffix('*') {
            Some("*/" | "") => true,
            Some(range) => essence.get(..range.len()).is_some_and(|start| start.eq_ignore_ascii_case(range)),
            None => self.essence.eq_ignore_ascii_case(essence),
        }
    }
}

/// Reads the `Content-Type` of a message.
pub(super) fn stated(headers: &HeaderMap) -> Stated<'_> {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    match (values.next(), values.next()) {
        (None, _) => Stated::Nothing,
        (Some(value), None) => match value.to_str() {
            Ok(text) => Stated::Essence(essence(text)),
            Err(_) => Stated::Unclear,
        },
        (Some(_), Some(_)) => Stated::Unclear,
    }
}

/// Returns whether content of this type is JSON.
pub(super) fn is_json(essence: &str) -> bool {
    let ends_in_json = essence.len().checked_sub("+json".len()).and_then(|start| essence.get(start..));
    essence.eq_ignore_ascii_case("application/json")
        || ends_in_json.is_some_and(|end| end.eq_ignore_ascii_case("+json"))
}

fn may_be_json(essence: &str) -> bool {
    is_json(essence) || essence.ends_with('*')
}

fn essence(text: &str) -> &str {
    text.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(types: &[&str]) -> Content {
        let types =
            types.iter().map(|name| MediaType { essence: (*name).to_owned(), schema: None }).collect();
        Content { spec: String::new(), types }
    }

    #[test]
    fn types_are_compared_without_case_and_ranges_take_theirs() {
        assert!(content(&["application/json"]).takes("Application/JSON"));
        assert!(!content(&["application/json"]).takes("application/jsonp"));
        assert!(content(&["application/*"]).takes("application/json"));
        assert!(!content(&["application/*"]).takes("text/json"));
        assert!(content(&["*/*"]).takes("text/plain"));
    }

    #[test]
    fn parameters_are_no_part_of_the_type() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, "application/json ; charset=utf-8".parse().unwrap());
        assert!(matches!(stated(&headers), Stated::Essence("application/json")));
    }

    #[test]
    fn structured_suffixes_are_json() {
        assert!(is_json("application/problem+JSON"));
        assert!(!is_json("json"));
        assert!(!is_json("ä+jso"));
    }
}
