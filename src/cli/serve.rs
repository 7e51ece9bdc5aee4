//! `assay serve`: starts the emulator, says where it is, and ends it when asked to.

use std::{
    io::{IsTerminal, Write},
    net::SocketAddr,
    process::ExitCode,
};

use clap::Args;
use tokio::net::TcpListener;

use super::{log, mistake, network, settings};
use crate::{
    config::{Config, Setting},
    exchange::Operation,
    http,
    server::{self, Server},
};

/// The options, as text: `config` reads them, so that a mistake can be named by where it was made.
#[derive(Args)]
#[command(after_help = "\
The journal keeps the last 10,000 exchanges or 32 MiB, whichever is less, and never a file's content;
of what was found wrong with those that are gone, the first 1,000 findings.")]
pub(super) struct Options {
    /// What a team has set, below flags and environment [default: assay.toml, where it is there]
    #[arg(long, value_name = "FILE", env = "ASSAY_CONFIG", hide_env_values = true)]
    config: Option<String>,
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:7979]
    #[arg(long, value_name = "ADDR:PORT", env = "ASSAY_LISTEN", hide_env_values = true)]
    listen: Option<String>,
    /// An OpenAPI 3.0 document in place of the built-in, or a page that has one; repeatable
    #[arg(long, value_name = "FILE", env = "ASSAY_SPEC", hide_env_values = true)]
    spec: Vec<String>,
    /// A key that is good, with the user it is by itself; repeatable [default: any key is good]
    #[arg(long, value_name = "KEY[=USER_ID]", env = "ASSAY_API_KEY", hide_env_values = true)]
    api_key: Vec<String>,
    /// What presigned URLs begin with [default: what the request's Host says]
    #[arg(long, value_name = "URL", env = "ASSAY_PUBLIC_URL", hide_env_values = true)]
    public_url: Option<String>,
    /// A further host name under which the control side answers; repeatable
    #[arg(long, value_name = "NAME", env = "ASSAY_CONTROL_HOST", hide_env_values = true)]
    control_host: Vec<String>,
    #[command(flatten)]
    network: network::Options,
    /// How long a presigned URL lives [default: 1h]
    #[arg(
        long,
        value_name = "DURATION",
        env = "ASSAY_URL_EXPIRY",
        hide_env_values = true,
        allow_hyphen_values = true
    )]
    url_expiry: Option<String>,
    /// The largest upload [default: 5GiB]
    #[arg(
        long,
        value_name = "SIZE",
        env = "ASSAY_MAX_OBJECT_SIZE",
        hide_env_values = true,
        allow_hyphen_values = true
    )]
    max_object_size: Option<String>,
    /// Uploads above it go to a temporary file [default: 8MiB]
    #[arg(
        long,
        value_name = "SIZE",
        env = "ASSAY_SPILL_OVER",
        hide_env_values = true,
        allow_hyphen_values = true
    )]
    spill_over: Option<String>,
    /// How long an upload may send nothing, in real time [default: 20s]
    #[arg(
        long,
        value_name = "DURATION",
        env = "ASSAY_IDLE_TIMEOUT",
        hide_env_values = true,
        allow_hyphen_values = true
    )]
    idle_timeout: Option<String>,
    /// What counts as a duplicate: user, key or off [default: user]
    #[arg(long, value_name = "SCOPE", env = "ASSAY_DEDUP", hide_env_values = true)]
    dedup: Option<String>,
    /// Let presigned URLs sign content-type too
    #[arg(long, env = "ASSAY_SIGN_CONTENT_TYPE", hide_env_values = true,
          num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    sign_content_type: Option<String>,
    /// An origin whose web pages may upload, * for every one, off for none; repeatable [default: *]
    #[arg(long, value_name = "ORIGIN|*|off", env = "ASSAY_CORS", hide_env_values = true)]
    cors: Vec<String>,
    /// The region that presigned URLs are signed for [default: us-east-1]
    #[arg(long, value_name = "NAME", env = "ASSAY_REGION", hide_env_values = true)]
    region: Option<String>,
    /// What presigned URLs are signed with [default: AWS's documented example]
    #[arg(long, value_name = "ID", env = "ASSAY_ACCESS_KEY_ID", hide_env_values = true)]
    access_key_id: Option<String>,
    /// Its secret [default: AWS's documented example]
    #[arg(long, value_name = "KEY", env = "ASSAY_SECRET_ACCESS_KEY", hide_env_values = true)]
    secret_access_key: Option<String>,
    /// What goes wrong, such as put:nth=1:error=SlowDown; repeatable, see `assay faults`
    #[arg(long, value_name = "RULE")]
    fault: Vec<String>,
    /// Rules of what goes wrong, in TOML or JSON
    #[arg(long, value_name = "FILE", env = "ASSAY_FAULTS", hide_env_values = true)]
    faults: Option<String>,
    /// What goes wrong, by a name that `assay faults` lists; repeatable
    #[arg(long, value_name = "NAME", env = "ASSAY_SCENARIO", hide_env_values = true)]
    scenario: Vec<String>,
    /// Be wrong in a way that the README lists, to prove that tests notice; repeatable
    #[arg(long, value_name = "NAME")]
    defect: Vec<String>,
    /// The seed of all chance in the program [default: random, and logged]
    #[arg(long, value_name = "N", env = "ASSAY_SEED", hide_env_values = true, allow_hyphen_values = true)]
    seed: Option<String>,
    /// How to log to stderr, a line an exchange: text or json [default: text]
    #[arg(long, value_name = "FORMAT", env = "ASSAY_LOG", hide_env_values = true)]
    log: Option<String>,
    /// Log warnings and errors alone
    #[arg(short, long, env = "ASSAY_QUIET", hide_env_values = true,
          num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    quiet: Option<String>,
    /// Log more
    #[arg(short, long, env = "ASSAY_VERBOSE", hide_env_values = true,
          num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    verbose: Option<String>,
}

