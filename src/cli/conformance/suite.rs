//! A suite of any subject, from its settings to its exit code.

use std::{io::IsTerminal, process::ExitCode};

use super::{list, progress::Watcher};
use crate::{
    cli::{
        USAGE, log, mistake, print,
        results::{Targets, for_github},
        say, settings,
    },
    config::{Config, ConfigFile, Selection, Setting},
    conformance::{self, Description, KnownFailing, Progress},
    exchange::{Glob, nearest},
    report::{Conformance, Report as _},
};

/// A suite that can be run.
pub(super) struct Suite {
    pub(super) config: Config,
    file: Option<ConfigFile>,
    /// Those that are selected.
    checks: Vec<Description>,
}

impl Suite {
    /// Reads settings, and selects from all checks of the subject; or says, in a sentence, what is wrong with them.
    pub(super) fn prepare(
        settings: &[Setting],
        checks: impl Iterator<Item = Description>,
    ) -> Result<Self, String> {
        let read = || {
            let file = ConfigFile::find(settings)?;
            Ok((Config::read_without_people(settings, file.as_ref())?, file))
        };
        let (config, file) = read().map_err(|error: crate::config::ConfigError| error.to_string())?;
        let checks: Vec<Description> = checks.collect();
        let selection = &config.conformance.selection;
        for (name, patterns) in [("only", &selection.only), ("skip", &selection.skip)] {
            if let Some(pattern) = patterns.iter().find(|pattern| !is_for_any(pattern, &checks)) {
                return Err(matches_none(&place_of(name, settings, file.as_ref()), pattern, &checks));
            }
        }
        let checks: Vec<Description> = checks.into_iter().filter(|check| selection.has(check.id)).collect();
        if checks.is_empty() && !selection.skip.is_empty() {
            let place = place_of("skip", settings, file.as_ref());
            return Err(format!("{place}: nothing is left to run; skip less"));
        }
        Ok(Self { config, file, checks })
    }

    /// Prints the checks that are selected.
    pub(super) fn list(&self) -> ExitCode {
        print(list::table(&self.checks).as_bytes())
    }

