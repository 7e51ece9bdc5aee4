//! What the contract says about one operation's requests, and the check of one: who calls, parameters,
//! content type, body. Called with every request of Alloy's side, so that a good one costs the parsing of
//! its body and little else.

use hyper::HeaderMap;
use serde_json::Value;

use super::{
    body::Body,
    document::{Document, LoadError},
    parameter::Parameter,
    pointer,
    security::Security,
    violations::Violations,
};
use crate::exchange::Violation;

/// A request, as far as the contract looks at it.
#[derive(Clone, Copy, Debug)]
pub struct RequestParts<'a> {
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The query as it came, without its `?`.
    pub query: Option<&'a str>,
    /// The values of the path's parameters, decoded, in the order in which the template has them.
    pub path_parameters: &'a [String],
    /// The whole body.
    pub body: &'a [u8],
}

/// What came of a check.
#[derive(Debug, Default)]
pub struct RequestCheck {
    /// Everything that is wrong, at most 100 of it. What is wrong with the caller's key comes first, under
    /// the rule `contract-security`.
    pub violations: Vec<Violation>,
    /// The body, where it is JSON, so that nobody parses it twice; it may be one that breaks the contract.
    pub body: Option<Value>,
}

/// The contract of one operation's requests.
pub(super) struct RequestContract {
    security: Security,
    parameters: Vec<Parameter>,
    body: Option<Body>,
}

impl RequestContract {
    /// Loads the operation at `at`, on the path item at `item`, whose template has parameters of these names.
    pub(super) fn load(
        document: &Document,
        item: &str,
        at: &str,
        path_names: &[&str],
    ) -> Result<Self, LoadError> {
        let mut parameters: Vec<Parameter> = Vec::new();
        for owner in [at, item] {
            let list = pointer::join(owner, "parameters");
            let length = document.get(&list).and_then(Value::as_array).map_or(0, Vec::len);
            for index in 0..length {
                let place = pointer::join(&list, &index.to_string());
                let loaded = Parameter::load(document, &place, path_names)?;
                let known = |new: &Parameter| parameters.iter().any(|old| old.identity() == new.identity());
                parameters.extend(loaded.filter(|new| !known(new)));
            }
        }
        Ok(Self { security: Security::load(document, at)?, parameters, body: Body::load(document, at)? })
    }

    /// Checks one request.
    pub(super) fn check(&self, document: &Document, request: &RequestParts<'_>) -> RequestCheck {
        let mut violations = Violations::default();
        self.security.check(request.headers, &mut violations);
        for parameter in &self.parameters {
            parameter.check(document, request, &mut violations);
        }
        let body = match &self.body {
            Some(body) => body.check(document, request, &mut violations),
            None => None,
        };
        RequestCheck { violations: violations.into_vec(), body }
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;
    use proptest::prelude::*;

    use super::*;
    use crate::{
        contract::{Contract, body::BODY},
        exchange::Operation,
    };

    const GOOD: &str =
        r#"{"filename": "a.pdf", "mimeType": "application/pdf", "md5": "9e107d9d372bb6826bd81d3542a419d6"}"#;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn good_headers() -> HeaderMap {
        headers(&[
            ("authorization", "Bearer alice-key"),
            ("x-api-version", "2025-09"),
            ("content-type", "application/json; charset=utf-8"),
        ])
    }

    fn check(headers: &HeaderMap, body: &[u8]) -> RequestCheck {
        let request = RequestParts { headers, query: None, path_parameters: &[], body };
        Contract::built_in().unwrap().check_request(Operation::Presign, &request)
    }

    fn told(check: &RequestCheck) -> Vec<(&str, &str, &str)> {
        check.violations.iter().map(|one| (one.rule, one.pointer.as_str(), one.message.as_str())).collect()
    }

    #[test]
    fn a_good_request_passes_and_its_body_is_handed_on() {
        for md5 in [
            "9e107d9d372bb6826bd81d3542a419d6",
            "9E107D9D372BB6826BD81D3542A419D6",
            "nhB9nTcrtoJr2B01QqQZ1g==",
        ] {
            let body = GOOD.replace("9e107d9d372bb6826bd81d3542a419d6", md5);
            let check = check(&good_headers(), body.as_bytes());
            assert_eq!(told(&check), []);
            assert_eq!(check.body.unwrap()["md5"], md5);
        }
    }

