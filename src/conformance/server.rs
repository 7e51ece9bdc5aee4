//! The suite for servers, as the command line and tests set it up and run it.

use std::{fmt, sync::Arc, time::Duration};

use super::{
    CannotRun, Description, Progress,
    address::{Address, BadLink},
    checks::{self, ServerCheck},
    runner::{self, Past, Patience},
    suite::Suite,
    target::{Bench, Offers, Target, Unfit},
    wire::{Pace, Wire},
};
use crate::{
    contract::Contract,
    exchange::Chance,
    report::{CheckResult, Conformance, Status, Subject},
};

/// How long an answer may take, unless it is said.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A suite for one server.
pub type Server = Suite<ForServer>;

/// What a suite for a server has of its own.
#[derive(Clone, PartialEq, Eq)]
pub struct ForServer {
    url: String,
    api_key: String,
    other_api_key: Option<String>,
    rate: Option<u32>,
    prefix: String,
    is_remote_meant: bool,
}

/// The suite for the server at this address, which is the API's base.
///
/// It is run by [`Server::run`], which blocks: in an async test, wrap it in `spawn_blocking`.
#[must_use]
pub fn server(url: impl Into<String>) -> Server {
    let subject = ForServer {
        url: url.into(),
        api_key: "assay-conformance".to_owned(),
        other_api_key: None,
        rate: None,
        prefix: "assay-".to_owned(),
        is_remote_meant: false,
    };
    Suite::new(subject, 100, TIMEOUT)
}

/// All checks of the suite for servers, in its order.
pub fn server_checks() -> impl Iterator<Item = Description> {
    checks::all().into_iter().map(|check| check.description)
}

/// It knows API keys: its debug output shows none.
impl fmt::Debug for ForServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForServer").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Server {
    /// The API key of the account whose users are made.
    #[must_use]
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.subject.api_key = key.into();
        self
    }

    /// The API key of a second account.
    #[must_use]
    pub fn other_api_key(mut self, key: impl Into<String>) -> Self {
        self.subject.other_api_key = Some(key.into());
        self
    }

    /// How many requests are sent a second at most.
    #[must_use]
    pub fn rate(mut self, requests: u32) -> Self {
        self.subject.rate = Some(requests);
        self
    }

    /// What the names of all files and users begin with.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.subject.prefix = prefix.into();
        self
    }

    /// That the server may be another machine: files and users are made there, and deleted.
    #[must_use]
    pub fn remote(mut self) -> Self {
        self.subject.is_remote_meant = true;
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
        let pace = Arc::new(Pace::of(self.subject.rate));
        let target = (Subject::Server, self.subject.url.clone());
        self.report(target, checks::all(), |chosen, seed, past| match self.look(&pace)? {
            Ok(target) => self.ask(chosen, &Arc::new(target), &pace, seed, past, watch),
            Err(why) => Ok(chosen.iter().map(|check| unfit(check, &why)).collect()),
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
        let address = Address::parse(&self.subject.url).map_err(|bad| match bad {
            BadLink::Https => CannotRun::Https { url: self.subject.url.clone() },
            BadLink::NotOne => CannotRun::BadUrl { url: self.subject.url.clone() },
        })?;
        if !address.is_loopback() && !self.subject.is_remote_meant {
            return Err(CannotRun::Remote { authority: address.authority });
        }
        Ok(Target {
            address,
            api_key: self.subject.api_key.clone(),
            other_api_key: self.subject.other_api_key.clone(),
            prefix: self.subject.prefix.clone(),
            is_remote_meant: self.subject.is_remote_meant,
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
        let timeout = self.timeout_option(TIMEOUT);
        let command = format!("assay conformance server --url {}{timeout}", self.subject.url);
        let patience = Patience { tries: 400, time: Duration::from_secs(60) };
        let plan = self.plan(seed, patience, (&command, ""));
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
