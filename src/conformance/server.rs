//! The suite for servers, as the command line and tests set it up and run it.

use std::{path::PathBuf, time::Duration};

use super::Description;
use crate::report::{CheckResult, Conformance};

/// A suite for one server.
#[derive(Clone, Debug)]
pub struct Server {
    url: String,
    api_key: String,
    other_api_key: Option<String>,
    cases: u32,
    seed: Option<u64>,
    only: Vec<String>,
    skip: Vec<String>,
    case: Option<u32>,
    timeout: Duration,
    max_time: Option<Duration>,
    rate: Option<u32>,
    prefix: String,
    is_remote_meant: bool,
    past_failures: Option<PathBuf>,
}

/// Why a suite cannot begin: each is a mistake of whoever set it up, told in one sentence.
#[derive(Debug, thiserror::Error)]
pub enum CannotRun {
    /// The address is none.
    #[error("`{url}` is no address of a server; write one like http://127.0.0.1:7979")]
    BadUrl {
        /// What was given.
        url: String,
    },
}

/// What happens while a suite runs, for whoever shows it.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// A check begins.
    Began(&'a Description),
    /// A check has had so many of its cases.
    Cases {
        /// The check.
        check: &'a Description,
        /// How many are done.
        done: u32,
        /// How many there are to be.
        of: u32,
    },
    /// A case failed and is made smaller.
    Shrinking {
        /// The check.
        check: &'a Description,
        /// How many smaller ones were tried.
        tried: u32,
    },
    /// A check is over.
    Ended(&'a CheckResult),
}

/// The suite for the server at this address, which is the API's base.
///
/// It is run by [`Server::run`], which blocks: in an async test, wrap it in `spawn_blocking`.
#[must_use]
pub fn server(url: impl Into<String>) -> Server {
    Server {
        url: url.into(),
        api_key: "assay-conformance".to_owned(),
        other_api_key: None,
        cases: 100,
        seed: None,
        only: Vec::new(),
        skip: Vec::new(),
        case: None,
        timeout: Duration::from_secs(10),
        max_time: None,
        rate: None,
        prefix: "assay-".to_owned(),
        is_remote_meant: false,
        past_failures: None,
    }
}

/// All checks of the suite for servers, in its order.
pub fn server_checks() -> impl Iterator<Item = Description> {
    std::iter::empty()
}

impl Server {
    /// The API key of the account whose users are made.
    #[must_use]
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = key.into();
        self
    }

    /// The API key of a second account.
    #[must_use]
    pub fn other_api_key(mut self, key: impl Into<String>) -> Self {
        self.other_api_key = Some(key.into());
        self
    }

    /// How many cases a check has.
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

    /// How long an answer may take, in real time.
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

    /// How many requests are sent a second at most.
    #[must_use]
    pub fn rate(mut self, requests: u32) -> Self {
        self.rate = Some(requests);
        self
    }

    /// What the names of all files and users begin with.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// That the server may be another machine: files and users are made there, and deleted.
    #[must_use]
    pub fn remote(mut self) -> Self {
        self.is_remote_meant = true;
        self
    }

    /// A file of past failures: they are tried first, and new ones are added to it.
    #[must_use]
    pub fn past_failures(mut self, file: impl Into<PathBuf>) -> Self {
        self.past_failures = Some(file.into());
        self
    }

    /// Runs the suite, and blocks until it is over.
    ///
    /// # Errors
    ///
    /// [`CannotRun`] where it cannot begin.
    pub fn run(&self) -> Result<Conformance, CannotRun> {
        self.run_watched(&|_| {})
    }

    /// As [`Self::run`]; `watch` is told of what happens meanwhile, from several threads.
    ///
    /// # Errors
    ///
    /// [`CannotRun`] where it cannot begin.
    pub fn run_watched(&self, _watch: &(dyn Fn(Progress<'_>) + Sync)) -> Result<Conformance, CannotRun> {
        Err(CannotRun::BadUrl { url: self.url.clone() })
    }
}