    #[test]
    fn everything_is_told_at_once() {
        let check = check(&headers(&[("authorization", "alice-key")]), br#"{"filename": "", "md5": "xyz"}"#);
        let pattern = "`md5` does not match the pattern `^([0-9a-fA-F]{32}|[A-Za-z0-9+/]{21}[AQgw]==)$`: \
                       The MD5 of the file's bytes: 32 hex digits or 24 characters of base64.";
        assert_eq!(
            told(&check),
            [
                (
                    "contract-security",
                    "authorization",
                    "The header `authorization` lacks `Bearer ` before the API key."
                ),
                ("contract-header", "x-api-version", "The header `x-api-version` is required."),
                (
                    "contract-content-type",
                    "content-type",
                    "The header `content-type` is required with a body; it must be `application/json`."
                ),
                ("contract-body", "/mimeType", "`mimeType` is required."),
                ("contract-body", "/filename", "`filename` must not be empty."),
                ("contract-body", "/md5", pattern),
            ]
        );
        let specs: Vec<&str> = check.violations.iter().filter_map(|one| one.spec.as_deref()).collect();
        assert_eq!(
            specs,
            [
                "/security",
                "/components/parameters/ApiVersion/required",
                "/paths/~1connectors~1files~1upload~1request/post/requestBody/content",
                "/components/schemas/UploadRequest/required",
                "/components/schemas/UploadRequest/properties/filename/minLength",
                "/components/schemas/UploadRequest/properties/md5/pattern",
            ]
        );
    }

    #[test]
    fn another_content_type_is_told_and_its_body_left_alone() {
        let mut headers = good_headers();
        headers.insert("content-type", HeaderValue::from_static("text/plain"));
        let check = check(&headers, b"{");
        let message = "The content type must be `application/json`, not `text/plain`.";
        assert_eq!(told(&check), [("contract-content-type", "content-type", message)]);
        assert_eq!(check.body, None);
    }

    #[test]
    fn a_body_that_is_no_json_is_told_with_its_place() {
        let message = |body: &[u8]| {
            let check = check(&good_headers(), body);
            assert_eq!((check.violations.len(), check.body), (1, None));
            assert_eq!((check.violations[0].rule, check.violations[0].pointer.as_str()), (BODY, ""));
            check.violations[0].message.clone()
        };
        assert_eq!(message(b""), "The request must have a body, and it has none.");
        assert!(message(b"{\n\"a\": }").contains("line 2 column 6"));
        assert!(message(b"{} {}").contains("trailing characters"));
        assert_eq!(message(b"{\"\xff\": 1}"), "The body must be JSON in UTF-8, and byte 2 is not UTF-8.");
        assert!(message(b"\xef\xbb\xbf{}").contains("byte order mark"));
        assert!(message("[".repeat(100_000).as_bytes()).contains("recursion limit"));
    }

    #[test]
    fn a_name_given_twice_is_told() {
        let body = GOOD.replacen('{', r#"{"md5": "1", "#, 1);
        let check = check(&good_headers(), body.as_bytes());
        assert_eq!(told(&check), [(BODY, "/md5", "`md5` is given more than once.")]);
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        let name = || prop_oneof![Just("md5".to_owned()), Just("filename".to_owned()), ".*"];
        leaf.prop_recursive(4, 64, 8, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::btree_map(name(), inner, 0..8)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn is_bounded(check: &RequestCheck) -> bool {
        check.violations.len() <= 100
            && check
                .violations
                .iter()
                .all(|one| one.message.len() <= 512 && one.message.ends_with(['.', '…']))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_bytes_are_answered(body: Vec<u8>) {
            prop_assert!(is_bounded(&check(&good_headers(), &body)));
        }

        #[test]
        fn any_json_is_answered_and_handed_on(body in json()) {
            let check = check(&good_headers(), body.to_string().as_bytes());
            prop_assert!(is_bounded(&check));
            prop_assert!(check.body.is_some());
        }

        #[test]
        fn any_headers_are_answered(values: [Vec<u8>; 3]) {
            let mut headers = HeaderMap::new();
            for (name, value) in ["authorization", "x-api-version", "content-type"].into_iter().zip(&values) {
                let value: Vec<u8> = value.iter().copied().filter(|byte| *byte >= 32 && *byte != 127).collect();
                headers.append(name, HeaderValue::from_bytes(&value).unwrap());
            }
            prop_assert!(is_bounded(&check(&headers, GOOD.as_bytes())));
        }

        #[test]
        fn any_text_is_a_good_filename(name in ".+", md5: [u8; 16]) {
            let body = serde_json::json!({"filename": name, "mimeType": "a/b", "md5": hex::encode(md5)});
            let check = check(&good_headers(), body.to_string().as_bytes());
            prop_assert_eq!(told(&check), []);
        }
    }
}
