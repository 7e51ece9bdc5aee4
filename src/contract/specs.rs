//! The documents that somebody gives us, put together: found in their files, looked through, and made one
//! contract. `assay spec` shows what came of it; the emulator takes the contract.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use super::{
    BUILT_IN, BUILT_IN_NAME, Contract, Diagnostic, LintError, LoadError, ReadError, Severity,
    document::Document,
    index::{self, Index},
    lint::Linter,
    source::{self, Shift, Source},
    tree::{self, Node, Place},
};
use crate::exchange::Operation;

/// How much is told of one document.
const MOST_TOLD: usize = 100;

/// Documents, looked through.
pub struct Specs {
    files: Vec<SpecFile>,
    documents: Vec<Document>,
    index: Index,
    diagnostics: Vec<Diagnostic>,
}

/// A file with what its documents bring.
#[derive(Clone, Debug)]
pub struct SpecFile {
    /// Its name, as it was given.
    pub name: String,
    /// The operations of its documents, in their order.
    pub operations: Vec<SpecOperation>,
}

/// An operation of a document.
#[derive(Clone, Debug)]
pub struct SpecOperation {
    /// The method, in capitals.
    pub method: String,
    /// The path's template.
    pub path: String,
    /// Its `operationId`.
    pub id: Option<String>,
    /// As what the emulator serves it.
    pub served: Option<Operation>,
}

impl Specs {
    /// Reads and looks through the files.
    ///
    /// # Errors
    ///
    /// [`ReadError`] for the first file that cannot be read or that has no document in it. What is wrong
    /// with documents is no error of this call: see [`Self::diagnostics`].
    pub fn read(paths: &[PathBuf]) -> Result<Self, ReadError> {
        let texts: Vec<(&Path, String)> =
            paths.iter().map(|path| Ok((path.as_path(), source::read(path)?))).collect::<Result<_, _>>()?;
        let mut collector = Collector::default();
        for (path, text) in &texts {
            let file = path.display().to_string();
            let sources = source::documents(&file, text);
            if sources.is_empty() {
                return Err(ReadError::NoDocument { file });
            }
            collector.file(file, sources);
        }
        Ok(collector.finish())
    }

    /// The built-in document, looked through as if it were somebody else's.
    #[must_use]
    pub fn built_in() -> Self {
        Self::of_text(BUILT_IN_NAME, BUILT_IN)
    }

    /// A text that is in no file.
    pub(super) fn of_text(name: &str, text: &str) -> Self {
        let mut collector = Collector::default();
        collector.file(name.to_owned(), source::documents(name, text));
        collector.finish()
    }

    /// The files in the order in which they were given.
    #[must_use]
    pub fn files(&self) -> &[SpecFile] {
        &self.files
    }

