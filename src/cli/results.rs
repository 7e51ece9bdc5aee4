//! What `run` and `conformance` do with what they came to: reports into files, and what GitHub's runner shows.

use std::{fs::File, io::Write, path::Path};

use super::mistake;
use crate::{
    config::ReportFile,
    report::{Kind, Report, Target},
    text::or,
};

/// Where reports go, each of which can be written.
pub(super) struct Targets(Vec<(Kind, Target)>);

impl Targets {
    /// A way to write each report, before there is any; or why there is none, as a sentence. `kinds` are those that
    /// the command has.
    pub(super) fn open(reports: &[ReportFile], kinds: &[Kind]) -> Result<Self, String> {
        let mut targets: Vec<(Kind, Target)> = Vec::new();
        for report in reports {
            if !kinds.contains(&report.kind) {
                let (kind, kinds) = (report.kind, or(kinds));
                return Err(format!("--report: `{kind}` is a report of `assay run` alone; use {kinds}"));
            }
            let target = Target::open(&report.path).map_err(|error| format!("--report: {error}"))?;
            if targets.iter().any(|(_, one)| one.is_same_file(&target)) {
                let path = target.path().display();
                return Err(format!(
                    "--report: `{path}` is written already; give each report a file of its own"
                ));
            }
            targets.push((report.kind, target));
        }
        Ok(Self(targets))
    }

    /// Writes all of them, as `format` makes them; whether that went well. What did not is told.
    pub(super) fn write(self, format: impl Fn(Kind) -> String) -> bool {
        let mut all_written = true;
        for (kind, target) in self.0 {
            if let Err(error) = target.write(&format(kind)) {
                mistake(format_args!("--report: {error}"));
                all_written = false;
            }
        }
        all_written
    }
}

/// Where GitHub's runner reads what is written: the annotations, and the step summary has the report then, too.
/// Nothing elsewhere.
pub(super) fn for_github<R: Report>(report: &R, failing: R::Failing) -> String {
    if std::env::var_os("GITHUB_ACTIONS").is_none_or(|value| value != "true") {
        return String::new();
    }
    append_to_summary(&report.markdown(failing));
    report.annotations(failing)
}

/// GitHub shows what a step adds to this file.
fn append_to_summary(markdown: &str) {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else { return };
    let file = File::options().append(true).create(true).open(Path::new(&path));
    let written = file.and_then(|mut file| file.write_all(format!("{markdown}\n").as_bytes()));
    if let Err(error) = written {
        tracing::warn!("GITHUB_STEP_SUMMARY: the summary cannot be written: {error}");
    }
}
