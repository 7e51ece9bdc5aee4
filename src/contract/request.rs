//! Contract of an operation's requests: security, parameters, content type, body. Every request to the Alloy API is
//! checked, so a good one must cost little more than the parsing of its body.

use std::sync::Arc;

use hyper::HeaderMap;
use serde_json::Value;

use super::{
    body::Body,
    openapi::{Document, LoadError},
    parameter::Parameter,
    pointer,
    security::Security,
    violations::Violations,
};
use crate::exchange::Violation;

/// Parts of a request that the contract covers.
#[derive(Clone, Copy, Debug)]
pub struct RequestParts<'a> {
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The query, still encoded, without its `?`.
    pub query: Option<&'a str>,
    /// The values of the path's parameters, decoded, in the order in which the template has them.
    pub path_parameters: &'a [String],
    /// The whole body.
    pub body: &'a [u8],
}

/// Result of a check.
#[derive(Debug, Default)]
pub struct RequestCheck {
    /// Violations, at most 100. Those of `contract-security` come first.
    pub violations: Vec<Violation>,
    /// The body, parsed, where it is JSON; it may break the contract.
    pub body: Option<Value>,
}

/// Contract of one operation's requests.
pub(super) struct RequestContract {
    security: Security,
    parameters: Vec<Parameter>,
    body: Option<Body>,
}

impl RequestContract {
    /// Loads the operation at `at`, on the path item at `item`, whose template has parameters of these names.
    pub(super) fn load(
        document: &Arc<Document>,
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
    pub(super) fn check(&self, request: &RequestParts<'_>) -> RequestCheck {
        let mut violations = Violations::default();
        self.security.check(request.headers, &mut violations);
        for parameter in &self.parameters {
            parameter.check(request, &mut violations);
        }
        let body = self.body.as_ref().and_then(|body| body.check(request, &mut violations));
        RequestCheck { violations: violations.into_vec(), body }
    }
}
