//! Documents given by the user: found in their files, checked, and combined into one contract, for
//! `assay spec` and for the emulator.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    BUILT_IN, BUILT_IN_NAME, Contract, Diagnostic, LintError, ReadError, Severity,
    index::{self, Index},
    lint::Linter,
    openapi::Document,
    source::{self, Source},
};
use crate::{
    document::{Place, Problem},
    exchange::Operation,
};

/// Checked documents.
#[derive(Default)]
pub struct Specs {
    files: Vec<SpecFile>,
    index: Index,
    diagnostics: Vec<Diagnostic>,
    /// Position of each operation's first description, by method and path without parameter names.
    first: HashMap<(String, String), String>,
}

/// File with the operations that its documents describe.
#[derive(Clone, Debug)]
pub struct SpecFile {
    /// Its name, as it was given.
    pub name: String,
    /// The operations of its documents, in their order.
    pub operations: Vec<SpecOperation>,
}

/// Operation of a document.
#[derive(Clone, Debug)]
pub struct SpecOperation {
    /// The method, in capitals.
    pub method: String,
    /// The path's template.
    pub path: String,
    /// Its `operationId`.
    pub id: Option<String>,
    /// The emulator's operation that serves it.
    pub served: Option<Operation>,
}

impl Specs {
    /// Reads and checks the files.
    ///
    /// # Errors
    ///
    /// [`ReadError`] for the first file that cannot be read or has no document. Mistakes in documents are diagnostics:
    /// see [`Self::diagnostics`].
    pub fn read(paths: &[PathBuf]) -> Result<Self, ReadError> {
        let texts: Vec<(&Path, String)> =
            paths.iter().map(|path| Ok((path.as_path(), source::read(path)?))).collect::<Result<_, _>>()?;
        let mut specs = Self::default();
        for (path, text) in &texts {
            let file = path.display().to_string();
            let sources = source::documents(&file, text);
            if sources.is_empty() {
                return Err(ReadError::NoDocument { file });
            }
            specs.add_file(file, &sources);
        }
        Ok(specs)
    }

    /// Checks the built-in document like any other.
    pub fn built_in() -> Self {
        Self::of_text(BUILT_IN_NAME, BUILT_IN)
    }

    /// Checks a text that is in no file.
    pub(super) fn of_text(name: &str, text: &str) -> Self {
        let mut specs = Self::default();
        specs.add_file(name.to_owned(), &source::documents(name, text));
        specs
    }

    /// Returns the files in the order in which they were given.
    pub fn files(&self) -> &[SpecFile] {
        &self.files
    }

    /// Returns everything that is wrong with the documents, file by file in the order of places; of one document at
    /// most a hundred diagnostics, errors before warnings.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Returns whether the documents cannot be used.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|one| one.severity == Severity::Error)
    }

    /// Returns the operations that the emulator serves and no document describes.
    pub fn undescribed(&self) -> impl Iterator<Item = Operation> {
        Operation::ALL
            .into_iter()
            .filter(|operation| operation.route().is_some() && self.index.get(*operation).is_none())
    }

    /// Returns the contract that the documents make.
    ///
    /// # Errors
    ///
    /// [`LintError`] with all diagnostics, where one of them is an error.
    pub fn into_contract(self) -> Result<Contract, LintError> {
        if self.has_errors() { Err(LintError(self.diagnostics)) } else { Ok(Contract::of(self.index)) }
    }

    fn add_file(&mut self, name: String, sources: &[Source<'_>]) {
        let mut file = SpecFile { name, operations: Vec::new() };
        for source in sources {
            let found = self.add_document(&mut file, source);
            self.diagnostics.extend(found);
        }
        self.files.push(file);
    }

    fn add_document(&mut self, file: &mut SpecFile, source: &Source<'_>) -> Vec<Diagnostic> {
        let places = source.places();
        let tree = match source.parse() {
            Ok(tree) => tree,
            Err(Problem { at, message }) => {
                let Place { line, column } = places.place(at);
                let (file, pointer) = (file.name.clone(), String::new());
                return vec![Diagnostic { file, line, column, severity: Severity::Error, pointer, message }];
            }
        };
        let document = Arc::new(Document::new(&file.name, tree.to_json()));
        let mut linter = Linter::new(&file.name, &places, &tree, &document);
        linter.check();
        for operation in linter.operations() {
            let key = (operation.method.clone(), index::erase(&operation.path).0);
            if let Some(first) = self.first.get(&key) {
                let message = format!(
                    "{} {} is described twice; the first is at {first}",
                    operation.method, operation.path
                );
                linter.error_in_name(&operation.pointer, message);
            } else {
                let Place { line, column } = operation.place;
                self.first.insert(key, format!("{}:{line}:{column}", file.name));
            }
            file.operations.push(SpecOperation {
                served: index::served_at(&operation.method, &operation.path),
                method: operation.method,
                path: operation.path,
                id: operation.id,
            });
        }
        if !linter.has_errors()
            && !self.has_errors()
            && let Err(error) = self.index.add(&document)
        {
            // The meta-schema accepts a schema that its compiler refuses.
            linter.error(error.pointer(), error.reason());
        }
        linter.finish()
    }
}

impl std::fmt::Debug for Specs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { files, diagnostics, .. } = self;
        f.debug_struct("Specs")
            .field("files", files)
            .field("diagnostics", diagnostics)
            .finish_non_exhaustive()
    }
}
