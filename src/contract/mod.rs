//! The contract: an OpenAPI 3.0 document that requests to the Alloy API and the answers to them are checked against.
//! The server checks every exchange with it, `conformance` the answers of other servers.
//!
//! A user's document is found in its file (`source`) and checked against OpenAPI's meta-schema and more (`lint`); `specs`
//! puts these together. Then it is loaded once (`openapi`, `index`); its schemas are translated and compiled (`schema`);
//! what they find wrong becomes plain sentences (`sentence`), bounded in number and length (`violations`). Without the
//! feature `schemas` there is the built-in document alone, and every value is valid.

use std::sync::{Arc, OnceLock};

use hyper::{HeaderMap, StatusCode};

use crate::{
    document::pointer,
    exchange::{Operation, Violation},
};

mod answer;
mod body;
#[cfg(feature = "schemas")]
mod diagnostic;
mod index;
mod json;
#[cfg(feature = "schemas")]
mod lint;
mod media;
mod openapi;
#[cfg(feature = "schemas")]
mod outline;
mod parameter;
#[cfg(feature = "schemas")]
mod pieces;
mod request;
#[cfg(feature = "schemas")]
mod schema;
#[cfg(not(feature = "schemas"))]
#[path = "no_schema.rs"]
mod schema;
mod security;
#[cfg(feature = "schemas")]
mod sentence;
#[cfg(feature = "schemas")]
mod source;
#[cfg(feature = "schemas")]
mod specs;
#[cfg(feature = "schemas")]
mod translation;
mod violations;

#[cfg(test)]
#[cfg(feature = "schemas")]
mod tests;

use index::Index;
use openapi::Document;

pub use openapi::LoadError;
pub use request::{RequestCheck, RequestParts};
#[cfg(feature = "schemas")]
pub use {
    diagnostic::{Diagnostic, LintError, Severity},
    outline::is_json,
    source::{ReadError, Text, original},
    specs::{SpecOperation, Specs},
};

/// Name of the built-in document.
const BUILT_IN_NAME: &str = "openapi/alloy-files.yaml";

/// Document that the emulator uses unless it is given another.
const BUILT_IN: &str = include_str!("../../openapi/alloy-files.yaml");

/// Documents, ready to check messages against. Immutable, and cheap to clone.
#[derive(Clone)]
pub struct Contract {
    index: Arc<Index>,
}

impl Contract {
    /// Returns the contract of `openapi/alloy-files.yaml`, which is loaded once a process. A test lints the document,
    /// so that no start has to.
    ///
    /// # Errors
    ///
    /// [`LoadError`], which that test rules out.
    pub fn built_in() -> Result<Self, LoadError> {
        static BUILT_IN_CONTRACT: OnceLock<Contract> = OnceLock::new();
        if let Some(contract) = BUILT_IN_CONTRACT.get() {
            return Ok(contract.clone());
        }
        let loaded = Self::load(BUILT_IN_NAME, BUILT_IN)?;
        Ok(BUILT_IN_CONTRACT.get_or_init(|| loaded).clone())
    }

    /// Loads a document without checking it first.
    fn load(name: &str, text: &str) -> Result<Self, LoadError> {
        let mut index = Index::default();
        index.add(&Arc::new(Document::parse(name, text)?))?;
        Ok(Self::of(index))
    }

    fn of(index: Index) -> Self {
        Self { index: Arc::new(index) }
    }

    /// Returns the paths of the document's `servers`, such as `/api`, which prefix its operations. URLs without a path
    /// are left out.
    pub fn base_paths(&self) -> &[String] {
        &self.index.base_paths
    }

    /// Returns the operations of the documents that the emulator does not serve, as method and path.
    pub fn unserved(&self) -> &[String] {
        &self.index.unserved
    }

    /// Checks a request, and returns everything that is wrong with it; nothing where the operation is not described.
    pub fn check_request(&self, operation: Operation, request: &RequestParts<'_>) -> RequestCheck {
        self.index
            .get(operation)
            .map_or_else(RequestCheck::default, |described| described.request.check(request))
    }

    /// Checks an answer, and returns everything that is wrong with it; nothing where the operation is not described.
    pub fn check_answer(
        &self,
        operation: Operation,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Vec<Violation> {
        self.index
            .get(operation)
            .map_or_else(Vec::new, |described| described.answers.check(status, headers, body))
    }
}

impl std::fmt::Debug for Contract {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contract").field("base_paths", &self.index.base_paths).finish_non_exhaustive()
    }
}
