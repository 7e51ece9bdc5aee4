//! Reports the results of `run`, `proxy`, `drift` and `conformance`: the summary on stderr, reports in files,
//! annotations for GitHub, and the exit code.

use std::{ffi::OsString, fs::File, io::Write, path::Path, process::ExitCode};

use super::{USAGE, log, mistake, say};
use crate::{
    config::ReportFile,
    exchange::Severity,
    intercept,
    journal::Query,
    report::{Kind, Report, Run, Target, har, html},
    server::Records,
    text::or,
};

/// Options of the report of a run.
pub(super) struct Ending<'a> {
    /// Whether nothing is said where nothing was found.
    pub(super) quiet: bool,
    /// The least severe finding that fails it.
    pub(super) fail_on: Option<Severity>,
    /// Whether it fails without any request.
    pub(super) needs_requests: bool,
    /// The words of the command, where its connections were led here.
    pub(super) intercepted: Option<&'a [OsString]>,
    /// The journal of the exchanges, for the reports that have them.
    pub(super) records: Option<&'a Records>,
}

/// Reports the results of a run.
pub(super) fn conclude(report: &Run, targets: Targets, ending: &Ending<'_>) -> ExitCode {
    let Ending { quiet, fail_on, needs_requests, intercepted, records } = *ending;
    let is_unused = needs_requests && report.resets == 0 && !report.called_an_api();
    let of_report = u8::from(report.fails(fail_on));
    let code = match report.ended.map_or(of_report, |ended| ended.exit_code(report, fail_on)) {
        0 if is_unused => 1,
        code => code,
    };
    let is_clean = report.is_clean();
    let mut text = String::new();
    if !(quiet && is_clean) {
        if !(report.findings.is_empty() && is_clean) {
            // CMD may have left its last line open.
            text.push('\n');
        }
        text.push_str(&report.text(log::has_colours(&std::io::stderr()), fail_on));
    }
    match report.ended {
        Some(ended) if !ended.is_success() => text.extend(["assay: ", &ended.to_string(), "\n"]),
        Some(_) if report.fails(fail_on) && report.drift.is_some() => {
            text.push_str("assay: the command succeeded, but there are findings or differences: exit code 1 (see --fail-on)\n");
        }
        Some(_) if report.has_findings(fail_on) => text.push_str(
            "assay: the command succeeded, but its requests broke the contract: exit code 1 (see --fail-on)\n",
        ),
        Some(_) if report.fails(fail_on) => {
            text.push_str("assay: the command succeeded, but an expected finding is missing: exit code 1\n");
        }
        Some(_) if code != 0 => {
            let why = if intercepted.is_some() {
                ""
            } else {
                " Does it read ALLOY_BASE_URL, or is its base URL hard-coded (then add --intercept)?"
            };
            text.extend(["assay: the command succeeded, but called neither the Alloy API nor the S3 API: exit code 1.", why]);
            text.push_str(" If that is intended, add --pass-with-no-requests\n");
        }
        _ => {}
    }
    if let Some(words) = intercepted.filter(|_| is_unused) {
        let why = intercept::unreached(words).unwrap_or(
            "its runtime may ignore the proxy variables, or have root certificates of its own: docs/https.md lists what \
             each runtime needs",
        );
        text.extend(["assay: no upload of the command reached the emulator: ", why, "\n"]);
    }
    text.push_str(&for_github(report, fail_on));
    say(&text);
    let exchanges =
        || records.map_or_else(Vec::new, |records| records.journal().exchanges(&Query::default()));
    let all_written = targets.write(|kind| match kind {
        Kind::Har => har(&exchanges()),
        Kind::Html => {
            let labels = records.map_or_else(Default::default, |records| records.journal().labels.all(None));
            html(report, &exchanges(), &labels)
        }
        kind => kind.of(report, fail_on).unwrap_or_default(),
    });
    ExitCode::from(if code == 0 && !all_written { USAGE } else { code })
}

/// Files of the reports, all writable.
pub(super) struct Targets(Vec<(Kind, Target)>);

impl Targets {
    /// Checks in advance that the files can be written, or returns the message. `kinds` are the command's formats.
    pub(super) fn open(reports: &[ReportFile], kinds: &[Kind]) -> Result<Self, String> {
        let mut targets: Vec<(Kind, Target)> = Vec::new();
        for report in reports {
            if !kinds.contains(&report.kind) {
                let (kind, kinds) = (report.kind, or(kinds));
                return Err(format!("--report: `{kind}` is a report of `assay run` only; use {kinds}"));
            }
            let target = Target::open(&report.path).map_err(|error| format!("--report: {error}"))?;
            if targets.iter().any(|(_, one)| one.is_same_file(&target)) {
                let path = target.path().display();
                return Err(format!(
                    "--report: `{path}` is used by another report; give each report its own file"
                ));
            }
            targets.push((report.kind, target));
        }
        Ok(Self(targets))
    }

    /// Writes all reports, as `format` returns them, and reports failures. Returns whether all were written.
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

/// Returns the annotations for GitHub's runner, and adds the report to the step summary. Does nothing elsewhere.
pub(super) fn for_github<R: Report>(report: &R, failing: R::Failing) -> String {
    if std::env::var_os("GITHUB_ACTIONS").is_none_or(|value| value != "true") {
        return String::new();
    }
    append_to_summary(&report.markdown(failing));
    report.annotations(failing)
}

/// GitHub shows this file as the step's summary.
fn append_to_summary(markdown: &str) {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else { return };
    let file = File::options().append(true).create(true).open(Path::new(&path));
    let written = file.and_then(|mut file| file.write_all(format!("{markdown}\n").as_bytes()));
    if let Err(error) = written {
        tracing::warn!("GITHUB_STEP_SUMMARY: the summary cannot be written: {error}");
    }
}
