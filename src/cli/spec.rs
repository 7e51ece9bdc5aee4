//! `assay spec`: checks OpenAPI documents, and lists their operations.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;

use super::mistake;
use crate::{
    contract::{Severity, SpecOperation, Specs},
    text::counted,
};

/// Options of `assay spec`.
#[derive(Args)]
pub(super) struct Options {
    /// OpenAPI 3.0 documents, in YAML or JSON, or Markdown pages with one in a fenced block [default: built in]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Prints the operations and mistakes. Returns exit code 1 for errors in a document.
pub(super) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let specs = if options.files.is_empty() {
        Specs::built_in()
    } else {
        match Specs::read(&options.files) {
            Ok(specs) => specs,
            Err(error) => return Ok(mistake(error)),
        }
    };
    let mut text = Vec::new();
    show(&specs, &mut text)?;
    let printed = super::print(&text);
    Ok(if printed == ExitCode::SUCCESS && specs.has_errors() { ExitCode::FAILURE } else { printed })
}

fn show(specs: &Specs, out: &mut impl Write) -> io::Result<()> {
    let operations = || specs.files().iter().flat_map(|file| &file.operations);
    let width = operations().map(|one| one.path.chars().count()).max().unwrap_or_default();
    let served = operations().filter(|one| one.served.is_some()).count();
    for file in specs.files() {
        writeln!(out, "{}: {}", file.name, counted(file.operations.len(), "operation"))?;
        for operation in &file.operations {
            writeln!(out, "  {}", row(operation, width))?;
        }
    }
    // A document with errors does not show its operations.
    if !specs.has_errors() {
        for operation in specs.undescribed() {
            if let Some((method, path)) = operation.route() {
                writeln!(out, "{operation} is answered unchecked: no document describes {method} {path}")?;
            }
        }
    }
    for diagnostic in specs.diagnostics() {
        writeln!(out, "{diagnostic}")?;
    }
    let of = |severity| specs.diagnostics().iter().filter(|one| one.severity == severity).count();
    writeln!(
        out,
        "{} in {}, {served} served; {}, {}",
        counted(operations().count(), "operation"),
        counted(specs.files().len(), "file"),
        counted(of(Severity::Error), "error"),
        counted(of(Severity::Warning), "warning"),
    )
}

fn row(operation: &SpecOperation, width: usize) -> String {
    let SpecOperation { method, path, id, served } = operation;
    let served = served.map_or_else(|| "not served".to_owned(), |served| format!("served as {served}"));
    let id = id.as_deref().unwrap_or("-");
    format!("{method:<7} {path:<width$}  {served:<21}  {id}")
}
