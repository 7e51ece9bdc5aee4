//! The reports that `assay run` and `assay conformance` write: of which kind, and where to.

use std::path::{Path, PathBuf};

use super::{Problem, parse};
use crate::report::Kind;

/// A report to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFile {
    /// What it is.
    pub kind: Kind,
    /// Where it goes.
    pub path: PathBuf,
}

/// Adds the report of this text, unless there is one already where it goes.
pub(super) fn add(reports: &mut Vec<ReportFile>, text: &str, folder: &Path) -> Result<(), Problem> {
    let report = report(text, folder)?;
    if reports.iter().any(|known| known.path == report.path) {
        let what = format!("`{}` is written already", report.path.display());
        return Err(Problem::new(what, "give each report a file of its own"));
    }
    reports.push(report);
    Ok(())
}

fn report(text: &str, folder: &Path) -> Result<ReportFile, Problem> {
    const EXAMPLE: &str = "write KIND=FILE, such as junit=assay.xml";
    let Some((kind, file)) = text.split_once('=') else {
        return Err(Problem::new(format!("`{text}` names no file"), EXAMPLE));
    };
    if file == "-" {
        let remedy = format!("for standard output, write {kind}=/dev/stdout");
        return Err(Problem::new("`-` is no file", &remedy));
    }
    let kind = kind.parse().map_err(|error| Problem::new(error, EXAMPLE))?;
    Ok(ReportFile { kind, path: parse::path(file, folder)? })
}
