//! What is told of a broken rule beside what a check saw: how much it matters, what to do, and whose rule
//! it is. Every rule stands here once.

use super::Severity;

/// A rule that an exchange can break.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, in reports and for `--ignore`.
    pub id: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What to do about it.
    pub hint: &'static str,
    /// The sentence that it comes from.
    pub source: &'static str,
}

impl Rule {
    /// The rule with this id. In debug builds the journal holds that every violation's is here.
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.id == id)
    }

    /// All rules.
    #[must_use]
    pub fn all() -> &'static [Self] {
        RULES
    }
}

const RULES: &[Rule] = &[
    Rule {
        id: "contract-security",
        severity: Severity::Error,
        hint: "Send `Authorization: Bearer KEY` once, with the word `Bearer` and a blank before the key.",
        source: "OpenAPI document, `security` of the operation; Alloy's authentication page",
    },
    Rule {
        id: "contract-header",
        severity: Severity::Error,
        hint: "Send the header as the document describes it, once; `x-api-version` is `2025-09` today.",
        source: "OpenAPI document, `parameters` of the operation with `in: header`",
    },
    Rule {
        id: "contract-query",
        severity: Severity::Error,
        hint: "Send the query parameter as the document describes it.",
        source: "OpenAPI document, `parameters` of the operation with `in: query`",
    },
    Rule {
        id: "contract-path",
        severity: Severity::Error,
        hint: "Percent-encode the parameter once, as UTF-8, and send it as the document describes it.",
        source: "OpenAPI document, `parameters` of the operation with `in: path`",
    },
    Rule {
        id: "contract-content-type",
        severity: Severity::Error,
        hint: "Send `Content-Type: application/json` with a JSON body.",
        source: "OpenAPI document, `requestBody.content` of the operation",
    },
    Rule {
        id: "contract-body",
        severity: Severity::Error,
        hint: "Send a body of the shape that the document describes.",
        source: "OpenAPI document, schema of the operation's `requestBody`",
    },
    Rule {
        id: "contract-answer",
        severity: Severity::Error,
        hint: "The server is wrong here, not the client: report it, with this exchange.",
        source: "OpenAPI document, `responses` of the operation",
    },
    Rule {
        id: "presign-body",
        severity: Severity::Error,
        hint: "Send a JSON object with the texts `filename`, `mimeType` and `md5`.",
        source: "Alloy's document: `filename`, `mimeType` and `md5` are required strings",
    },
    Rule {
        id: "filename-empty",
        severity: Severity::Error,
        hint: "Send the file's name, with its extension.",
        source: "The guide: the key is `{userId}_{sanitized_filename}.{extension}`",
    },
    Rule {
        id: "md5-format",
        severity: Severity::Error,
        hint: "Send the MD5 of the file's bytes as 32 hex digits, or the 16 bytes as base64 (24 characters).",
        source: "The guide: the MD5 comes as hex (32 characters) or base64 (24 characters)",
    },
    Rule {
        id: "user-body",
        severity: Severity::Error,
        hint: "Send a JSON object with the text `username` and, if you like, `fullName`.",
        source: "Alloy's users page: `POST /users` takes `username` and `fullName`",
    },
    Rule {
        id: "username-taken",
        severity: Severity::Error,
        hint: "Choose another name, or use the user that has it: `GET /users` lists them.",
        source: "Our decision: a `username` is one user's of its account",
    },
    Rule {
        id: "user-own",
        severity: Severity::Error,
        hint: "Delete users that were made by `POST /users`; the key's own goes with the key.",
        source: "Our decision: the API key's own user cannot be deleted",
    },
    Rule {
        id: "execute-missing-file",
        severity: Severity::Error,
        hint: "Upload the file first, and use the `s3Key` that the presign answered.",
        source: "The guide, \"Using s3Key with Connector Actions\"",
    },
    Rule {
        id: "execute-foreign-file",
        severity: Severity::Error,
        hint: "Call for the user whose file it is, by `x-alloy-userid`, or upload it for this one.",
        source: "The guide: files belong to the user who uploaded them",
    },
    Rule {
        id: "body-json",
        severity: Severity::Error,
        hint: "Send a JSON object, as UTF-8.",
        source: "Alloy's authentication page: bodies are `application/json`",
    },
    Rule {
        id: "body-incomplete",
        severity: Severity::Error,
        hint: "Send as many bytes as `Content-Length` says, and close the connection after the answer.",
        source: "RFC 9112, section 6.3: a message that ends early is incomplete",
    },
    Rule {
        id: "host",
        severity: Severity::Error,
        hint: "Send one `Host` header, as every HTTP library does by itself.",
        source: "RFC 9112, section 3.2: a request without exactly one valid `Host` is answered with 400",
    },
    Rule {
        id: "key-in-browser",
        severity: Severity::Warning,
        hint: "Let a backend of yours ask for the presigned URL, and the page PUT to it.",
        source: "The guide: never put the API key into client-side code",
    },
    Rule {
        id: "user-id",
        severity: Severity::Error,
        hint: "Send in `x-alloy-userid` the 24 hex digits of a user of this API key's account, or leave it out.",
        source: "Alloy's reference: `x-alloy-userid` is the user for whom the call is made",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_stands_once() {
        for rule in Rule::all() {
            assert_eq!(Rule::find(rule.id), Some(rule), "{} stands twice", rule.id);
        }
    }
}
