//! `assay serve`: starts the emulator, prints its address, and ends it on a signal.

use std::{
    fmt::Write,
    io::{self, IsTerminal, Read},
    net::SocketAddr,
    process::ExitCode,
    sync::Arc,
};

use clap::Args;
use tokio::{net::TcpListener, sync::oneshot};

use super::{Given, given::log_sources, log, mistake, say};
use crate::{
    config::{Config, FilePath, LogSettings, ServeSettings, Settings},
    exchange::Operation,
    http,
    intercept::Interception,
    report::Stream,
    server::{self, Records, Server},
};

/// The options.
#[derive(Args)]
#[group(skip)]
#[command(after_help = "\
Example:  assay serve --listen 127.0.0.1:0 --api-key alice-key --fault put:nth=1:error=SlowDown

Options also come from the environment (ASSAY_URL_EXPIRY=10m is --url-expiry 10m) and from assay.toml (url_expiry = \
\"10m\"); an option takes precedence over the environment, and that over the file.

The journal keeps the last 10,000 exchanges or 32 MiB, whichever is less, and never a file's content; of the \
exchanges that are gone it keeps the first 1,000 findings.")]
pub(super) struct Options {
    #[command(flatten)]
    pub(super) emulator: Config,
    #[command(flatten)]
    serve: ServeSettings,
    #[command(flatten)]
    pub(super) log: LogSettings,
}

impl From<Settings> for Options {
    fn from(settings: Settings) -> Self {
        Self { emulator: settings.emulator, serve: settings.serve, log: settings.log }
    }
}

/// Runs the emulator until SIGINT or SIGTERM.
pub(super) fn run(given: &Given<Options>) -> anyhow::Result<ExitCode> {
    let read = given.read().and_then(|(mut options, file)| {
        given.complete(&mut options.emulator, file.as_ref())?;
        Ok((options, file))
    });
    let (options, file) = match read {
        Ok(read) => read,
        Err(error) => return Ok(mistake(error)),
    };
    log::start(&options.log, log::OF_A_SERVER);
    log_sources(file.as_ref());
    http::allow_many_files();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.enable_all().max_blocking_threads(server::BLOCKING_THREADS).build()?;
    let code = runtime.block_on(serve(&options));
    // Clients had the shutdown's grace period.
    runtime.shutdown_background();
    code
}

async fn serve(options: &Options) -> anyhow::Result<ExitCode> {
    let config = &options.emulator;
    let closed = stdin_closed(options.serve.until_stdin_closes.0)?;
    let announce = |address, server: &Server| {
        let interception = interception(options.serve.intercept_dir.as_ref(), server)?;
        announce(address, server.seed(), config).map_err(|error| cannot_announce(&error))?;
        Ok(interception)
    };
    let served = serve_until(config, announce, async {
        if closed.await.is_ok() {
            tracing::info!("standard input closed");
        } else {
            std::future::pending::<()>().await;
        }
    });
    Ok(match served.await? {
        Ok(_) => ExitCode::SUCCESS,
        Err(message) => mistake(message),
    })
}

/// Returns the message if the address cannot be printed.
pub(super) fn cannot_announce(error: &io::Error) -> String {
    format!("cannot write the address to standard output: {error}")
}

/// Serves until a signal comes or `ended` completes. Returns the records, or the user's mistake. The value that
/// `announce` returns is kept until then.
pub(super) async fn serve_until<K>(
    config: &Config,
    announce: impl FnOnce(SocketAddr, &Server) -> Result<K, String>,
    ended: impl Future<Output = ()>,
) -> anyhow::Result<Result<Arc<Records>, String>> {
    let listener = match TcpListener::bind(&config.listen.0).await {
        Ok(listener) => listener,
        Err(error) => return Ok(Err(cannot_listen(&config.listen.0, &error))),
    };
    let address = listener.local_addr()?;
    let server = match Server::new(config, address) {
        Ok(server) => server,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let results = server.results();
    let (stopper, stop) = http::stopper();
    let signals = Signals::listen()?;
    let _kept = match announce(address, &server) {
        Ok(kept) => kept,
        Err(message) => return Ok(Err(message)),
    };
    let serving = server::serve(server, listener, stop);
    tokio::pin!(serving);
    tokio::select! {
        () = &mut serving => return Ok(Ok(results)),
        () = signals.any() => {}
        () = ended => {}
    }
    stopper.stop();
    serving.await;
    Ok(Ok(results))
}

/// Writes the files of `--intercept-dir`.
fn interception(folder: Option<&FilePath>, server: &Server) -> Result<Option<Interception>, String> {
    let Some(FilePath(folder)) = folder else { return Ok(None) };
    let cannot = |error: &dyn std::error::Error| {
        format!("--intercept-dir: cannot make `{}`: {error}; name a new directory", folder.display())
    };
    let made = server.intercept(Some(folder)).map_err(|error| cannot(&error))?;
    made.save_environment().map_err(|error| cannot(&error))?;
    Ok(Some(made))
}

/// Returns a channel that gets a value once standard input closes, where that is wanted.
///
/// A terminal is not read: that would stop a program in the background. Use Ctrl-C there.
fn stdin_closed(is_wanted: bool) -> io::Result<oneshot::Receiver<()>> {
    let (closed, receiver) = oneshot::channel();
    if is_wanted && !io::stdin().is_terminal() {
        // A detached thread: a read from a pipe cannot be interrupted.
        std::thread::Builder::new().name("stdin".to_owned()).spawn(move || {
            let mut buffer = [0; 4096];
            let mut stdin = io::stdin().lock();
            loop {
                match stdin.read(&mut buffer) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Ok(0) | Err(_) => break,
                    Ok(_) => {}
                }
            }
            let _ = closed.send(());
        })?;
    }
    Ok(receiver)
}

/// Returns why an address cannot be listened on, and how to fix it.
pub(super) fn cannot_listen(address: &str, error: &io::Error) -> String {
    let fix = match error.kind() {
        io::ErrorKind::AddrInUse => "choose another port, or port 0 for a free one",
        io::ErrorKind::PermissionDenied => "choose a port from 1024",
        _ => "give an address of this machine, such as 127.0.0.1:7979",
    };
    format!("--listen: cannot listen on {address}: {error}; {fix}")
}

/// Prints the line for scripts, and a summary on a terminal.
fn announce(address: SocketAddr, seed: u64, config: &Config) -> io::Result<()> {
    Stream::stdout().write(format!("assay listening on http://{address}\n").as_bytes())?;
    tracing::info!(seed, "started");
    if !address.ip().is_loopback() {
        tracing::warn!("{address} can be reached from other machines, and so can the control API");
    }
    if io::stderr().is_terminal() {
        say(&banner(&server::base_url(address), seed, config));
    }
    Ok(())
}

/// Returns the summary for a terminal: the page, variables to paste, settings, how to stop.
fn banner(url: &str, seed: u64, config: &Config) -> String {
    let joined = |names: Vec<String>| Some(names.join(", ")).filter(|names| !names.is_empty());
    let specs = config.specs.iter().map(|file| file.0.display().to_string()).collect();
    let scenarios = config.scenarios.iter().map(ToString::to_string).collect();
    let of_file = config.rule_file.iter().flat_map(|file| &file.0);
    let faults = config.rules.iter().chain(of_file).map(ToString::to_string).collect();
    let defects = config.defects.iter().map(|defect| defect.id.to_owned()).collect();
    // Configured keys are not shown.
    let key = if config.api_keys.is_empty() { " ALLOY_API_KEY=any-key" } else { "" };
    let mut text = String::from("\n");
    for (operation, (method, path)) in Operation::ALL.into_iter().filter_map(|one| Some((one, one.route()?)))
    {
        // Writing into memory cannot fail.
        let _ = writeln!(text, "  {operation:<12} {:<6} {path}", method.as_str());
    }
    for (name, value) in [
        ("Address", Some(url.to_owned())),
        ("Inspector", Some(format!("{url}/_assay/"))),
        ("Environment", Some(format!("export ALLOY_BASE_URL={url}{key}"))),
        ("Spec", joined(specs)),
        ("Scenarios", joined(scenarios)),
        ("Faults", joined(faults)),
        ("Defects", joined(defects)),
        ("Seed", Some(seed.to_string())),
        ("Stop", Some("Ctrl-C".to_owned())),
    ] {
        if let Some(value) = value {
            let gap = if name == "Address" { "\n" } else { "" };
            let _ = writeln!(text, "{gap}  {name:<12} {value}");
        }
    }
    text + "\n"
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

/// Ctrl-C, for systems without signals.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banner_has_what_there_is_to_know() {
        let url = "http://127.0.0.1:7979";
        let usual = banner(url, 7, &Config::default());
        let line = |name: &str| usual.lines().find(|line| line.trim_start().starts_with(name)).map(str::trim);
        assert_eq!(line("Inspector"), Some("Inspector    http://127.0.0.1:7979/_assay/"));
        assert_eq!(
            line("Environment"),
            Some("Environment  export ALLOY_BASE_URL=http://127.0.0.1:7979 ALLOY_API_KEY=any-key")
        );
        assert_eq!((line("Seed"), line("Stop")), (Some("Seed         7"), Some("Stop         Ctrl-C")));
        assert_eq!(
            (line("Faults"), line("Scenarios"), line("Defects"), line("Spec")),
            (None, None, None, None)
        );
        assert!(usual.contains("presign      POST   /connectors/files/upload/request"), "{usual}");
        let config = Config {
            rules: vec!["put:nth=1:error=SlowDown".parse().unwrap()],
            api_keys: vec!["alice-key".parse().unwrap()],
            ..Config::default()
        };
        let set = banner(url, 7, &config);
        assert!(
            set.contains("  Faults       put:nth=1:error=SlowDown\n") && !set.contains("alice-key"),
            "{set}"
        );
    }
}