/// Runs the emulator until SIGINT or SIGTERM.
pub(super) fn run(settings: &[Setting]) -> anyhow::Result<ExitCode> {
    let (config, file) = match settings::read(settings) {
        Ok(read) => read,
        Err(error) => return Ok(mistake(error)),
    };
    log::start(config.logging, log::OF_A_SERVER);
    settings::tell(file.as_ref());
    http::allow_many_files();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.enable_all().max_blocking_threads(server::BLOCKING_THREADS).build()?;
    let code = runtime.block_on(serve(&config));
    // Whoever is still connected now had the grace of the shutdown.
    runtime.shutdown_background();
    code
}

async fn serve(config: &Config) -> anyhow::Result<ExitCode> {
    let listener = match TcpListener::bind(&config.listen).await {
        Ok(listener) => listener,
        Err(error) => return Ok(mistake(cannot_listen(&config.listen, &error))),
    };
    let address = listener.local_addr()?;
    let server = match Server::new(config, address) {
        Ok(server) => server,
        Err(error) => return Ok(mistake(error)),
    };
    let (stopper, stop) = http::stopper();
    let signals = Signals::listen()?;
    if let Err(error) = announce(address, server.seed(), config.api_keys.is_empty()) {
        return Ok(mistake(format_args!("where it listens cannot be written to standard output: {error}")));
    }
    let serving = server::serve(server, listener, stop);
    tokio::pin!(serving);
    tokio::select! {
        () = &mut serving => {}
        () = signals.any() => {
            stopper.stop();
            serving.await;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Why an address cannot be listened on, and what to do.
pub(super) fn cannot_listen(address: &str, error: &std::io::Error) -> String {
    let remedy = match error.kind() {
        std::io::ErrorKind::AddrInUse => "choose another port, or port 0 for a free one",
        std::io::ErrorKind::PermissionDenied => "choose a port from 1024 on",
        _ => "give an address of this machine, such as 127.0.0.1:7979",
    };
    format!("--listen: cannot listen on {address}: {error}; {remedy}")
}

/// The one line on stdout, which scripts wait for; and for people, what to paste into a shell.
fn announce(address: SocketAddr, seed: u64, any_key: bool) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "assay listening on http://{address}")?;
    stdout.flush()?;
    tracing::info!(seed, "started");
    if !address.ip().is_loopback() {
        tracing::warn!("{address} can be reached from other machines, and so can the control side");
    }
    let mut stderr = std::io::stderr();
    if stderr.is_terminal() {
        for operation in Operation::ALL {
            if let Some((method, path)) = operation.route() {
                writeln!(stderr, "  {operation:<12} {method:<6} {path}")?;
            }
        }
        // Keys that were chosen are not shown.
        let key = if any_key { " ALLOY_API_KEY=any-key" } else { "" };
        writeln!(stderr, "\n  export ALLOY_BASE_URL={}{key}\n", server::base_url(address))?;
    }
    Ok(())
}

/// The signals that end the program.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// From here on they are ours.
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(Self { interrupt, terminate })
    }

    async fn any(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Ctrl-C, where there are no signals.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn any(self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
