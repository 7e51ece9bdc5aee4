//! Findings of the lint, each with its place in the file.

use std::fmt;

use crate::text::counted;

/// Severity of a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The document cannot be used.
    Error,
    /// The document can be used, but may not have the intended meaning.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// Mistake in a document. Shown as `file:line:column: error: message`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file's name, as it was given.
    pub file: String,
    /// The line in the file, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// Severity.
    pub severity: Severity,
    /// JSON Pointer to the place in the document.
    pub pointer: String,
    /// Description of the mistake, and the fix.
    pub message: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, severity, message, .. } = self;
        write!(f, "{file}:{line}:{column}: {severity}: {message}")
    }
}

/// Documents that cannot be used: all diagnostics, errors and warnings, by place.
#[derive(Debug)]
pub struct LintError(pub Vec<Diagnostic>);

impl std::error::Error for LintError {}

impl fmt::Display for LintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self.0.iter().filter(|one| one.severity == Severity::Error).count();
        write!(
            f,
            "{} in the OpenAPI documents; `assay spec` shows their operations",
            counted(errors, "error")
        )?;
        self.0.iter().try_for_each(|one| write!(f, "\n{one}"))
    }
}
