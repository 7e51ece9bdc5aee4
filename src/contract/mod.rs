//! The contract: an OpenAPI 3.0 document against which requests to Alloy's side and the answers to them are
//! checked. The pipeline asks it about every exchange, the suites of `conformance` about other servers.
//!
//! A document is read once (`document`, `index`); its schemas are translated and compiled (`schema`);
//! what they find wrong is said in plain sentences (`sentence`), bounded in number and length
//! (`violations`).

use hyper::{HeaderMap, StatusCode};

use crate::exchange::{Operation, Violation};

mod answer;
mod body;
mod document;
mod index;
mod json;
mod media;
mod parameter;
mod pieces;
mod pointer;
mod request;
mod schema;
mod security;
mod sentence;
mod text;
mod violations;

#[cfg(test)]
mod testing;

use document::Document;
use index::Index;

pub use document::LoadError;
pub use request::{RequestCheck, RequestParts};

/// The contract that the emulator keeps unless it is given another.
const BUILT_IN: &str = include_str!("../../openapi/alloy-files.yaml");

/// A document, ready to check messages against. Never changes, and can be shared between threads.
pub struct Contract {
    document: Document,
    index: Index,
}

impl Contract {
    /// The contract in our own words, `openapi/alloy-files.yaml`.
    ///
    /// # Errors
    ///
    /// [`LoadError`], which the tests of this room rule out.
    pub fn built_in() -> Result<Self, LoadError> {
        Self::load("alloy-files.yaml", BUILT_IN)
    }

    /// A contract of somebody else's, YAML or JSON. `name` is what errors call it.
    ///
    /// # Errors
    ///
    /// [`LoadError`] where the text cannot be parsed, is no OpenAPI 3.0, or has schemas that mean nothing.
    pub fn load(name: &str, text: &str) -> Result<Self, LoadError> {
        let document = Document::parse(name, text)?;
        let index = Index::load(&document)?;
        document.check_rest()?;
        Ok(Self { document, index })
    }

    /// The paths of the document's `servers` behind which its operations are, such as `/api`; an URL without
    /// a path brings none.
    #[must_use]
    pub fn base_paths(&self) -> &[String] {
        &self.index.base_paths
    }

    /// Whether the document has this operation.
    #[must_use]
    pub fn describes(&self, operation: Operation) -> bool {
        self.index.get(operation).is_some()
    }

    /// The operations of the document that nobody here serves, as method and path.
    #[must_use]
    pub fn unserved(&self) -> &[String] {
        &self.index.unserved
    }

    /// Everything that is wrong with a request, at once; nothing where the operation is not described.
    #[must_use]
    pub fn check_request(&self, operation: Operation, request: &RequestParts<'_>) -> RequestCheck {
        match self.index.get(operation) {
            Some(described) => described.request.check(&self.document, request),
            None => RequestCheck::default(),
        }
    }

    /// Everything that is wrong with an answer, at once; nothing where the operation is not described.
    #[must_use]
    pub fn check_answer(
        &self,
        operation: Operation,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Vec<Violation> {
        match self.index.get(operation) {
            Some(described) => described.answers.check(&self.document, status, headers, body),
            None => Vec::new(),
        }
    }
}

impl std::fmt::Debug for Contract {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contract").field("base_paths", &self.index.base_paths).finish_non_exhaustive()
    }
}
