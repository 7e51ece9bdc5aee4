//! Tests of checks against small documents. What people meet is tested over HTTP, in `tests/api/contract.rs` and
//! `tests/cli/spec.rs`.

use hyper::{HeaderMap, StatusCode, header, header::HeaderValue};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Contract, LoadError, RequestCheck, RequestParts};
use crate::exchange::{Operation, Violation};

const HEAD: &str = "openapi: 3.0.3\ninfo: {title: Test, version: '1'}\n";

const SCHEMAS: &str = "components:
  schemas:
    Text: {type: string}
    Tree: {type: object, properties: {left: {$ref: '#/components/schemas/Tree'}}}
    Endless: {allOf: [{$ref: '#/components/schemas/Endless'}]}
    Circle: {$ref: '#/components/schemas/Circle'}
";

const NONE: [&str; 0] = [];

fn load(rest: &str) -> Result<Contract, LoadError> {
    Contract::load("test.yaml", &format!("{HEAD}{rest}"))
}

/// Loads a contract in which listing files has this further field.
fn list_with(field: &str) -> Contract {
    load(&format!(
        "paths:\n  /connectors/files/list:\n    get:\n      {field}\n      responses: {{default: {{description: d}}}}\n"
    ))
    .unwrap()
}

/// Loads a contract in which the body of a presign has this schema.
fn load_schema(schema: &str) -> Result<Contract, LoadError> {
    load(&format!(
        "{SCHEMAS}paths:\n  /connectors/files/upload/request:\n    post:\n      requestBody:\n        \
         required: true\n        content: {{application/json: {{schema: {schema}}}}}\n      \
         responses: {{default: {{description: d}}}}\n"
    ))
}

fn shown(violations: Vec<Violation>) -> Vec<String> {
    violations.into_iter().map(|one| format!("{}: {}", one.pointer, one.message)).collect()
}

/// Returns the violations of a body against a schema.
fn body_violations(schema: &str, body: &str) -> Vec<String> {
    let contract = load_schema(schema).unwrap();
    shown(check(&contract, Operation::Presign, &json_headers(), None, body.as_bytes()).violations)
}

fn json_headers() -> HeaderMap {
    HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))])
}

fn check(
    contract: &Contract,
    operation: Operation,
    headers: &HeaderMap,
    query: Option<&str>,
    body: &[u8],
) -> RequestCheck {
    contract.check_request(operation, &RequestParts { headers, query, path_parameters: &[], body })
}

/// Returns the violations of a JSON answer.
fn answer_violations(contract: &Contract, status: u16, body: &str) -> Vec<String> {
    let status = StatusCode::from_u16(status).unwrap();
    shown(contract.check_answer(Operation::List, status, &json_headers(), body.as_bytes()))
}

#[test]
fn loads_the_built_in_contract_once_a_process() {
    let [one, other] = [(); 2].map(|()| Contract::built_in().unwrap());
    assert!(std::sync::Arc::ptr_eq(&one.index, &other.index));
}

