//! Small documents for the tests of this room.

use hyper::{HeaderMap, header};

use super::{Contract, LoadError, RequestParts};
use crate::exchange::Operation;

const HEAD: &str = "openapi: 3.0.3\ninfo: {title: Test, version: '1'}\n";

const SCHEMAS: &str = "components:
  schemas:
    Text: {type: string}
    Tree: {type: object, properties: {left: {$ref: '#/components/schemas/Tree'}}}
    Endless: {allOf: [{$ref: '#/components/schemas/Endless'}]}
    Circle: {$ref: '#/components/schemas/Circle'}
";

/// A contract of these paths, components and whatever else.
pub(super) fn contract(rest: &str) -> Contract {
    Contract::load("test.yaml", &format!("{HEAD}{rest}")).unwrap()
}

/// A contract in which listing files has this further field.
pub(super) fn list_with(field: &str) -> Contract {
    contract(&format!(
        "paths:\n  /connectors/files/list:\n    get:\n      {field}\n      responses: {{default: {{description: d}}}}\n"
    ))
}

/// A contract in which the body of a presign has this schema.
pub(super) fn load(schema: &str) -> Result<Contract, LoadError> {
    let text = format!(
        "{HEAD}{SCHEMAS}paths:\n  /connectors/files/upload/request:\n    post:\n      requestBody:\n        \
         required: true\n        content: {{application/json: {{schema: {schema}}}}}\n      \
         responses: {{default: {{description: d}}}}\n"
    );
    Contract::load("test.yaml", &text)
}

/// What is wrong with a body against a schema, each as pointer and message.
pub(super) fn body_messages(schema: &str, body: &str) -> Vec<String> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
    let request =
        RequestParts { headers: &headers, query: None, path_parameters: &[], body: body.as_bytes() };
    let check = load(schema).unwrap().check_request(Operation::Presign, &request);
    check.violations.into_iter().map(|one| format!("{}: {}", one.pointer, one.message)).collect()
}
