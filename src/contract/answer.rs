//! Contract of an operation's answers: status, headers, content type, body.

use std::{collections::BTreeMap, sync::Arc};

use hyper::{
    HeaderMap, StatusCode,
    header::{self, HeaderName},
};
use serde_json::Value;

use super::{
    index::keys,
    json,
    media::{self, Content, Stated},
    openapi::{Document, LoadError},
    pointer,
    schema::Way,
    violations::{Subject, Violations},
};
use crate::{exchange::Violation, text::quoted};

const RULE: &str = "contract-answer";

/// Size in bytes from which a list is checked item by item. Lists of some hundred files are shorter.
const LARGE: usize = 64 << 10;

/// Contract of one operation's answers.
pub(super) struct Answers {
    by_status: BTreeMap<u16, Answer>,
    /// `2XX` and its like, by the first digit.
    by_class: BTreeMap<u16, Answer>,
    default: Option<Answer>,
    /// The place of `responses` in the document.
    spec: String,
}

/// Contract of one answer.
struct Answer {
    content: Option<Content>,
    required_headers: Vec<HeaderName>,
    /// The place of the response in the document.
    spec: String,
}

impl Answers {
    /// Loads the answers of the operation at `at`.
    pub(super) fn load(document: &Arc<Document>, at: &str) -> Result<Self, LoadError> {
        let spec = pointer::join(at, "responses");
        let mut answers = Self { by_status: BTreeMap::new(), by_class: BTreeMap::new(), default: None, spec };
        let Some(Value::Object(responses)) = document.get(&answers.spec) else {
            return Err(document.error(at, "an operation must have `responses`"));
        };
        for name in responses.keys().filter(|name| !name.starts_with("x-")) {
            let place = pointer::join(&answers.spec, name);
            let answer = Answer::load(document, &place)?;
            let class = name.strip_suffix("XX").or_else(|| name.strip_suffix("xx"));
            match (name.parse(), class.map(str::parse)) {
                (Ok(status @ 100..=599), _) => {
                    answers.by_status.insert(status, answer);
                }
                (_, Some(Ok(class @ 1..=5))) => {
                    answers.by_class.insert(class, answer);
                }
                _ if name == "default" => answers.default = Some(answer),
                _ => return Err(document.error(&place, format!("`{name}` is not a status"))),
            }
        }
        Ok(answers)
    }

    /// Checks one answer.
    pub(super) fn check(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Vec<Violation> {
        let mut violations = Violations::default();
        let status = status.as_u16();
        let answer = self.by_status.get(&status).or_else(|| self.by_class.get(&(status / 100)));
        if let Some(answer) = answer.or(self.default.as_ref()) {
            answer.check(headers, body, &mut violations);
        } else {
            let message =
                format!("The contract describes no answer with status {status} for this operation.");
            violations.add(RULE, "", message, self.spec.clone());
        }
        violations.into_vec()
    }
}

impl Answer {
    fn load(document: &Arc<Document>, place: &str) -> Result<Self, LoadError> {
        let (spec, response) = document.object(place)?;
        let mut required_headers = Vec::new();
        for name in keys(response.get("headers")) {
            let place = pointer::join(&pointer::join(&spec, "headers"), name);
            let (place, described) = document.object(&place)?;
            // OpenAPI ignores a `Content-Type` among them.
            if described.get("required") == Some(&Value::Bool(true)) {
                let name = HeaderName::try_from(name)
                    .map_err(|_| document.error(&place, format!("invalid header name {}", quoted(name))))?;
                required_headers.extend(Some(name).filter(|name| name != header::CONTENT_TYPE));
            }
        }
        let content = Content::load(document, &spec, Way::Answer)?;
        Ok(Self { content, required_headers, spec })
    }

    fn check(&self, headers: &HeaderMap, body: &[u8], violations: &mut Violations) {
        for name in self.required_headers.iter().filter(|name| !headers.contains_key(*name)) {
            let spec = pointer::join(&pointer::join(&self.spec, "headers"), name.as_str());
            violations.add(RULE, name.as_str(), format!("The answer must have the header `{name}`."), spec);
        }
        let Some(content) = &self.content else { return };
        let essence = match media::stated(headers) {
            Stated::Essence(essence) if content.takes(essence) => Some(essence),
            other => {
                let found = match other {
                    Stated::Essence(essence) => format!("it is {}", quoted(essence)),
                    Stated::Nothing => "it has none".to_owned(),
                    Stated::Unclear => "it cannot be told".to_owned(),
                };
                let message = format!("The answer's content type must be {}, and {found}.", content.names());
                violations.add(RULE, "content-type", message, content.spec.clone());
                None
            }
        };
        if essence.is_some_and(media::is_json) {
            check_json(content, essence, body, violations);
        }
    }
}

fn check_json(content: &Content, essence: Option<&str>, body: &[u8], violations: &mut Violations) {
    let Some(schema) = content.schema(essence) else { return };
    if body.len() > LARGE && schema.is_valid_in_pieces(body) {
        return;
    }
    match serde_json::from_slice::<Value>(body) {
        Err(error) => {
            violations.add(RULE, "", json::syntax_message("The answer", body, &error), content.spec.clone());
        }
        Ok(value) => {
            let subject = Subject { rule: RULE, name: "the answer", fixed_pointer: None };
            schema.check(violations, &subject, &value);
        }
    }
}
