//! A suite of any subject, from its settings to its exit code.

use std::{io::IsTerminal, process::ExitCode};

use super::{list, progress::Watcher};
use clap::FromArgMatches;

use crate::{
    cli::{
        Given, USAGE,
        given::log_sources,
        log, mistake, print,
        results::{Targets, for_github},
        say,
    },
    config::{File, LogSettings, Settings, SuiteSettings},
    conformance::{self, Description, KnownFailing, Progress, suite::unmatched},
    report::{Conformance, Kind, Report as _},
};

/// The options of a subject, which have those of every suite.
pub(super) trait SuiteOptions: From<Settings> + FromArgMatches {
    fn suite(&self) -> (&SuiteSettings, &LogSettings);
}

/// A suite that can be run.
pub(super) struct Suite<T> {
    pub(super) options: T,
    file: Option<File>,
    /// The selected checks.
    checks: Vec<Description>,
}

impl<T: SuiteOptions> Suite<T> {
    /// Reads the options and selects the checks; or returns the message of a mistake.
    pub(super) fn prepare(
        given: &Given<T>,
        checks: impl Iterator<Item = Description>,
    ) -> Result<Self, String> {
        let (options, file) = given.read().map_err(|error| error.to_string())?;
        let checks: Vec<Description> = checks.collect();
        let (suite, _) = options.suite();
        for (name, pattern) in suite.patterns() {
            if let Some(why) = unmatched(pattern, &checks) {
                return Err(format!("{}: {why}", given.place(name, file.as_ref())));
            }
        }
        let checks: Vec<Description> = checks.into_iter().filter(|check| suite.selects(check.id)).collect();
        if checks.is_empty() && !suite.skip.is_empty() {
            let place = given.place("skip", file.as_ref());
            return Err(format!("{place}: no check is left to run; skip less"));
        }
        Ok(Self { options, file, checks })
    }

    /// Prints the checks that are selected.
    pub(super) fn list(&self) -> ExitCode {
        print(list::table(&self.checks).as_bytes())
    }

