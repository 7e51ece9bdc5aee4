//! Runs a command against a new emulator, and reports on its requests. `cli` calls it for `assay run`.

mod child;
#[cfg(unix)]
mod processes;
mod signals;

use std::{collections::HashSet, ffi::OsString, io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::net::TcpListener;

use crate::{
    config::Config,
    files::ApiKey,
    http,
    report::Run,
    server::{self, InterceptError, Records, Server, SetUpError},
};

pub use signals::interruption;

use child::Child;
use signals::Signals;

/// A run that is over.
#[derive(Debug)]
pub struct Finished {
    /// Report on its requests.
    pub report: Run,
    /// Records of its exchanges.
    pub records: Arc<Records>,
}

/// Why a command was not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The emulator's address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: String,
        /// The system's error.
        source: io::Error,
    },
    /// The emulator cannot be set up.
    #[error(transparent)]
    SetUp(#[from] SetUpError),
    /// The command's connections cannot be led to the emulator.
    #[error(transparent)]
    Intercept(#[from] InterceptError),
    /// The command is not there, say.
    #[error(
        "`{command}` cannot be started: {source}; check its name, and give its words one by one, as in `assay run -- npm test`"
    )]
    Start {
        /// Its first word.
        command: String,
        /// The system's error.
        source: io::Error,
    },
    /// The system gives no socket, or no word of signals or processes.
    #[error("the system does not do its part: {0}")]
    System(#[from] io::Error),
}

/// A command to run.
#[derive(Debug)]
pub struct Command<'a> {
    /// Its words.
    pub words: &'a [OsString],
    /// Our variables, which the command does not get.
    pub hidden: HashSet<OsString>,
    /// Time limit in real time.
    pub timeout: Option<Duration>,
    /// Whether its connections to the intercepted hosts are led to the emulator.
    pub intercept: bool,
}

/// Runs a command to its end.
///
/// # Errors
///
/// [`RunError`] where it does not start.
pub async fn run(config: &Config, command: Command<'_>) -> Result<Finished, RunError> {
    let listen = |source| RunError::Listen { address: config.listen.0.clone(), source };
    let listener = TcpListener::bind(&config.listen.0).await.map_err(listen)?;
    let address = listener.local_addr()?;
    let server = Server::new(config, address)?;
    tracing::info!(seed = server.seed(), "the emulator listens on http://{address}");
    if !address.ip().is_loopback() {
        tracing::warn!("{address} can be reached from other machines, and so can the control API");
    }
    let results = server.results();
    let mut environment = environment(config, address);
    let interception = command.intercept.then(|| server.intercept(None)).transpose()?;
    if let Some(interception) = &interception {
        environment.extend(interception.environment()?);
    }
    let mut signals = Signals::listen()?;
    let (stopper, stop) = http::stopper();
    let serving = tokio::spawn(server::serve(server, listener, stop));
    #[cfg(unix)]
    if command.timeout.is_some() {
        processes::adopt_orphans();
    }
    let mut child = Child::start(&command, environment)?;
    // Only now: the command has the limits that it would have without us.
    http::allow_many_files();
    let ended = child.attend(&mut signals, command.timeout).await?;
    // Exchanges under way have the grace of the shutdown.
    stopper.stop();
    // A panic has printed its message, and the journal has the exchanges.
    let _ = serving.await;
    let mut report = results.at_the_end();
    report.ended = Some(ended);
    Ok(Finished { report, records: results })
}

/// Returns the variables that the command gets.
fn environment(config: &Config, address: SocketAddr) -> Vec<(&'static str, OsString)> {
    let url = server::base_url(address);
    let mut variables = vec![("ALLOY_BASE_URL", url.clone().into()), ("ASSAY_URL", url.into())];
    // A real server takes a real key: the one that is there.
    if config.proxy.is_none() || std::env::var_os("ALLOY_API_KEY").is_none() {
        let ApiKey { key, user } = config.client_key();
        variables.extend([("ALLOY_API_KEY", key.into()), ("ALLOY_USER_ID", user.to_string().into())]);
    }
    variables
}
