//! What the contract says about one operation's answers, and the check of one: status, headers, content
//! type, body. Called with every answer of Alloy's side, and with those of servers under test.

use std::collections::BTreeMap;

use hyper::{
    HeaderMap, StatusCode,
    header::{self, HeaderName},
};
use serde_json::Value;

use super::{
    document::{Document, LoadError},
    json,
    media::{self, Content, Stated},
    pointer,
    schema::Way,
    sentence::{self, Subject},
    violations::{Violations, quote},
};
use crate::exchange::Violation;

const RULE: &str = "contract-answer";

/// From how many bytes on a body is looked at in pieces, where it has any. Lists of some hundred files are
/// shorter.
const LARGE: usize = 64 << 10;

/// The contract of one operation's answers.
pub(super) struct Answers {
    by_status: BTreeMap<u16, Answer>,
    /// `2XX` and its like, by the first digit.
    by_class: BTreeMap<u16, Answer>,
    default: Option<Answer>,
    /// The place of `responses` in the document.
    spec: String,
}

/// The contract of one answer.
struct Answer {
    content: Option<Content>,
    required_headers: Vec<HeaderName>,
    /// The place of the response in the document.
    spec: String,
}

impl Answers {
    /// Loads the answers of the operation at `at`.
    pub(super) fn load(document: &Document, at: &str) -> Result<Self, LoadError> {
        let spec = pointer::join(at, "responses");
        let mut answers = Self { by_status: BTreeMap::new(), by_class: BTreeMap::new(), default: None, spec };
        let Some(Value::Object(responses)) = document.get(&answers.spec) else {
            return Err(document.shape(at, "an operation must have `responses`"));
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
                _ => return Err(document.shape(&place, format!("`{name}` is no status of an answer"))),
            }
        }
        Ok(answers)
    }

    /// Checks one answer.
    pub(super) fn check(
        &self,
        document: &Document,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Vec<Violation> {
        let mut violations = Violations::default();
        let status = status.as_u16();
        let answer = self.by_status.get(&status).or_else(|| self.by_class.get(&(status / 100)));
        if let Some(answer) = answer.or(self.default.as_ref()) {
            answer.check(document, headers, body, &mut violations);
        } else {
            let message =
                format!("The contract describes no answer with status {status} for this operation.");
            violations.add(RULE, "", message, self.spec.clone());
        }
        violations.into_vec()
    }
}

impl Answer {
    fn load(document: &Document, place: &str) -> Result<Self, LoadError> {
        let (spec, response) = document.object(place)?;
        let mut required_headers = Vec::new();
        let headers = response.get("headers").and_then(Value::as_object);
        for name in headers.into_iter().flat_map(serde_json::Map::keys) {
            let place = pointer::join(&pointer::join(&spec, "headers"), name);
            let (place, described) = document.object(&place)?;
            // OpenAPI: a `Content-Type` among them counts for nothing.
            if described.get("required") == Some(&Value::Bool(true)) {
                let name = HeaderName::try_from(name).map_err(|_| {
                    document.shape(&place, format!("`{name}` cannot be the name of a header"))
                })?;
                required_headers.extend(Some(name).filter(|name| name != header::CONTENT_TYPE));
            }
        }
        let content = Content::load(document, &spec, Way::Answer)?;
        Ok(Self { content, required_headers, spec })
    }

    fn check(&self, document: &Document, headers: &HeaderMap, body: &[u8], violations: &mut Violations) {
        for name in self.required_headers.iter().filter(|name| !headers.contains_key(*name)) {
            let spec = pointer::join(&pointer::join(&self.spec, "headers"), name.as_str());
            violations.add(RULE, name.as_str(), format!("The answer must have the header `{name}`."), spec);
        }
        let Some(content) = &self.content else { return };
        let essence = match media::stated(headers) {
            Stated::Essence(essence) if content.takes(essence) => Some(essence),
            other => {
                let found = match other {
                    Stated::Essence(essence) => format!("it is `{}`", quote(essence)),
                    Stated::Nothing => "it has none".to_owned(),
                    Stated::Unclear => "it cannot be told".to_owned(),
                };
                let message = format!("The answer's content type must be {}, and {found}.", content.names());
                violations.add(RULE, "content-type", message, content.spec.clone());
                None
            }
        };
        if essence.is_some_and(media::is_json) {
            check_json(document, content, essence, body, violations);
        }
    }
}

