//! `assay drift FILE…`: checks recorded traffic against the document; and what `proxy` does with differences, too.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, ValueHint};

use super::{
    Given, log, mistake,
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
#[command(after_help = "\
Example:  assay drift --report markdown=drift.md recorded.har

Takes HAR files that `assay proxy --record` or an emulator wrote (/_assay/journal.har), and those that a browser's \
network panel exports. Exchanges with other servers are left out. A browser leaves API keys out of what it exports: \
that requests lack them is not held against the client then.

Exit code: 0 no new difference (see --fail-on); 1 there are some; 2 for a mistake in these options, or a file that \
cannot be read.")]
pub(super) struct Options {
    #[command(flatten)]
    drift: DriftSettings,
    /// OpenAPI 3.0 document to use instead of the built-in one; repeatable
    #[arg(long = "spec", value_name = "FILE", value_hint = ValueHint::FilePath)]
    specs: Vec<FilePath>,
    #[command(flatten)]
    log: LogSettings,
    /// HAR files
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
}

impl From<Settings> for Options {
    fn from(settings: Settings) -> Self {
        let (drift, files) = (DriftSettings::default(), Vec::new());
        Self { drift, specs: settings.emulator.specs, log: settings.log, files }
    }
}

/// Judges the files, and reports what came of it.
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
        say(&format!("assay: left out: {} with other servers\n", counted(others, "exchange")));
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

/// Where the baseline and the extended document go.
pub(super) struct Outputs {
    /// Where there is none yet.
    baseline: Option<Target>,
    spec: Option<(Target, Text, Contract)>,
}

impl Outputs {
    /// A way to write each, before there is anything to write; or why there is none, as a sentence.
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

    /// Writes them; what cannot be written is told.
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
