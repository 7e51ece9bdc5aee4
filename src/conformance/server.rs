//! The suite for servers, as the command line and tests set it up and run it.

use std::{fmt, path::PathBuf, rc::Rc, sync::Arc, time::Duration};

use super::{
    CannotRun, Description, Progress,
    checks::{self, ServerCheck},
    runner::{self, Past, Patience},
    shell,
    suite::Suite,
    target::{self, Bench, Offers, Target, Unfit},
    wire::{Pace, Wire},
};
use crate::{
    contract::Contract,
    exchange::Chance,
    http::Connector,
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
    ca: Option<PathBuf>,
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
        ca: None,
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

    /// Trusts the certificates of a PEM file, beside the system's roots: for an `https` server with an authority of its
    /// own.
    #[must_use]
    pub fn ca(mut self, file: impl Into<PathBuf>) -> Self {
        self.subject.ca = Some(file.into());
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
        let connector =
            self.subject.ca.as_deref().map_or_else(|| Ok(Connector::default()), Connector::trusting)?;
        let connector = Arc::new(connector);
        let wire = || Wire::new(Arc::clone(&connector), self.timeout, Arc::clone(&pace));
        let target = (Subject::Server, self.subject.url.clone());
        self.report(target, checks::all(), |chosen, seed, past| match self.look(&wire)? {
            Ok(target) => self.ask(chosen, &Arc::new(target), &wire, seed, past, watch),
            Err(why) => Ok(chosen.iter().map(|check| unfit(check, &why)).collect()),
        })
    }

    /// Looks at the server: what it offers, or why nothing can be asked of it.
    fn look(&self, wire: &dyn Fn() -> Rc<Wire>) -> Result<Result<Target, String>, CannotRun> {
        let mut target = self.target()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        match runtime.block_on(target.look(&wire())) {
            Ok(()) => Ok(Ok(target)),
            Err(Unfit::WrongKey) => Err(CannotRun::WrongKey),
            Err(Unfit::WrongOtherKey) => Err(CannotRun::WrongOtherKey),
            Err(Unfit::Broken(why)) => Ok(Err(why)),
        }
    }

    fn target(&self) -> Result<Target, CannotRun> {
        let bad = |_| CannotRun::BadUrl { url: self.subject.url.clone() };
        let (origin, base_path) = target::base(&self.subject.url).map_err(bad)?;
        if !origin.is_loopback() && !self.subject.is_remote_meant {
            return Err(CannotRun::Remote { authority: origin.authority().to_owned() });
        }
        Ok(Target {
            origin,
            base_path,
            ca: self.subject.ca.clone(),
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
        wire: &(dyn Fn() -> Rc<Wire> + Sync),
        seed: u64,
        past: &Past,
        watch: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<Vec<CheckResult>, CannotRun> {
        let chosen: Vec<ServerCheck> = chosen.into_iter().map(|check| check.at(&target.offers)).collect();
        let timeout = self.timeout_option(TIMEOUT);
        let ca = self.subject.ca.as_ref().map(|ca| format!(" --ca {}", shell::quoted(&ca.to_string_lossy())));
        let ca = ca.unwrap_or_default();
        let command = format!("assay conformance server --url {}{ca}{timeout}", self.subject.url);
        let patience = Patience { tries: 400, time: Duration::from_secs(60) };
        let plan = self.plan(seed, patience, (&command, ""));
        let bench =
            async || -> Result<Bench, CannotRun> { Ok(Bench { target: Arc::clone(target), wire: wire() }) };
        runner::run(&chosen, &bench, &plan, past, watch)
    }
}

/// A check of a server of which nothing can be asked.
fn unfit(check: &ServerCheck, why: &str) -> CheckResult {
    CheckResult { status: Status::Error, reason: Some(why.to_owned()), ..check.result() }
}
