//! A suite, as the command line and tests set it up: what those for any subject have in common, and the frame in which
//! their checks are run.

use std::{path::PathBuf, time::Duration};

use super::{
    CannotRun,
    runner::{Check, Past, Patience, Plan},
    select,
    wire::{now, today},
};
use crate::{
    exchange::Chance,
    report::{CheckResult, Conformance, Subject, Summary},
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
    max_time: Option<Duration>,
    past_failures: Option<PathBuf>,
}

impl<S> Suite<S> {
    /// All checks, random, with so many cases each and so much time for what a case waits for.
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

    /// How many cases a check has; those that take their time may have fewer.
    #[must_use]
    pub fn cases(mut self, cases: u32) -> Self {
        self.cases = cases;
        self
    }

    /// The seed of all cases; random without one.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Runs no checks but those whose id is like this: `upload/*`, say. Repeatable.
    #[must_use]
    pub fn only(mut self, pattern: impl Into<String>) -> Self {
        self.only.push(pattern.into());
        self
    }

    /// Leaves out the checks whose id is like this. Repeatable.
    #[must_use]
    pub fn skip(mut self, pattern: impl Into<String>) -> Self {
        self.skip.push(pattern.into());
        self
    }

    /// Runs this one case of each check, counted from 0, as a report's replay says.
    #[must_use]
    pub fn case(mut self, case: u32) -> Self {
        self.case = Some(case);
        self
    }

    /// How long a server's answer may take, or a client with a file, in real time.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long a check may take, shrinking included, in real time.
    #[must_use]
    pub fn max_time(mut self, time: Duration) -> Self {
        self.max_time = Some(time);
        self
    }

    /// A file of past failures: they are tried first, and new ones are added to it.
    #[must_use]
    pub fn past_failures(mut self, file: impl Into<PathBuf>) -> Self {
        self.past_failures = Some(file.into());
        self
    }

    /// Has those of the checks run that are chosen, by `ask`, and makes a report of what they come to.
    pub(super) fn report<C>(
        &self,
        (subject, target): (Subject, String),
        checks: Vec<Check<C>>,
        ask: impl FnOnce(Vec<Check<C>>, u64, &Past) -> Result<Vec<CheckResult>, CannotRun>,
    ) -> Result<Conformance, CannotRun> {
        let (started, began) = (today(), now());
        let chosen = select::choose(checks, &self.only, &self.skip, subject.name())?;
        let past = self.past_failures.as_deref().map(Past::read).transpose()?.unwrap_or_default();
        let seed = self.seed.unwrap_or_else(Chance::random_seed);
        let results = ask(chosen, seed, &past)?;
        if let Some(path) = &self.past_failures {
            past.add(path, &results)?;
        }
        Ok(Conformance {
            version: env!("CARGO_PKG_VERSION"),
            subject,
            target,
            seed,
            cases: self.cases,
            summary: Summary::of(&results),
            checks: results,
            started,
            took: now().saturating_duration_since(began),
            stale: Vec::new(),
        })
    }

    /// The option that sets the time-out, with a blank before it; empty where it is the usual one.
    pub(super) fn timeout_option(&self, usual: Duration) -> String {
        if self.timeout == usual {
            String::new()
        } else {
            format!(" --timeout {}ms", self.timeout.as_millis())
        }
    }

    /// How checks are run; the command that runs one again is in two parts, what is before the options that choose it
    /// and what is behind.
    pub(super) fn plan<'a>(
        &self,
        seed: u64,
        patience: Patience,
        (command, behind): (&'a str, &'a str),
    ) -> Plan<'a> {
        let (cases, case, max_time) = (self.cases, self.case, self.max_time);
        Plan { seed, cases, case, max_time, patience, command, behind }
    }
}
