//! The suite for servers, as the command line and tests set it up and run it.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use super::{
    CannotRun, Description, Progress,
    address::{Address, BadLink},
    checks::{self, ServerCheck},
    runner::{self, Past, Patience, Plan},
    select,
    target::{Bench, Offers, Target, Unfit},
    wire::{Pace, Wire, now, today},
};
use crate::{
    contract::Contract,
    exchange::Chance,
    report::{CheckResult, Conformance, Status, Subject, Summary},
};

/// A suite for one server.
#[derive(Clone, PartialEq, Eq)]
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
    checks::all().into_iter().map(|check| check.description)
}

/// It knows API keys: its debug output shows none.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("url", &self.url).field("cases", &self.cases).finish_non_exhaustive()
    }
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
    pub fn run_watched(&self, watch: &(dyn Fn(Progress<'_>) + Sync)) -> Result<Conformance, CannotRun> {
        let (started, began) = (today(), now());
        let chosen = select::choose(checks::all(), &self.only, &self.skip, "server")?;
        let past = self.past_failures.as_deref().map(Past::read).transpose()?.unwrap_or_default();
        let seed = self.seed.unwrap_or_else(Chance::random_seed);
        let pace = Arc::new(Pace::of(self.rate));
        let results = match self.look(&pace)? {
            Ok(target) => self.ask(chosen, &Arc::new(target), &pace, seed, &past, watch)?,
            Err(why) => chosen.iter().map(|check| unfit(check, &why)).collect(),
        };
        if let Some(path) = &self.past_failures {
            past.add(path, &results)?;
        }
        Ok(Conformance {
            version: env!("CARGO_PKG_VERSION"),
            subject: Subject::Server,
            target: self.url.clone(),
            seed,
            cases: self.cases,
            summary: Summary::of(&results),
            checks: results,
            started,
            took: now().saturating_duration_since(began),
            stale: Vec::new(),
        })
    }

    /// Looks at the server: what it offers, or why nothing can be asked of it.
    fn look(&self, pace: &Arc<Pace>) -> Result<Result<Target, String>, CannotRun> {
        let mut target = self.target()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let wire = Wire::new(self.timeout, Arc::clone(pace));
        match runtime.block_on(target.look(&wire)) {
            Ok(()) => Ok(Ok(target)),
            Err(Unfit::WrongKey) => Err(CannotRun::WrongKey),
            Err(Unfit::WrongOtherKey) => Err(CannotRun::WrongOtherKey),
            Err(Unfit::Broken(why)) => Ok(Err(why)),
        }
    }

    fn target(&self) -> Result<Target, CannotRun> {
        let address = Address::parse(&self.url).map_err(|bad| match bad {
            BadLink::Https => CannotRun::Https { url: self.url.clone() },
            BadLink::NotOne => CannotRun::BadUrl { url: self.url.clone() },
        })?;
        if !address.is_loopback() && !self.is_remote_meant {
            return Err(CannotRun::Remote { authority: address.authority });
        }
        Ok(Target {
            address,
            api_key: self.api_key.clone(),
            other_api_key: self.other_api_key.clone(),
            prefix: self.prefix.clone(),
            is_remote_meant: self.is_remote_meant,
            run: format!("{:08x}", Chance::random_seed() >> 32),
            contract: Contract::built_in()?,
            offers: Offers::default(),
        })
    }

    fn ask(
        &self,
        chosen: Vec<ServerCheck>,
        target: &Arc<Target>,
        pace: &Arc<Pace>,
        seed: u64,
        past: &Past,
        watch: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Vec<CheckResult>, CannotRun> {
        let chosen: Vec<ServerCheck> = chosen.into_iter().map(|check| check.at(&target.offers)).collect();
        let command = format!("assay conformance server --url {}", self.url);
        let plan = Plan {
            seed,
            cases: self.cases,
            case: self.case,
            max_time: self.max_time,
            patience: Patience { tries: 400, time: Duration::from_secs(60) },
            command: &command,
            behind: "",
        };
        let bench = async || -> Result<Bench, CannotRun> {
            Ok(Bench { target: Arc::clone(target), wire: Wire::new(self.timeout, Arc::clone(pace)) })
        };
        runner::run(&chosen, &bench, &plan, past, watch)
    }
}

/// A check of a server of which nothing can be asked.
fn unfit(check: &ServerCheck, why: &str) -> CheckResult {
    CheckResult { status: Status::Error, reason: Some(why.to_owned()), ..check.result() }
}
