//! Contract of a request's body: content type, JSON, schema.

use std::sync::Arc;

use serde_json::Value;

use super::{
    json::{self, Parsed},
    media::{self, Content, Stated},
    openapi::{Document, LoadError},
    pointer,
    request::RequestParts,
    schema::Way,
    violations::{Subject, Violations},
};
use crate::text::quoted;

pub(super) const BODY: &str = "contract-body";
const CONTENT_TYPE: &str = "contract-content-type";

/// Contract of the body of an operation's requests.
pub(super) struct Body {
    required: bool,
    content: Content,
    /// The place of the body in the document.
    spec: String,
}

impl Body {
    /// Loads the body of the operation at `at`; `None` where the document describes none.
    pub(super) fn load(document: &Arc<Document>, at: &str) -> Result<Option<Self>, LoadError> {
        let place = pointer::join(at, "requestBody");
        if document.get(&place).is_none() {
            return Ok(None);
        }
        let (spec, body) = document.object(&place)?;
        let required = body.get("required") == Some(&Value::Bool(true));
        let content = Content::load(document, &spec, Way::Request)?;
        Ok(content.map(|content| Self { required, content, spec }))
    }

    /// Checks the body of one request and its content type, and returns it parsed.
    pub(super) fn check(&self, request: &RequestParts<'_>, violations: &mut Violations) -> Option<Value> {
        let has_body = !request.body.is_empty();
        let essence = match media::stated(request.headers) {
            Stated::Essence(essence) => {
                if !self.content.takes(essence) {
                    let names = self.content.names();
                    let message = format!("The content type must be {names}, not {}.", quoted(essence));
                    violations.add(CONTENT_TYPE, "content-type", message, self.content.spec.clone());
                }
                Some(essence)
            }
            Stated::Nothing => {
                if has_body {
                    let names = self.content.names();
                    let message =
                        format!("The header `content-type` is required with a body; it must be {names}.");
                    violations.add(CONTENT_TYPE, "content-type", message, self.content.spec.clone());
                }
                None
            }
            Stated::Unclear => {
                let message = "The header `content-type` must be given once, as plain text.";
                violations.add(CONTENT_TYPE, "content-type", message, self.content.spec.clone());
                return None;
            }
        };
        if !has_body {
            if self.required {
                let spec = pointer::join(&self.spec, "required");
                violations.add(BODY, "", "The request must have a body, and it has none.", spec);
            }
            return None;
        }
        if essence.is_some_and(|essence| !media::is_json(essence)) {
            return None;
        }
        self.check_json(request.body, essence, violations)
    }

    fn check_json(&self, bytes: &[u8], essence: Option<&str>, violations: &mut Violations) -> Option<Value> {
        let Parsed { value, twice } = match json::parse(bytes) {
            Ok(parsed) => parsed,
            Err(error) => {
                let message = json::syntax_message("The body", bytes, &error);
                violations.add(BODY, "", message, self.content.spec.clone());
                return None;
            }
        };
        for name in twice {
            let message = format!("{} is given more than once.", quoted(&name));
            violations.add(BODY, pointer::join("", &name), message, self.content.spec.clone());
        }
        let schema = essence
            .and_then(|essence| self.content.schema(Some(essence)))
            .or_else(|| self.content.schema(None));
        if let Some(schema) = schema {
            let subject = Subject { rule: BODY, name: "the body", fixed_pointer: None };
            schema.check(violations, &subject, &value);
        }
        Some(value)
    }
}
