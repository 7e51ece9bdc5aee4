//! `assay drift FILE…`: checks recorded traffic against the document. Has the outputs of differences, which `proxy`
//! shares.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, ValueHint};

use super::{
    Given,
    given::with_default,
    log, mistake,
    results::{Ending, Targets, conclude},
    say,
};
use crate::{
    config::{DriftSettings, FilePath, LogSettings, Settings},
    contract::{self, Contract, Specs, Text},
    proxy::{Baseline, extend},
    report::{Kind, Run, Target},
    server::{self, Replayed},
    text::counted,
};

/// The options.
#[derive(Args)]
#[group(skip)]
#[command(
    mut_arg("fail_on", |arg| with_default(arg, "drift")),
    after_help = "\
Example:  assay drift --report markdown=drift.md recorded.har

Reads HAR files of `assay proxy --record`, of an emulator (/_assay/journal.har), and of a browser's network panel. \
Ignores exchanges with other servers. Browsers leave API keys out of their exports, so missing keys are not reported \
there.

Exit codes: 0 success; 1 for new differences or findings, see --fail-on; 2 for invalid options, or a file that cannot \
be read."
)]
pub(super) struct Options {
    #[command(flatten)]
    drift: DriftSettings,
    /// OpenAPI 3.0 document to use instead of the built-in one; repeatable
    #[arg(long = "spec", value_name = "FILE", value_hint = ValueHint::FilePath)]
    specs: Vec<FilePath>,
    #[command(flatten)]
    log: LogSettings,
    /// HAR files to check
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
}

impl From<Settings> for Options {
    fn from(settings: Settings) -> Self {
        let (drift, files) = (DriftSettings::default(), Vec::new());
        Self { drift, specs: settings.emulator.specs, log: settings.log, files }
    }
}

/// Checks the files, and reports the findings and differences.
pub(super) fn run(given: &Given<Options>) -> ExitCode {
    let options = match given.read() {
        Ok((options, _)) => options,
        Err(error) => return mistake(error),
    };
    if options.files.is_empty() {
        return mistake("no HAR file: give one, as in: assay drift recorded.har");
    }
    let outputs = match Outputs::open(&options.drift, &options.specs) {
        Ok(outputs) => outputs,
        Err(message) => return mistake(message),
    };
    let targets = match Targets::open(&options.drift.reports, &Kind::OF_SUITES) {
        Ok(targets) => targets,
        Err(message) => return mistake(message),
    };
    log::start(&options.log, log::BESIDE_A_COMMAND);
    let Replayed { records, others } = match server::replay(&options.files, &options.specs, &options.drift) {
        Ok(replayed) => replayed,
        Err(error) => return mistake(error),
    };
    let mut report = records.at_the_end();
    report.ignore(|rule| options.drift.ignores(rule));
    if others > 0 && !options.log.quiet.0 {
        say(&format!("assay: ignored {} with other servers\n", counted(others, "exchange")));
    }
    outputs.write(&report);
    let ending = Ending {
        quiet: options.log.quiet.0,
        fail_on: options.drift.fail_on.findings.0,
        needs_requests: false,
        intercepted: None,
        records: None,
    };
    conclude(&report, targets, &ending)
}

/// Files for the baseline and the extended document.
pub(super) struct Outputs {
    /// The baseline to write, if it does not exist yet.
    baseline: Option<Target>,
    spec: Option<(Target, Text, Contract)>,
}

impl Outputs {
    /// Checks in advance that the files can be written, or returns the message.
    pub(super) fn open(settings: &DriftSettings, specs: &[FilePath]) -> Result<Self, String> {
        let open = |option: &str, file: &FilePath| {
            Target::open(&file.0).map_err(|error| format!("{option}: {error}"))
        };
        let missing = settings.baseline.as_ref().filter(|file| !file.0.exists());
        let baseline = missing.map(|file| open("--baseline", file)).transpose()?;
        let Some(file) = &settings.write_spec else { return Ok(Self { baseline, spec: None }) };
        let target = open("--write-spec", file)?;
        let paths: Vec<PathBuf> = specs.iter().map(|spec| spec.0.clone()).collect();
        let is_same = |path: &PathBuf| Target::open(path).is_ok_and(|spec| spec.is_same_file(&target));
        if let Some(path) = paths.iter().find(|path| is_same(path)) {
            return Err(format!(
                "--write-spec: `{}` is the document itself, which stays as it is; give another file",
                path.display()
            ));
        }
        let text = contract::original(&paths).map_err(|error| format!("--spec: {error}"))?;
        let text =
            text.ok_or("--write-spec: give one --spec with one document in it: several cannot be extended")?;
        let contract = if paths.is_empty() {
            Contract::built_in().map_err(|error| error.to_string())?
        } else {
            let specs = Specs::read(&paths).map_err(|error| format!("--spec: {error}"))?;
            specs.into_contract().map_err(|error| format!("--spec: {error}"))?
        };
        Ok(Self { baseline, spec: Some((target, text, contract)) })
    }

    /// Writes the files, and reports those that cannot be written.
    pub(super) fn write(self, report: &Run) {
        let Some(drift) = &report.drift else { return };
        if let Some(target) = self.baseline {
            let path = target.path().display().to_string();
            match Baseline::of(drift, report.started).write(target) {
                Ok(()) => say(&format!(
                    "assay: `{path}` has {} from now on\n",
                    counted(drift.drift.len(), "known difference")
                )),
                Err(error) => drop(mistake(format_args!("--baseline: {error}"))),
            }
        }
        if let Some((target, text, contract)) = self.spec {
            let day = report.started.strftime("%Y-%m-%d").to_string();
            let extended = extend(&text, &contract, drift, &day);
            let path = target.path().display().to_string();
            let is_diff = [".diff", ".patch"].iter().any(|end| path.ends_with(end));
            let text = if is_diff { &extended.diff } else { &extended.text };
            if extended.changes > 0 {
                say(&extended.diff);
            }
            match target.write(text) {
                Ok(()) => {
                    say(&format!("assay: `{path}` has {}\n", counted(extended.changes, "marked change")));
                }
                Err(error) => drop(mistake(format_args!("--write-spec: {error}"))),
            }
        }
    }
}
