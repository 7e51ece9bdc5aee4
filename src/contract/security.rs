//! Security of an operation: whether a request must have an API key. Checked apart from the rest, since an unknown
//! caller gets 401 before anything else is checked. The header's value never gets into a message.

use hyper::{HeaderMap, header};
use serde_json::Value;

use super::{
    index::keys,
    openapi::{Document, LoadError},
    pointer,
    violations::Violations,
};
use crate::text::quoted;

const RULE: &str = "contract-security";
const POINTER: &str = "authorization";

/// Security requirement of an operation.
#[derive(Debug)]
pub(super) enum Security {
    /// None, or one that only the server itself can judge.
    Open,
    /// `Authorization: Bearer KEY`.
    Bearer {
        /// The place in the document that says so.
        spec: String,
    },
}

impl Security {
    /// Loads the security of the operation at `at`: its own, or else the document's.
    pub(super) fn load(document: &Document, at: &str) -> Result<Self, LoadError> {
        let own = pointer::join(at, "security");
        let spec = if document.get(&own).is_some() { own } else { "/security".to_owned() };
        let alternatives = document.get(&spec).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mut is_bearer = !alternatives.is_empty();
        for alternative in alternatives {
            let mut has_bearer = false;
            for scheme in keys(Some(alternative)) {
                has_bearer |= Self::is_bearer(document, &spec, scheme)?;
            }
            // One alternative without a token, and none is needed.
            is_bearer &= has_bearer;
        }
        Ok(if is_bearer { Self::Bearer { spec } } else { Self::Open })
    }

    fn is_bearer(document: &Document, spec: &str, scheme: &str) -> Result<bool, LoadError> {
        let at = pointer::join("/components/securitySchemes", scheme);
        if document.get(&at).is_none() {
            return Err(document.error(spec, format!("unknown security scheme {}", quoted(scheme))));
        }
        let (_, scheme) = document.object(&at)?;
        let is = |field: &str, value: &str| {
            scheme.get(field).and_then(Value::as_str).is_some_and(|text| text.eq_ignore_ascii_case(value))
        };
        Ok(is("type", "oauth2")
            || is("type", "openIdConnect")
            || (is("type", "http") && is("scheme", "bearer")))
    }

    /// Checks the `Authorization` of a request.
    pub(super) fn check(&self, headers: &HeaderMap, violations: &mut Violations) {
        let Self::Bearer { spec } = self else { return };
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let message = match (values.next(), values.next()) {
            (None, _) if headers.contains_key("x-api-key") => {
                "The header `authorization` is required: the API key belongs there, behind `Bearer `, and not into `x-api-key`."
            }
            (None, _) => "The header `authorization` is required: `Bearer ` and an API key.",
            (Some(_), Some(_)) => "The header `authorization` must be given once, not several times.",
            (Some(value), None) => match std::str::from_utf8(value.as_bytes()) {
                Err(_) => "The header `authorization` must be text in UTF-8.",
                Ok(text) => match wrong(text.trim()) {
                    Some(message) => message,
                    None => return,
                },
            },
        };
        violations.add(RULE, POINTER, message, spec.clone());
    }
}

/// Explains a wrong value of `Authorization`.
fn wrong(value: &str) -> Option<&'static str> {
    let Some((scheme, token)) = value.split_once(char::is_whitespace) else {
        return Some(match value {
            "" => "The header `authorization` is empty: it must be `Bearer ` and an API key.",
            bare if bare.eq_ignore_ascii_case("bearer") => {
                "The header `authorization` has no API key after `Bearer `."
            }
            joined if is_joined(joined) => JOINED,
            _ => "The header `authorization` has no `Bearer ` before the API key.",
        });
    };
    if is_joined(scheme) {
        return Some(JOINED);
    }
    if scheme.eq_ignore_ascii_case("basic") {
        return Some("The header `authorization` must have the scheme `Bearer`, and it has `Basic`.");
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Some("The header `authorization` must have the scheme `Bearer`, and it has another.");
    }
    token
        .trim_start()
        .contains(char::is_whitespace)
        .then_some("The header `authorization` must have one API key after `Bearer `, without blanks in it.")
}

const JOINED: &str =
    "The header `authorization` must have one blank between `Bearer` and the API key, and no `:` or `=`.";

/// Returns whether a word is `Bearer` with something attached that only configuration files have.
fn is_joined(word: &str) -> bool {
    let parts = word.split_at_checked("bearer".len());
    parts.is_some_and(|(bearer, rest)| bearer.eq_ignore_ascii_case("bearer") && rest.starts_with([':', '=']))
}