fn check_json(
    document: &Document,
    content: &Content,
    essence: Option<&str>,
    body: &[u8],
    violations: &mut Violations,
) {
    let Some(schema) = content.schema(essence) else { return };
    if body.len() > LARGE && schema.is_valid_in_pieces(body) {
        return;
    }
    match serde_json::from_slice::<Value>(body) {
        Err(error) => {
            violations.add(RULE, "", json::syntax_message("The answer", body, &error), content.spec.clone());
        }
        Ok(value) if schema.is_valid(&value) => {}
        Ok(value) => {
            let subject = Subject { rule: RULE, name: "the answer", fixed_pointer: None };
            sentence::add_all(violations, document, &subject, schema, &value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        contract::{Contract, testing},
        exchange::Operation,
    };

    fn check(contract: &Contract, operation: Operation, status: u16, body: &str) -> Vec<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
        let status = StatusCode::from_u16(status).unwrap();
        let violations = contract.check_answer(operation, status, &headers, body.as_bytes());
        violations.into_iter().map(|one| format!("{}: {}", one.pointer, one.message)).collect()
    }

    const NONE: [&str; 0] = [];

    #[test]
    fn the_answers_of_the_emulator_are_right() {
        let contract = Contract::built_in().unwrap();
        let key = "64f0c2a9be17d3508e6a91c4_a.pdf";
        let file = format!(
            r#"{{"s3Key": "{key}", "filename": "a.pdf", "size": 0, "lastModified": "2026-01-02T03:04:05.678Z"}}"#
        );
        let presigned = format!(
            r#"{{"presignedUrl": {{"md5": "nhB9nTcrtoJr2B01QqQZ1g==", "presignedUrl": "http://a", "type": "new", "s3Key": "{key}"}}}}"#
        );
        let invalid = r#"{"message": "m", "errors": [{"rule": "r", "pointer": "", "message": "m"}]}"#;
        for (operation, status, body) in [
            (Operation::Presign, 200, presigned.as_str()),
            (Operation::Presign, 400, invalid),
            (Operation::Presign, 401, r#"{"message": "Unauthorized"}"#),
            (Operation::Presign, 413, r#"{"message": "too large"}"#),
            (Operation::List, 200, r#"{"files": []}"#),
            (Operation::List, 200, &format!(r#"{{"files": [{file}, {file}]}}"#)),
            (Operation::Delete, 200, r#"{"success": true, "message": "File deleted successfully"}"#),
            (Operation::Delete, 403, r#"{"message": "m"}"#),
            (Operation::Delete, 404, r#"{"message": "m"}"#),
        ] {
            assert_eq!(check(&contract, operation, status, body), NONE, "{operation} {status}");
        }
    }

    #[test]
    fn a_wrong_answer_is_told() {
        let contract = Contract::built_in().unwrap();
        let list = |body| check(&contract, Operation::List, 200, body);
        assert_eq!(
            list(r#"{"files": [{"s3Key": "a", "filename": "a", "size": -1, "lastModified": "x"}]}"#),
            [
                "/files/0/lastModified: `files[0].lastModified` must have the format `date-time`, and `x` has not.",
                "/files/0/s3Key: `files[0].s3Key` does not match the pattern `^[0-9a-f]{24}_.+$`: The key of a file.",
                "/files/0/size: `files[0].size` must be at least 0, and -1 is less.",
            ]
        );
        assert_eq!(list("[]"), [": The answer must be an object, not an array."]);
        assert!(list("<html>")[0].starts_with(": The answer must be JSON, and it is not: "));
    }

    #[test]
    fn a_long_list_is_checked_to_its_end() {
        let contract = Contract::built_in().unwrap();
        let file = |size: i64| {
            format!(
                r#"{{"s3Key": "64f0c2a9be17d3508e6a91c4_a", "filename": "a", "size": {size}, "lastModified": "2026-01-02T03:04:05Z"}}"#
            )
        };
        let list = |last: &str| format!(r#"{{"files": [{}{last}]}}"#, format!("{},", file(0)).repeat(1000));
        let told = |body: &str| check(&contract, Operation::List, 200, body);
        assert!(list("").len() > LARGE);
        assert_eq!(told(&list(&file(1))), NONE);
        assert_eq!(
            told(&list(&file(-1))),
            ["/files/1000/size: `files[1000].size` must be at least 0, and -1 is less."]
        );
        assert!(told(&list("x"))[0].starts_with(": The answer must be JSON, and it is not: "));
    }

    #[test]
    fn a_status_must_be_described_itself_by_its_class_or_by_default() {
        let contract = testing::contract(
            "paths:\n  /connectors/files/list:\n    get:\n      responses:\n        \
             200: {description: d, content: {application/json: {schema: {type: object}}}}\n        \
             2XX: {description: d}\n        4XX: {description: d, headers: {X-Why: {required: true, schema: {type: string}}}}\n",
        );
        let list = |status, body| check(&contract, Operation::List, status, body);
        assert_eq!(list(200, "1"), [": The answer must be an object, not a number."]);
        assert_eq!(list(204, "1"), NONE);
        assert_eq!(list(404, ""), ["x-why: The answer must have the header `x-why`."]);
        assert_eq!(list(500, ""), [": The contract describes no answer with status 500 for this operation."]);
    }

    #[test]
    fn the_content_type_must_be_described() {
        let contract = Contract::built_in().unwrap();
        let mut headers = HeaderMap::new();
        let told = |headers: &HeaderMap| {
            contract.check_answer(Operation::List, StatusCode::OK, headers, b"").remove(0).message
        };
        assert_eq!(told(&headers), "The answer's content type must be `application/json`, and it has none.");
        headers.insert(header::CONTENT_TYPE, "text/html".parse().unwrap());
        assert_eq!(
            told(&headers),
            "The answer's content type must be `application/json`, and it is `text/html`."
        );
    }
}