#[test]
fn describes_each_broken_keyword_in_a_sentence() {
    let bounds = "{type: integer, minimum: 1, exclusiveMinimum: true, maximum: 9, multipleOf: 3}";
    let closed = "{type: object, required: [a], additionalProperties: false, properties: {a: {}, b: {}}}";
    let pattern = "{type: string, pattern: '^a+$', description: 'Nothing but a. Not b.'}";
    let items = "{type: array, minItems: 1, maxItems: 2, uniqueItems: true, items: {type: integer}}";
    let reference = "{type: object, properties: {a: {$ref: '#/components/schemas/Text'}}}";
    let tree = "{$ref: '#/components/schemas/Tree'}";
    let read_only = "{type: object, required: [id], properties: {id: {type: integer, readOnly: true}}}";
    let described = "{type: string, example: 5, deprecated: true, xml: {name: x}, externalDocs: {url: u}, \
                     discriminator: {propertyName: p}, x-more: {type: 7}}";
    for (schema, body, expected) in [
        (
            "{type: object, properties: {md5: {type: string}}}",
            r#"{"md5": 5}"#,
            "/md5: `md5` must be a string, not a number.",
        ),
        ("{type: object}", "[]", ": The body must be an object, not an array."),
        (closed, r#"{"a": 1, "b": 2}"#, ""),
        (closed, r#"{"a": 1, "x/y": 3}"#, "/x~1y: `x/y` is not a property that the contract allows."),
        (closed, r#"{"b": 2}"#, "/a: `a` is required."),
        ("{type: string, minLength: 1, maxLength: 3}", r#""äöü""#, ""),
        ("{type: string, minLength: 1}", r#""""#, ": The body must not be empty."),
        ("{type: string, maxLength: 3}", r#""abcd""#, ": The body must have at most 3 characters."),
        ("{type: string, enum: [new, existing]}", r#""new""#, ""),
        (
            "{type: string, enum: [new, existing]}",
            r#""old""#,
            ": The body must be `new` or `existing`, not `old`.",
        ),
        (pattern, r#""aa""#, ""),
        (pattern, r#""b""#, ": The body does not match the pattern `^a+$`: Nothing but a."),
        ("{type: string, format: date-time}", r#""2026-01-02T03:04:05Z""#, ""),
        (
            "{type: string, format: date-time}",
            r#""2026""#,
            ": The body must have the format `date-time`, not `2026`.",
        ),
        (bounds, "3", ""),
        (bounds, "12", ": The body must be at most 9, and 12 is more."),
        (bounds, "4", ": The body must be a multiple of 3, and 4 is not."),
        (
            "{type: integer, minimum: 1, exclusiveMinimum: true}",
            "1",
            ": The body must be more than 1, and 1 is not.",
        ),
        ("{type: integer}", "3.5", ": The body must be an integer, not a number."),
        (items, "[1, 2]", ""),
        (items, "[]", ": The body must have at least 1 item."),
        (items, "[1, 1]", ": The body must not have two items that are equal."),
        (items, "[1, true]", "/1: `1` must be an integer, not a boolean."),
        ("{oneOf: [{type: integer}, {type: number}]}", "1.5", ""),
        (
            "{oneOf: [{type: integer}, {type: number}]}",
            "1",
            ": The body fits more than one of the forms of which the contract allows exactly one.",
        ),
        ("{oneOf: [{type: integer}]}", "true", ": The body fits none of the forms that the contract allows."),
        ("{not: {type: string}}", r#""a""#, ": The body has a form that the contract forbids."),
        ("{type: string, nullable: true}", "null", ""),
        ("{type: string, nullable: true}", "1", ": The body must be null or a string, not a number."),
        ("{type: string, nullable: true, enum: [a]}", "null", ""),
        ("{nullable: true, allOf: [{type: string}]}", "null", ""),
        ("{nullable: true, allOf: [{type: string}]}", "1", ": The body must be a string, not a number."),
        ("{nullable: true, $ref: '#/components/schemas/Text'}", "null", ""),
        (
            "{nullable: true, $ref: '#/components/schemas/Text'}",
            "1",
            ": The body must be a string, not a number.",
        ),
        ("{type: string, nullable: false}", "null", ": The body must be a string, not null."),
        (reference, r#"{"a": 1}"#, "/a: `a` must be a string, not a number."),
        (tree, r#"{"left": {"left": {}}}"#, ""),
        (tree, r#"{"left": {"left": 1}}"#, "/left/left: `left.left` must be an object, not a number."),
        ("{$ref: '#/components/schemas/Endless'}", "1", ""),
        (described, r#""a""#, ""),
        (read_only, "{}", ""),
    ] {
        let expected: Vec<&str> = Some(expected).filter(|message| !message.is_empty()).into_iter().collect();
        assert_eq!(body_violations(schema, body), expected, "{schema} {body}");
    }
    let long = &body_violations("{type: string, enum: [a]}", &format!("\"{}\"", "ü".repeat(9999)))[0];
    assert!(long.len() < 250, "{long}");
}

#[test]
fn reports_the_place_of_an_invalid_schema() {
    let at = "`/paths/~1connectors~1files~1upload~1request/post/requestBody/content/application~1json/schema";
    for (schema, expected) in [
        ("{type: strnig}", format!("not \"strnig\", at {at}/type`")),
        ("{type: string, minLength: -1}", "minLength".to_owned()),
        ("{type: string, pattern: '('}", format!(", at {at}/pattern`")),
        ("{$ref: '#/components/schemas/None'}", "which does not exist".to_owned()),
        ("{$ref: '#/components/schemas/Circle'}", "form a circle".to_owned()),
        ("{$ref: 'other.yaml#/x'}", "to another file is not supported".to_owned()),
    ] {
        let message = load_schema(schema).unwrap_err().to_string();
        assert!(message.starts_with("test.yaml: ") && message.contains(&expected), "{message}");
    }
    let item = "{delete: {responses: {'200': {description: d}}}}";
    let twice =
        load(&format!("paths:\n  /connectors/files/{{a}}: {item}\n  /connectors/files/{{b}}: {item}\n"));
    assert!(twice.unwrap_err().to_string().contains("another path"));
    assert!(load("paths: [").unwrap_err().to_string().starts_with("test.yaml: line "));
}

#[test]
fn finds_base_paths_and_operations() {
    let contract = load(
        "paths:\n  /credentials: {get: {responses: {'200': {description: d}}}}\nservers:\n- url: https://a.example\n\
         - url: https://a.example/api/\n- url: /api\n- url: 'https://a.example/{v}/x'\n  \
         variables: {v: {default: v2}}\n- url: //a.example/y?z=/w\n",
    )
    .unwrap();
    assert_eq!(contract.base_paths(), ["/api", "/v2/x", "/y"]);
    assert_eq!(contract.unserved(), ["GET /credentials"]);
}

#[test]
fn checks_parameters() {
    let violations = |parameter: &str, query: Option<&str>, headers: &[(&'static str, &[u8])]| {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        let contract = list_with(&format!("parameters: [{parameter}]"));
        let check = check(&contract, Operation::List, &map, query, b"");
        check.violations.into_iter().map(|one| one.message).collect::<Vec<_>>()
    };
    let page = "{name: page, in: query, required: true, schema: {type: integer, maximum: 9}}";
    let ids = "{name: ids, in: query, schema: {type: array, maxItems: 2, items: {type: integer}}}";
    for (parameter, query, expected) in [
        (page, Some("a=b&page=3"), ""),
        (page, Some("p%61ge=3"), ""),
        (page, None, "The query parameter `page` is required."),
        (page, Some("page=1&page=2"), "The query parameter `page` must be given once, not several times."),
        (page, Some("page=one"), "The query parameter `page` must be an integer, not a string."),
        (page, Some("page=+1"), "The query parameter `page` must be an integer, not a string."),
        (page, Some("page=10"), "The query parameter `page` must be at most 9, and 10 is more."),
        (ids, None, ""),
        (ids, Some("ids=1&ids=2"), ""),
        (ids, Some("ids=1,2"), ""),
        (ids, Some("ids=1,x"), "`1` of the query parameter `ids` must be an integer, not a string."),
        (ids, Some("ids=1,2,3"), "The query parameter `ids` must have at most 2 items."),
        ("{name: c, in: cookie, required: true, schema: {type: string}}", None, ""),
    ] {
        let expected: Vec<&str> = Some(expected).filter(|message| !message.is_empty()).into_iter().collect();
        assert_eq!(violations(parameter, query, &[]), expected, "{parameter} {query:?}");
    }
    let flag = "{name: X-Flag, in: header, required: true, schema: {type: boolean}}";
    for (values, expected) in [
        (&[("x-flag", &b"true"[..])][..], ""),
        (&[], "The header `x-flag` is required."),
        (
            &[("x-flag", b"true"), ("x-flag", b"true")],
            "The header `x-flag` must be given once, not several times.",
        ),
        (&[("x-flag", b"\xff")], "The header `x-flag` must be text in UTF-8."),
        (&[("x-flag", b"yes")], "The header `x-flag` must be a boolean, not a string."),
    ] {
        let expected: Vec<&str> = Some(expected).filter(|message| !message.is_empty()).into_iter().collect();
        assert_eq!(violations(flag, None, values), expected);
    }
    assert_eq!(
        violations("{name: Accept, in: header, required: true, schema: {type: string}}", None, &[]),
        NONE
    );
    let replaced = load(
        "paths:\n  /connectors/files/list:\n    parameters:\n    \
         - {name: a, in: query, required: true, schema: {type: string}}\n    get:\n      \
         parameters: [{name: a, in: query, schema: {type: string}}]\n      responses: {default: {description: d}}\n",
    );
    assert_eq!(check(&replaced.unwrap(), Operation::List, &HeaderMap::new(), None, b"").violations, []);
}

#[test]
fn checks_the_authorization_header_without_showing_it() {
    let contract = |security: &str| {
        load(&format!(
            "components: {{securitySchemes: {{key: {{type: http, scheme: Bearer}}, \
             cookie: {{type: apiKey, in: cookie, name: c}}}}}}\nsecurity: {security}\npaths:\n  \
             /connectors/files/list: {{get: {{responses: {{default: {{description: d}}}}}}}}\n"
        ))
    };
    let violations = |security: &str, values: &[&str]| {
        let mut map = HeaderMap::new();
        for value in values {
            map.append(header::AUTHORIZATION, value.parse().unwrap());
        }
        check(&contract(security).unwrap(), Operation::List, &map, None, b"").violations
    };
    for value in ["Bearer k", "bearer k", "Bearer   alice-key"] {
        assert_eq!(violations("[{key: []}]", &[value]), [], "{value}");
    }
    for (values, part) in [
        (&[][..], "is required"),
        (&["Bearer secret", "Bearer secret"][..], "not several times"),
        (&["secret"][..], "has no `Bearer ` before"),
        (&["Bearer"][..], "no API key after"),
        (&["Basic secret"][..], "it has `Basic`"),
        (&["Token secret"][..], "it has another"),
        (&["Bearer:secret"][..], "no `:` or `=`"),
        (&["bearer: secret"][..], "no `:` or `=`"),
        (&["Bearersecret"][..], "has no `Bearer ` before"),
        (&["geheim€secret"][..], "has no `Bearer ` before"),
        (&["Bearer secret secret"][..], "without blanks"),
        (&[""][..], "is empty"),
    ] {
        let found = violations("[{key: []}]", values);
        let [Violation { rule, message, spec, .. }] = &found[..] else { panic!("{values:?}: {found:?}") };
        assert_eq!((*rule, spec.as_deref()), ("contract-security", Some("/security")));
        assert!(message.contains(part) && !message.contains("secret"), "{message}");
    }
    for open in ["[{key: []}, {}]", "[{cookie: []}]", "[]"] {
        assert_eq!(violations(open, &[]), [], "{open}");
    }
    assert!(contract("[{none: []}]").unwrap_err().to_string().contains("unknown security scheme `none`"));
}

#[test]
fn finds_the_description_of_an_answer_by_its_status() {
    let contract = load(
        "paths:\n  /connectors/files/list:\n    get:\n      responses:\n        \
         200: {description: d, content: {application/json: {schema: {type: object}}}}\n        \
         2XX: {description: d}\n        4XX: {description: d, headers: {X-Why: {required: true, schema: {type: string}}}}\n",
    )
    .unwrap();
    let violations = |status, body| answer_violations(&contract, status, body);
    assert_eq!(violations(200, "1"), [": The answer must be an object, not a number."]);
    assert_eq!(violations(204, "1"), NONE);
    assert_eq!(violations(404, ""), ["x-why: The answer must have the header `x-why`."]);
    assert_eq!(
        violations(500, ""),
        [": The contract describes no answer with status 500 for this operation."]
    );
}

#[test]
fn checks_answers_whole_and_long_lists_item_by_item() {
    let contract = Contract::built_in().unwrap();
    let violations = |body: &str| answer_violations(&contract, 200, body);
    assert_eq!(
        violations(r#"{"files": [{"s3Key": "a", "filename": "a", "size": -1, "lastModified": "x"}]}"#),
        [
            "/files/0/lastModified: `files[0].lastModified` must have the format `date-time`, not `x`.",
            "/files/0/s3Key: `files[0].s3Key` does not match the pattern `^[0-9a-f]{24}_.+$`: The key of a file.",
            "/files/0/size: `files[0].size` must be at least 0, and -1 is less.",
        ]
    );
    assert!(violations("<html>")[0].starts_with(": The answer must be JSON, and it is not: "));
    let file = |size: i64| {
        format!(
            r#"{{"s3Key": "64f0c2a9be17d3508e6a91c4_a", "filename": "a", "size": {size}, "lastModified": "2026-01-02T03:04:05Z"}}"#
        )
    };
    let list = |last: &str| format!(r#"{{"files": [{}{last}]}}"#, format!("{},", file(0)).repeat(1000));
    assert_eq!(violations(&list(&file(1))), NONE);
    let last = ["/files/1000/size: `files[1000].size` must be at least 0, and -1 is less."];
    assert_eq!(violations(&list(&file(-1))), last);
    assert!(violations(&list("x"))[0].starts_with(": The answer must be JSON, and it is not: "));
    let text = contract.check_answer(
        Operation::List,
        StatusCode::OK,
        &HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("text/html"))]),
        b"",
    );
    assert_eq!(
        text[0].message,
        "The answer's content type must be `application/json`, and it is `text/html`."
    );
}

fn presign(headers: &HeaderMap, body: &[u8]) -> RequestCheck {
    check(&Contract::built_in().unwrap(), Operation::Presign, headers, None, body)
}

fn valid_headers() -> HeaderMap {
    let mut headers = json_headers();
    headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer alice-key"));
    headers.insert("x-api-version", HeaderValue::from_static("2025-09"));
    headers
}

#[test]
fn names_the_place_of_a_violation_in_the_document() {
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, HeaderValue::from_static("alice-key"));
    let found = presign(&headers, br#"{"filename": "", "md5": "xyz"}"#).violations;
    let found: Vec<_> = found.iter().map(|one| (one.rule, one.spec.as_deref().unwrap_or_default())).collect();
    let schema = "/components/schemas/UploadRequest";
    assert_eq!(
        found,
        [
            ("contract-security", "/security"),
            ("contract-header", "/components/parameters/ApiVersion/required"),
            ("contract-content-type", "/paths/~1connectors~1files~1upload~1request/post/requestBody/content"),
            ("contract-body", &format!("{schema}/required")),
            ("contract-body", &format!("{schema}/properties/filename/minLength")),
            ("contract-body", &format!("{schema}/properties/md5/pattern")),
        ]
    );
}

#[test]
fn explains_a_body_that_is_not_json() {
    let message = |body: &[u8]| shown(presign(&valid_headers(), body).violations).remove(0);
    assert_eq!(message(b""), ": The request must have a body, and it has none.");
    assert!(message(b"{\n\"a\": }").contains("line 2 column 6"));
    assert!(message(b"{} {}").contains("trailing characters"));
    assert_eq!(message(b"{\"\xff\": 1}"), ": The body must be JSON in UTF-8, and byte 2 is not UTF-8.");
    assert!(message(b"\xef\xbb\xbf{}").contains("byte order mark"));
    assert!(message("[".repeat(100_000).as_bytes()).contains("recursion limit"));
    let twice =
        br#"{"md5": "1", "filename": "a", "mimeType": "", "md5": "9e107d9d372bb6826bd81d3542a419d6"}"#;
    assert_eq!(shown(presign(&valid_headers(), twice).violations), ["/md5: `md5` is given more than once."]);
}

#[test]
fn bounds_the_number_and_length_of_violations() {
    let schema = "{type: object, properties: {a: {}}, additionalProperties: false}";
    let members: serde_json::Map<_, _> =
        (0..1000).map(|number| (format!("{number}{}", "ö".repeat(1000)), Value::Null)).collect();
    let found = body_violations(schema, &Value::Object(members).to_string());
    assert_eq!(found.len(), 100);
    assert!(found.iter().all(|one| one.len() <= 1100));
}

fn any_json() -> impl Strategy<Value = Value> {
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
    let is_short = |one: &Violation| one.message.len() <= 512 && one.message.ends_with(['.', '…']);
    check.violations.len() <= 100 && check.violations.iter().all(is_short)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn survives_any_body(body: Vec<u8>) {
        prop_assert!(is_bounded(&presign(&valid_headers(), &body)));
    }

    #[test]
    fn returns_any_json_parsed(body in any_json()) {
        let check = presign(&valid_headers(), body.to_string().as_bytes());
        prop_assert!(is_bounded(&check));
        prop_assert!(check.body.is_some());
    }

    #[test]
    fn survives_any_headers(values: [Vec<u8>; 3]) {
        let mut headers = HeaderMap::new();
        for (name, value) in ["authorization", "x-api-version", "content-type"].into_iter().zip(&values) {
            let value: Vec<u8> = value.iter().copied().filter(|byte| *byte >= 32 && *byte != 127).collect();
            headers.append(name, HeaderValue::from_bytes(&value).unwrap());
        }
        let check = presign(&headers, b"{}");
        prop_assert!(is_bounded(&check));
    }

    #[test]
    fn accepts_any_filename(name in ".+", md5: [u8; 16]) {
        let body = json!({"filename": name, "mimeType": "a/b", "md5": hex::encode(md5)});
        prop_assert_eq!(presign(&valid_headers(), body.to_string().as_bytes()).violations, []);
    }
}
