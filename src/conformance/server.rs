//! The suite for servers, as the command line and tests set it up and run it.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use super::{
    CannotRun, Description, Progress, checks,
    runner::{self, Plan},
    shell,
    suite::Suite,
    target::{self, Harness, Offers, Target, Unfit},
    wire::{Pace, Wire},
};
use crate::{
    contract::Contract,
    exchange::Rng,
    http::Connector,
    report::{CheckResult, Conformance, Status, Subject},
};

/// Default limit on the time for an answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A suite for one server.
pub type Server = Suite<ForServer>;

/// The settings of a suite for a server.
#[derive(Clone, PartialEq, Eq)]
pub struct ForServer {
    url: String,
    api_key: String,
    other_api_key: Option<String>,
    rate: Option<u32>,
    prefix: String,
    allows_remote: bool,
    ca: Option<PathBuf>,
}

/// Creates the suite for the server with this base URL of its API.
///
/// [`Server::run`] blocks: in an async test, wrap it in `spawn_blocking`.
pub fn server(url: impl Into<String>) -> Server {
    let subject = ForServer {
        url: url.into(),
        api_key: "assay-conformance".to_owned(),
        other_api_key: None,
        rate: None,
        prefix: "assay-".to_owned(),
        allows_remote: false,
        ca: None,
    };
    Suite::new(subject, 100, TIMEOUT)
}

/// Returns all checks of the suite for servers, in its order.
pub fn server_checks() -> impl Iterator<Item = Description> {
    checks::all().into_iter().map(|check| check.description)
}

/// Shows no API key.
impl fmt::Debug for ForServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForServer").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Server {
    /// Sets the API key of the account in which users are created.
    #[must_use]
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.subject.api_key = key.into();
        self
    }

    /// Sets the API key of a second account.
    #[must_use]
    pub fn other_api_key(mut self, key: impl Into<String>) -> Self {
        self.subject.other_api_key = Some(key.into());
        self
    }

    /// Limits the number of requests per second.
    #[must_use]
    pub fn rate(mut self, requests: u32) -> Self {
        self.subject.rate = Some(requests);
        self
    }

    /// Sets the prefix of the names of all files and users.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.subject.prefix = prefix.into();
        self
    }

    /// Allows a server on another machine, where files and users are created and deleted.
    #[must_use]
    pub fn remote(mut self) -> Self {
        self.subject.allows_remote = true;
        self
    }

    /// Trusts the certificates of a PEM file in addition to the system's roots, for an `https` server.
    #[must_use]
    pub fn ca(mut self, file: impl Into<PathBuf>) -> Self {
        self.subject.ca = Some(file.into());
        self
    }

    /// Runs the suite; blocks until it is over.
    ///
    /// # Errors
    ///
    /// [`CannotRun`] if it cannot begin.
    pub fn run(&self) -> Result<Conformance, CannotRun> {
        self.run_watched(&|_| {})
    }

    /// Runs the suite, and reports its progress to `watch` from several threads.
    ///
    /// # Errors
    ///
    /// [`CannotRun`] if it cannot begin.
    pub fn run_watched(&self, watch: &(dyn Fn(Progress<'_>) + Sync)) -> Result<Conformance, CannotRun> {
        let pace = Arc::new(Pace::of(self.subject.rate));
        let ca = self.subject.ca.as_deref();
        let connector = Arc::new(ca.map_or_else(|| Ok(Connector::default()), Connector::trusting)?.prompt());
        let wire = || Wire::new(Arc::clone(&connector), self.timeout, Arc::clone(&pace));
        self.report((Subject::Server, self.subject.url.clone()), checks::all(), watch, |checks, plan| {
            let mut target = self.target()?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            match runtime.block_on(target.probe(&wire())) {
                Ok(()) => {}
                Err(Unfit::CannotRun(why)) => return Err(why),
                Err(Unfit::Broken(why)) => {
                    let unfit = checks.iter().map(|check| CheckResult {
                        status: Status::Error,
                        reason: Some(why.clone()),
                        ..check.result()
                    });
                    return Ok(unfit.collect());
                }
            }
            let checks: Vec<_> = checks.into_iter().map(|check| check.at(&target)).collect();
            let target = Arc::new(target);
            let harness = async || -> Result<Harness, CannotRun> {
                Ok(Harness { target: Arc::clone(&target), wire: wire() })
            };
            let timeout = self.timeout_option(TIMEOUT);
            let ca =
                ca.map(|ca| format!(" --ca {}", shell::quoted(&ca.to_string_lossy()))).unwrap_or_default();
            let command = format!("assay conformance server --url {}{ca}{timeout}", self.subject.url);
            runner::run(&checks, &harness, &Plan { command: (command, String::new()), ..plan })
        })
    }

    fn target(&self) -> Result<Target, CannotRun> {
        let ForServer { url, api_key, other_api_key, prefix, allows_remote, ca, .. } = self.subject.clone();
        let base = target::base(&url).map_err(|_| CannotRun::BadUrl(url))?;
        if !base.origin.is_loopback() && !allows_remote {
            return Err(CannotRun::Remote(base.origin.authority().to_owned()));
        }
        Ok(Target {
            base,
            api_key,
            other_api_key,
            prefix,
            allows_remote,
            ca,
            run: format!("{:08x}", Rng::random_seed() >> 32),
            contract: Contract::built_in()?,
            offers: Offers::default(),
            has_user_by_key: false,
        })
    }
}