    /// Runs the suite by `ask`, which tells of its progress, and makes of its results what is asked for.
    pub(super) fn run<E: std::fmt::Display>(
        self,
        ask: impl FnOnce(&(dyn Fn(Progress<'_>) + Sync)) -> Result<Conformance, E>,
    ) -> ExitCode {
        let known = self.config.conformance.known_failing.as_deref().map(KnownFailing::read).transpose();
        let known = match known {
            Ok(known) => known,
            Err(error) => return mistake(format_args!("--known-failing: {error}")),
        };
        let targets = match Targets::open(&self.config.reports) {
            Ok(targets) => targets,
            Err(told) => return mistake(told),
        };
        log::start(self.config.logging, log::BESIDE_A_COMMAND);
        settings::tell(self.file.as_ref());
        let watcher = Watcher::new(&self.checks, std::io::stderr().is_terminal());
        let asked = ask(&|progress| watcher.tell(progress));
        drop(watcher);
        match asked {
            Ok(mut results) => {
                if let Some(known) = known {
                    known.apply(&mut results);
                }
                conclude(&results, self.config.conformance.strict, targets)
            }
            Err(error) => mistake(error),
        }
    }
}

/// The suite with what was set; without, what it has by itself stays.
pub(super) fn with<S, T>(suite: S, value: Option<T>, set: impl FnOnce(S, T) -> S) -> S {
    match value {
        Some(value) => set(suite, value),
        None => suite,
    }
}

/// The suite with all that any of them can have set.
pub(super) fn with_all<S>(suite: conformance::Suite<S>, config: &Config) -> conformance::Suite<S> {
    let settings = &config.conformance;
    let suite = with(suite, config.timeout, conformance::Suite::timeout);
    let suite = with(suite, settings.cases, conformance::Suite::cases);
    let suite = with(suite, settings.case, conformance::Suite::case);
    let suite = with(suite, config.seed, conformance::Suite::seed);
    let suite = with(suite, settings.max_time, conformance::Suite::max_time);
    let suite = with(suite, settings.past_failures.as_deref(), conformance::Suite::past_failures);
    let Selection { only, skip } = &settings.selection;
    let suite = only.iter().fold(suite, |suite, pattern| suite.only(pattern.to_string()));
    skip.iter().fold(suite, |suite, pattern| suite.skip(pattern.to_string()))
}

/// Tells what a suite came to, to everybody who asked.
fn conclude(results: &Conformance, strict: bool, targets: Targets) -> ExitCode {
    let annotations = for_github(results, strict);
    say(&annotations);
    let printed = print(results.text(log::has_colours(&std::io::stdout()), strict).as_bytes());
    let all_written = targets.write(results, strict) && printed == ExitCode::SUCCESS;
    exit_code(results.fails(strict), all_written)
}

/// A failure of the suite is told before one to tell of it.
fn exit_code(fails: bool, all_written: bool) -> ExitCode {
    match (fails, all_written) {
        (true, _) => ExitCode::FAILURE,
        (false, true) => ExitCode::SUCCESS,
        (false, false) => ExitCode::from(USAGE),
    }
}

fn is_for_any(pattern: &Glob, checks: &[Description]) -> bool {
    checks.iter().any(|check| pattern.matches(check.id))
}

/// Where something was set, as messages name it.
fn place_of(name: &str, settings: &[Setting], file: Option<&ConfigFile>) -> String {
    let set = settings.iter().find(|setting| setting.name == name).map(Setting::place);
    let in_file = || file.map(|file| format!("`{name}` in {}", file.path().display()));
    set.or_else(in_file).unwrap_or_else(|| format!("--{name}"))
}

/// A pattern for no check at all is a slip: less would be run than is meant, or more.
fn matches_none(place: &str, pattern: &Glob, checks: &[Description]) -> String {
    let text: String = pattern.to_string().chars().take(100).collect();
    let themes: Vec<String> = checks.iter().map(|check| format!("{}/*", check.theme())).collect();
    let known = checks.iter().map(|check| check.id).chain(themes.iter().map(String::as_str));
    let remedy = match nearest(&text.to_lowercase().replace('_', "-"), known, 4) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "--list lists them".to_owned(),
    };
    format!("{place}: `{}` is no check's id, and no pattern that is one's; {remedy}", text.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Origin, report::Level};

    fn checks() -> impl Iterator<Item = Description> {
        ["upload/round-trip", "upload/wrong-digest", "dedup/by-user"].into_iter().map(|id| Description {
            id,
            title: "It holds",
            level: Level::Must,
            source: "S3",
            needs: &[],
        })
    }

    fn selected(settings: &[(&str, &str)]) -> Result<Vec<&'static str>, String> {
        let setting = |(name, value): &(&str, &str)| Setting {
            name: (*name).to_owned(),
            value: (*value).to_owned(),
            origin: Origin::Environment,
        };
        let settings: Vec<_> = settings.iter().map(setting).collect();
        let suite = Suite::prepare(&settings, checks())?;
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
    fn a_pattern_that_selects_nothing_is_told_with_what_is_near() {
        for (pattern, remedy) in [
            ("uplaod/*", "did you mean `upload/*`?"),
            ("upload", "did you mean `upload/*`?"),
            ("dedup/by_users", "did you mean `dedup/by-user`?"),
            ("frobnicate", "--list lists them"),
            ("\u{1b}", "--list lists them"),
        ] {
            let shown = pattern.escape_debug();
            let told =
                format!("ASSAY_ONLY: `{shown}` is no check's id, and no pattern that is one's; {remedy}");
            assert_eq!(selected(&[("only", "dedup/*"), ("only", pattern)]), Err(told));
        }
        let told = "ASSAY_SKIP: `expiri/*` is no check's id, and no pattern that is one's; --list lists them";
        assert_eq!(selected(&[("skip", "expiri/*")]), Err(told.to_owned()));
        let told = "ASSAY_SKIP: nothing is left to run; skip less";
        assert_eq!(selected(&[("only", "dedup/*"), ("skip", "dedup/*")]), Err(told.to_owned()));
    }
}
