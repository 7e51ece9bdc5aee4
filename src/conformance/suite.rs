//! The common part of both suites: settings, selection of checks, and the run itself.

use std::{path::PathBuf, time::Duration};

use super::{
    CannotRun, Description, Progress,
    check::Check,
    runner::{Past, Plan},
    wire::{now, today},
};
use crate::{
    exchange::{Glob, Rng},
    report::{CheckResult, Conformance, Subject, Summary},
    text,
};

/// A suite for one subject, a [`Server`](super::Server) or a [`Client`](super::Client).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suite<S> {
    pub(super) subject: S,
    pub(super) timeout: Duration,
    cases: u32,
    seed: Option<u64>,
    only: Vec<String>,
    skip: Vec<String>,
    case: Option<u32>,
    pub(super) max_time: Option<Duration>,
    past_failures: Option<PathBuf>,
}

impl<S> Suite<S> {
    /// Creates a suite of all checks with a random seed.
    pub(super) fn new(subject: S, cases: u32, timeout: Duration) -> Self {
        Self {
            subject,
            timeout,
            cases,
            seed: None,
            only: Vec::new(),
            skip: Vec::new(),
            case: None,
            max_time: None,
            past_failures: None,
        }
    }

    /// Sets the number of cases of each check; checks that take long have fewer.
    #[must_use]
    pub fn cases(mut self, cases: u32) -> Self {
        self.cases = cases;
        self
    }

    /// Sets the seed of all cases [default: random].
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Runs only checks whose id matches the pattern, such as `upload/*`. Repeatable.
    #[must_use]
    pub fn only(mut self, pattern: impl Into<String>) -> Self {
        self.only.push(pattern.into());
        self
    }

    /// Leaves out checks whose id matches the pattern. Repeatable.
    #[must_use]
    pub fn skip(mut self, pattern: impl Into<String>) -> Self {
        self.skip.push(pattern.into());
        self
    }

    /// Runs only this case of each check, counted from 0, as the replay in a report does.
    #[must_use]
    pub fn case(mut self, case: u32) -> Self {
        self.case = Some(case);
        self
    }

    /// Sets how long a server may take for an answer, or a client for a file, in real time.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how long a check may take, shrinking included, in real time.
    #[must_use]
    pub fn max_time(mut self, time: Duration) -> Self {
        self.max_time = Some(time);
        self
    }

    /// Sets a file of past failures: they are run first, and new ones are added to it.
    #[must_use]
    pub fn past_failures(mut self, file: impl Into<PathBuf>) -> Self {
        self.past_failures = Some(file.into());
        self
    }

    /// Runs the selected checks by `run`, which gets them with a plan without a command, and makes a report.
    pub(super) fn report<C: 'static>(
        &self,
        (subject, target): (Subject, String),
        checks: Vec<Check<C>>,
        watch: &(dyn Fn(Progress<'_>) + Sync),
        run: impl FnOnce(Vec<Check<C>>, Plan<'_>) -> Result<Vec<CheckResult>, CannotRun>,
    ) -> Result<Conformance, CannotRun> {
        let (started, began) = (today(), now());
        let selected = self.select(checks)?;
        let past = self.past_failures.as_deref().map(Past::read).transpose()?.unwrap_or_default();
        let seed = self.seed.unwrap_or_else(Rng::random_seed);
        let plan = Plan {
            seed,
            cases: self.cases,
            case: self.case,
            max_time: self.max_time,
            shrinking: (400, Duration::from_secs(60)),
            command: (String::new(), String::new()),
            past: &past,
            watch,
            is_over: &|| false,
        };
        let checks = run(selected, plan)?;
        if let Some(path) = &self.past_failures {
            past.add(path, &checks)?;
        }
        Ok(Conformance {
            version: env!("CARGO_PKG_VERSION"),
            subject,
            target,
            seed,
            cases: self.cases,
            summary: Summary::of(&checks),
            checks,
            started,
            took: now().saturating_duration_since(began),
            stale: Vec::new(),
        })
    }

    fn select<C>(&self, mut checks: Vec<Check<C>>) -> Result<Vec<Check<C>>, CannotRun> {
        let descriptions: Vec<Description> = checks.iter().map(|check| check.description).collect();
        let globs = |patterns: &[String]| -> Result<Vec<Glob>, CannotRun> {
            let glob = |pattern: &String| {
                let glob = Glob::new(pattern);
                unmatched(&glob, &descriptions).map_or(Ok(glob), |why| Err(CannotRun::NoSuchCheck(why)))
            };
            patterns.iter().map(glob).collect()
        };
        let (only, skip) = (globs(&self.only)?, globs(&self.skip)?);
        let has =
            |globs: &[Glob], check: &Check<C>| globs.iter().any(|glob| glob.matches(check.description.id));
        checks.retain(|check| (only.is_empty() || has(&only, check)) && !has(&skip, check));
        if checks.is_empty() { Err(CannotRun::NothingLeft) } else { Ok(checks) }
    }

    /// Returns ` --timeout …` if it is not the default.
    pub(super) fn timeout_option(&self, default: Duration) -> String {
        if self.timeout == default {
            return String::new();
        }
        format!(" --timeout {}ms", self.timeout.as_millis())
    }
}

/// Returns the message for a pattern that matches no check.
pub(crate) fn unmatched(pattern: &Glob, checks: &[Description]) -> Option<String> {
    if checks.iter().any(|check| pattern.matches(check.id)) {
        return None;
    }
    let text = pattern.to_string();
    let themes: Vec<String> = checks.iter().map(|check| format!("{}/*", check.theme())).collect();
    let known = checks.iter().map(|check| check.id).chain(themes.iter().map(String::as_str));
    let remedy = match text::did_you_mean(&text, known) {
        unknown if unknown.is_empty() => "; --list lists the checks".to_owned(),
        near => near,
    };
    Some(format!("no check matches {}{remedy}", text::quoted(&text)))
}