    /// Runs the suite with `ask`, which reports progress, and writes the reports.
    pub(super) fn run<E: std::fmt::Display>(
        self,
        ask: impl FnOnce(&(dyn Fn(Progress<'_>) + Sync)) -> Result<Conformance, E>,
    ) -> ExitCode {
        let (suite, log) = self.options.suite();
        let known = suite.known_failing.as_ref().map(|path| KnownFailing::read(&path.0)).transpose();
        let known = match known {
            Ok(known) => known,
            Err(error) => return mistake(format_args!("--known-failing: {error}")),
        };
        let targets = match Targets::open(&suite.reports, &Kind::OF_SUITES) {
            Ok(targets) => targets,
            Err(reported) => return mistake(reported),
        };
        log::start(log, log::BESIDE_A_COMMAND);
        log_sources(self.file.as_ref());
        let watcher = Watcher::new(&self.checks, std::io::stderr().is_terminal());
        let asked = ask(&|progress| watcher.tell(progress));
        drop(watcher);
        match asked {
            Ok(mut results) => {
                if let Some(known) = known {
                    known.apply(&mut results);
                }
                conclude(&results, suite.strict.0, targets)
            }
            Err(error) => mistake(error),
        }
    }
}

/// Returns the suite with a setting, if it has a value.
pub(super) fn with<S, T>(suite: S, value: Option<T>, set: impl FnOnce(S, T) -> S) -> S {
    match value {
        Some(value) => set(suite, value),
        None => suite,
    }
}

/// Returns the suite with all that any of them can have set.
pub(super) fn with_all<S>(suite: conformance::Suite<S>, settings: &SuiteSettings) -> conformance::Suite<S> {
    let suite = with(suite, settings.timeout.as_ref().map(|timeout| timeout.0), conformance::Suite::timeout);
    let suite = with(suite, settings.cases.as_ref().map(|cases| cases.0), conformance::Suite::cases);
    let suite = with(suite, settings.case.as_ref().map(|case| case.0), conformance::Suite::case);
    let suite = with(suite, settings.seed.as_ref().map(|seed| seed.0), conformance::Suite::seed);
    let suite = with(suite, settings.max_time.as_ref().map(|time| time.0), conformance::Suite::max_time);
    let past_failures = settings.past_failures.as_ref().map(|path| path.0.as_path());
    let suite = with(suite, past_failures, conformance::Suite::past_failures);
    settings.patterns().fold(suite, |suite, (name, pattern)| match name {
        "only" => suite.only(pattern.to_string()),
        _ => suite.skip(pattern.to_string()),
    })
}

/// Reports the results of a suite: on stdout, in files, and to GitHub.
fn conclude(results: &Conformance, strict: bool, targets: Targets) -> ExitCode {
    let annotations = for_github(results, strict);
    say(&annotations);
    let printed = print(results.text(log::has_colours(&std::io::stdout()), strict).as_bytes());
    let all_written =
        targets.write(|kind| kind.of(results, strict).unwrap_or_default()) && printed == ExitCode::SUCCESS;
    exit_code(results.fails(strict), all_written)
}

/// A failed check takes precedence over a report that cannot be written.
fn exit_code(fails: bool, all_written: bool) -> ExitCode {
    match (fails, all_written) {
        (true, _) => ExitCode::FAILURE,
        (false, true) => ExitCode::SUCCESS,
        (false, false) => ExitCode::from(USAGE),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use clap::Args;

    use super::*;
    use crate::{cli::conformance::server::Options, report::Level};

    /// Parses these options.
    pub(in crate::cli::conformance) fn given<T: Args>(options: &[(&str, &str)]) -> Given<T> {
        let command = Given::<T>::augment_args(clap::Command::new("suite"));
        let options = options.iter().map(|(name, value)| format!("--{name}={value}"));
        Given::from_arg_matches(&command.get_matches_from(["suite".to_owned()].into_iter().chain(options)))
            .unwrap()
    }

    /// Describes a check with this id.
    pub(in crate::cli::conformance) fn check(id: &'static str) -> Description {
        Description {
            id,
            title: "It holds",
            level: Level::Must,
            source: "S3",
            right: "",
            wrong: "",
            needs: &[],
        }
    }

    fn checks() -> impl Iterator<Item = Description> {
        ["upload/round-trip", "upload/wrong-digest", "dedup/by-user"].into_iter().map(check)
    }

    fn selected(options: &[(&str, &str)]) -> Result<Vec<&'static str>, String> {
        let suite = Suite::prepare(&given::<Options>(options), checks())?;
        Ok(suite.checks.iter().map(|check| check.id).collect())
    }

    #[test]
    fn a_failure_goes_before_a_report_that_cannot_be_written() {
        let codes = [(false, true), (true, true), (true, false), (false, false)];
        let codes = codes.map(|(fails, all_written)| exit_code(fails, all_written));
        assert_eq!(codes, [0, 1, 1, 2].map(ExitCode::from));
    }

    #[test]
    fn patterns_select_checks() {
        assert_eq!(selected(&[]).unwrap().len(), 3);
        assert_eq!(selected(&[("only", "dedup/*"), ("only", "*/round-trip")]).unwrap().len(), 2);
        assert_eq!(selected(&[("skip", "upload/*")]).unwrap(), ["dedup/by-user"]);
        let both = [("only", "upload/*"), ("skip", "*-digest")];
        assert_eq!(selected(&both).unwrap(), ["upload/round-trip"]);
    }

    #[test]
    fn pattern_that_selects_nothing_is_an_error() {
        for (pattern, hint) in [
            ("uplaod/*", " (did you mean `upload/*`?)"),
            ("upload", " (did you mean `upload/*`?)"),
            ("dedup/by_users", " (did you mean `dedup/by-user`?)"),
            ("frobnicate", "; --list lists the checks"),
            ("\u{1b}", "; --list lists the checks"),
        ] {
            let error = format!("--only: no check matches `{}`{hint}", pattern.escape_debug());
            assert_eq!(selected(&[("only", "dedup/*"), ("only", pattern)]), Err(error));
        }
        let error = "--skip: no check matches `expiri/*`; --list lists the checks";
        assert_eq!(selected(&[("skip", "expiri/*")]), Err(error.to_owned()));
        let error = "--skip: no check is left to run; skip less";
        assert_eq!(selected(&[("only", "dedup/*"), ("skip", "dedup/*")]), Err(error.to_owned()));
    }
}
