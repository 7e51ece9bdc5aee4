//! The rules of the OpenAPI document.

use super::{Rule, Severity};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "contract-security",
        severity: Severity::Error,
        title: "The API key is missing, or not sent as a bearer token",
        hint: "Send `Authorization: Bearer KEY` once, with the word `Bearer` and a blank before the key.",
        source: "OpenAPI document, `security` of the operation; Alloy's authentication page",
        mistake: "Authorization: alice-key",
        mend: "Authorization: Bearer alice-key",
    },
    Rule {
        id: "contract-header",
        severity: Severity::Error,
        title: "A header that the document requires is missing or wrong",
        hint: "Send the header as the document describes it, once; `x-api-version` is `2025-09` today.",
        source: "OpenAPI document, `parameters` of the operation with `in: header`",
        mistake: "(no x-api-version)",
        mend: "x-api-version: 2025-09",
    },
    Rule {
        id: "contract-query",
        severity: Severity::Error,
        title: "A query parameter is missing or wrong",
        hint: "Send the query parameter as the document describes it.",
        source: "OpenAPI document, `parameters` of the operation with `in: query`",
        mistake: "GET /connectors/files/list?limit=many",
        mend: "GET /connectors/files/list?limit=50",
    },
    Rule {
        id: "contract-path",
        severity: Severity::Error,
        title: "A parameter in the path is missing or wrong",
        hint: "Percent-encode the parameter once, as UTF-8, and send it as the document describes it.",
        source: "OpenAPI document, `parameters` of the operation with `in: path`",
        mistake: "GET /users/jane",
        mend: "GET /users/651eb6e11d156e0d7a42c59d",
    },
    Rule {
        id: "contract-content-type",
        severity: Severity::Error,
        title: "The body is announced as something that the operation does not take",
        hint: "Send `Content-Type: application/json` with a JSON body.",
        source: "OpenAPI document, `requestBody.content` of the operation",
        mistake: "Content-Type: text/plain",
        mend: "Content-Type: application/json",
    },
    Rule {
        id: "contract-body",
        severity: Severity::Error,
        title: "The body has not the shape that the document describes",
        hint: "Send a body of the shape that the document describes.",
        source: "OpenAPI document, schema of the operation's `requestBody`",
        mistake: "{\"filename\": \"report.pdf\"}",
        mend: "{\"filename\": \"report.pdf\", \"mimeType\": \"application/pdf\", \"md5\": \"9e107d9d372bb6826bd81d3542a419d6\"}",
    },
    Rule {
        id: "contract-answer",
        severity: Severity::Error,
        title: "The server's own answer breaks the document",
        hint: "The server is wrong here, not the client: report it, with this exchange.",
        source: "OpenAPI document, `responses` of the operation",
        mistake: "(an answer without `files`)",
        mend: "{\"files\": []}",
    },
];
