//! The contract: an OpenAPI 3.0 document against which requests to Alloy's side and the answers to them are
//! checked. The pipeline asks it about every exchange, the suites of `conformance` about other servers.
//!
//! A document of somebody else's is found in its file (`source`), parsed with the places of everything in it
//! (`tree`), and looked through (`lint`) before it is used; `specs` puts these together. Then it is read once
//! (`document`, `index`); its schemas are translated and compiled (`schema`); what they find wrong is said in
//! plain sentences (`sentence`), bounded in number and length (`violations`).

use hyper::{HeaderMap, StatusCode};

use crate::exchange::{Operation, Violation};

mod answer;
mod body;
mod diagnostic;
mod document;
mod index;
mod json;
mod lint;
mod media;
mod parameter;
mod pieces;
mod pointer;
mod request;
mod schema;
mod security;
mod sentence;
mod source;
mod specs;
mod text;
mod translation;
mod tree;
mod violations;

#[cfg(test)]
mod testing;

use document::Document;
use index::{Described, Index};

pub use diagnostic::{Diagnostic, LintError, Severity};
pub use document::LoadError;
pub use request::{RequestCheck, RequestParts};
pub use source::ReadError;
pub use specs::{SpecFile, SpecOperation, Specs};

/// What the built-in document is called.
const BUILT_IN_NAME: &str = "openapi/alloy-files.yaml";

/// The contract that the emulator keeps unless it is given another.
const BUILT_IN: &str = include_str!("../../openapi/alloy-files.yaml");

/// Documents, ready to check messages against. Never changes, and can be shared between threads.
pub struct Contract {
    documents: Vec<Document>,
    index: Index,
}

impl Contract {
    /// The contract in our own words, `openapi/alloy-files.yaml`. The tests of this room look through it with
    /// the lint, so that no start has to.
    ///
    /// # Errors
    ///
    /// [`LoadError`], which the tests of this room rule out.
    pub fn built_in() -> Result<Self, LoadError> {
        Self::load(BUILT_IN_NAME, BUILT_IN)
    }

    /// A contract of one document that nobody has looked through.
    fn load(name: &str, text: &str) -> Result<Self, LoadError> {
        let document = Document::parse(name, text)?;
        let mut index = Index::default();
        index.add(0, &document)?;
        Ok(Self { documents: vec![document], index })
    }

    /// The paths of the document's `servers` behind which its operations are, such as `/api`; a URL without
    /// a path brings none.
    #[must_use]
    pub fn base_paths(&self) -> &[String] {
        &self.index.base_paths
    }

    /// The operations of the documents that nobody here serves, as method and path.
    #[must_use]
    pub fn unserved(&self) -> &[String] {
        &self.index.unserved
    }

    /// Everything that is wrong with a request, at once; nothing where the operation is not described.
    #[must_use]
    pub fn check_request(&self, operation: Operation, request: &RequestParts<'_>) -> RequestCheck {
        match self.described(operation) {
            Some((document, described)) => described.request.check(document, request),
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
        match self.described(operation) {
            Some((document, described)) => described.answers.check(document, status, headers, body),
            None => Vec::new(),
        }
    }

    fn described(&self, operation: Operation) -> Option<(&Document, &Described)> {
        let described = self.index.get(operation)?;
        Some((self.documents.get(described.document)?, described))
    }
}

impl std::fmt::Debug for Contract {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contract").field("base_paths", &self.index.base_paths).finish_non_exhaustive()
    }
}