    /// Everything that is wrong with the documents, file by file in the order of places; of one document at
    /// most a hundred things, errors before warnings.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Whether the documents cannot be used.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|one| one.severity == Severity::Error)
    }

    /// The operations that the emulator serves and no document describes.
    pub fn undescribed(&self) -> impl Iterator<Item = Operation> {
        Operation::ALL
            .into_iter()
            .filter(|operation| operation.route().is_some() && self.index.get(*operation).is_none())
    }

    /// The contract that the documents are.
    ///
    /// # Errors
    ///
    /// [`LintError`] with everything that was found, where one of it is an error.
    pub fn into_contract(self) -> Result<Contract, LintError> {
        if self.has_errors() {
            return Err(LintError(self.diagnostics));
        }
        Ok(Contract { documents: self.documents, index: self.index })
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

/// Looks through one document after the other.
#[derive(Default)]
struct Collector {
    files: Vec<SpecFile>,
    documents: Vec<Document>,
    index: Index,
    diagnostics: Vec<Diagnostic>,
    /// Where each operation was described first, by method and path without the names of its parameters.
    first: HashMap<(String, String), String>,
}

impl Collector {
    fn file(&mut self, name: String, sources: Vec<Source<'_>>) {
        let mut file = SpecFile { name, operations: Vec::new() };
        for source in sources {
            let begin = self.diagnostics.len();
            self.document(&mut file, &source);
            let shift = source.shift;
            let mut found = self.diagnostics.split_off(begin);
            found.sort_by_key(|one| (one.severity, one.line, one.column));
            found.truncate(MOST_TOLD);
            found.sort_by_key(|one| (one.line, one.column));
            found.dedup();
            for one in &mut found {
                let at = shift.place(Place { line: one.line, column: one.column });
                (one.line, one.column) = (at.line, at.column);
            }
            self.diagnostics.append(&mut found);
        }
        self.files.push(file);
    }

    /// Looks through one document. Places are those of the document until its file is over.
    fn document(&mut self, file: &mut SpecFile, source: &Source<'_>) {
        let tree = match tree::parse(&source.text, source.language) {
            Ok(tree) => tree,
            Err(tree::Problem { at, message }) => {
                self.tell(&file.name, at, Severity::Error, String::new(), message);
                return;
            }
        };
        let mut twice = Vec::new();
        let document = Document::of(&file.name, tree.value(&mut twice));
        for tree::Twice { first, second } in twice {
            let first = source.shift.place(first);
            let message = format!(
                "`{}` is given twice here; the first is in line {}",
                super::violations::quote(&second.name),
                first.line
            );
            let pointer = tree.pointer_to(&second.value).unwrap_or_default();
            self.tell(&file.name, second.at, Severity::Error, pointer, message);
        }
        let linter = Linter::run(&tree, document.root());
        self.operations(file, &tree, &linter, source.shift);
        let mut found = linter.found;
        found.sort_by_key(|one| (one.severity, one.at));
        for one in found.into_iter().take(MOST_TOLD) {
            let pointer = tree.pointer_to(one.node).unwrap_or_default();
            self.tell(&file.name, one.at, one.severity, pointer, one.message);
        }
        if !self.diagnostics.iter().any(|one| one.severity == Severity::Error)
            && let Err(error) = self.index.add(self.documents.len(), &document)
        {
            self.not_loaded(&file.name, &tree, &error);
        }
        self.documents.push(document);
    }

    fn operations(&mut self, file: &mut SpecFile, tree: &Node, linter: &Linter<'_>, shift: Shift) {
        for operation in &linter.operations {
            let key = (operation.method.clone(), index::erase(operation.path).0);
            let Place { line, column } = shift.place(operation.at);
            let here = format!("{}:{line}:{column}", file.name);
            if let Some(first) = self.first.get(&key) {
                let message = format!(
                    "{} {} is described twice; the first is at {first}",
                    operation.method, operation.path
                );
                let pointer = tree.pointer_to(operation.node).unwrap_or_default();
                self.tell(&file.name, operation.at, Severity::Error, pointer, message);
            } else {
                self.first.insert(key, here);
            }
            file.operations.push(SpecOperation {
                method: operation.method.clone(),
                path: operation.path.to_owned(),
                id: operation.id.map(str::to_owned),
                served: index::served_at(&operation.method, operation.path),
            });
        }
    }

    /// What the lint lets pass and the contract cannot use: a schema that the compiler of schemas refuses.
    fn not_loaded(&mut self, file: &str, tree: &Node, error: &LoadError) {
        let pointer = error.pointer();
        let at = tree.at_pointer(pointer).map_or(Place::START, |node| node.at);
        self.tell(file, at, Severity::Error, pointer.to_owned(), error.reason());
    }

    fn tell(&mut self, file: &str, at: Place, severity: Severity, pointer: String, message: String) {
        let Place { line, column } = at;
        let file = file.to_owned();
        self.diagnostics.push(Diagnostic { file, line, column, severity, pointer, message });
    }

    fn finish(self) -> Specs {
        let Self { files, documents, index, diagnostics, .. } = self;
        Specs { files, documents, index, diagnostics }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_document_has_nothing_wrong_and_describes_all_that_is_served() {
        let specs = Specs::built_in();
        assert_eq!(specs.diagnostics(), []);
        assert_eq!(specs.undescribed().count(), 0);
        let served = specs.files()[0].operations.iter().filter(|one| one.served.is_some()).count();
        assert_eq!(served, Operation::ALL.into_iter().filter(|one| one.route().is_some()).count());
    }
}
