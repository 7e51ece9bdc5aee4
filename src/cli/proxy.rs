//! `assay proxy --upstream URL [-- CMD…]`: forwards to a real server, and checks both sides of the traffic.

use std::{ffi::OsString, net::SocketAddr, process::ExitCode};

use clap::{Args, CommandFactory, ValueHint};

use super::{
    Cli, Given,
    drift::Outputs,
    given::{log_sources, with_default},
    log, mistake,
    results::{Ending, Targets, conclude},
    run::{end_by_signals, not_run},
    say,
    serve::{cannot_announce, serve_until},
};
use crate::{
    config::{
        self, Config, DEFAULT_LISTEN, FilePath, HostPattern, Listen, LogSettings, NetworkSettings,
        ProxySettings, RuleFile, Settings, Switch,
    },
    fault::Fault,
    http::{self, HttpUrl},
    report::{Kind, Run, Stream},
    run::{self, Finished},
    server::{self, Server},
};

/// The options.
#[derive(Args)]
#[group(skip)]
#[command(
    mut_arg("fail_on", |arg| with_default(arg, "error")),
    after_help = "\
Example:  assay proxy --upstream https://staging.example.com --fail-on drift -- npm test

Forwards requests and answers unchanged, except for presigned URLs: they are rewritten to the proxy, which sends uploads \
to the host that the URL was signed for. Contacts only the upstream and these hosts.

CMD finds the proxy in ALLOY_BASE_URL and ASSAY_URL, and keeps its own ALLOY_API_KEY and ALLOY_USER_ID. Without CMD, the \
proxy runs until a signal ends it. At the end it reports what the client did wrong, and where the server differs from \
the document.

Exit codes: CMD's own if it fails; 1 for findings or differences, see --fail-on; 124 after --timeout; 127 if CMD cannot \
be started; 128 + n if signal n ended it; 2 for invalid options."
)]
pub(super) struct Options {
    #[command(flatten)]
    proxy: ProxySettings,
    /// Address to listen on; port 0 picks a free one [default: 127.0.0.1:7979, with CMD 127.0.0.1:0]
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<Listen>,
    /// OpenAPI 3.0 document to use instead of the built-in one; repeatable
    #[arg(long = "spec", value_name = "FILE", value_hint = ValueHint::FilePath)]
    specs: Vec<FilePath>,
    /// Fault rule, such as put:nth=1:error=SlowDown; repeatable, see `assay faults`
    #[arg(long = "fault", value_name = "RULE")]
    rules: Vec<Fault>,
    /// File of fault rules, in TOML or JSON
    #[arg(long = "faults", value_name = "FILE", value_hint = ValueHint::FilePath)]
    rule_file: Option<RuleFile>,
    #[command(flatten)]
    network: NetworkSettings,
    #[command(flatten)]
    log: LogSettings,
    /// Command to run, with its arguments
    #[arg(value_name = "CMD", trailing_var_arg = true)]
    words: Vec<OsString>,
}

impl From<Settings> for Options {
    // The file's faults are for the emulator.
    fn from(settings: Settings) -> Self {
        Self {
            proxy: ProxySettings::default(),
            listen: None,
            specs: settings.emulator.specs,
            rules: Vec::new(),
            rule_file: None,
            network: settings.emulator.network,
            log: settings.log,
            words: Vec::new(),
        }
    }
}

/// Forwards until CMD has ended, or a signal comes.
pub(super) fn run(given: &Given<Options>) -> anyhow::Result<ExitCode> {
    let (options, file) = match given.read() {
        Ok(read) => read,
        Err(error) => return Ok(mistake(error)),
    };
    let Some(upstream) = &options.proxy.upstream else {
        return Ok(mistake(
            "no server to forward to: give its URL, as in: assay proxy --upstream https://staging.example.com",
        ));
    };
    let url: HttpUrl = match upstream.0.parse() {
        Ok(url) => url,
        Err(error) => return Ok(mistake(format_args!("--upstream: invalid URL `{}`: {error}", upstream.0))),
    };
    if options.proxy.intercept.0 && options.words.is_empty() {
        return Ok(mistake(
            "--intercept needs a command: write it after `--`, as in: assay proxy --intercept --upstream URL -- npm test",
        ));
    }
    let outputs = match Outputs::open(&options.proxy.drift, &options.specs) {
        Ok(outputs) => outputs,
        Err(message) => return Ok(mistake(message)),
    };
    let targets = match Targets::open(&options.proxy.drift.reports, &Kind::OF_SUITES) {
        Ok(targets) => targets,
        Err(message) => return Ok(mistake(message)),
    };
    let has_command = !options.words.is_empty();
    log::start(&options.log, if has_command { log::BESIDE_A_COMMAND } else { log::OF_A_SERVER });
    log_sources(file.as_ref());
    if !options.log.quiet.0 {
        say(&format!("assay: forwarding to {}\n", url.origin));
    }
    let config = config(&options, has_command);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.enable_all().max_blocking_threads(server::BLOCKING_THREADS).build()?;
    let report = if has_command {
        match runtime.block_on(run::run(&config, command(&options))) {
            Ok(Finished { report, .. }) => {
                end_by_signals(&runtime)?;
                Ok(report)
            }
            Err(error) => Err(not_run(&error)),
        }
    } else {
        http::allow_many_files();
        let served = serve_until(&config, announce, std::future::pending());
        match runtime.block_on(served)? {
            Ok(records) => Ok(records.at_the_end()),
            Err(message) => Err(mistake(message)),
        }
    };
    runtime.shutdown_background();
    Ok(report.map_or_else(|code| code, |report| conclude_all(&options, report, outputs, targets)))
}

fn conclude_all(options: &Options, mut report: Run, outputs: Outputs, targets: Targets) -> ExitCode {
    let drift = &options.proxy.drift;
    report.ignore(|rule| drift.ignores(rule));
    outputs.write(&report);
    let ending = Ending {
        quiet: options.log.quiet.0,
        fail_on: drift.fail_on.findings.0,
        needs_requests: !options.words.is_empty() && !options.proxy.pass_with_no_requests.0,
        intercepted: options.proxy.intercept.0.then_some(&options.words),
        records: None,
    };
    conclude(&report, targets, &ending)
}

fn command(options: &Options) -> run::Command<'_> {
    run::Command {
        words: &options.words,
        hidden: Cli::command().find_subcommand("proxy").map(config::variables_of).unwrap_or_default(),
        timeout: options.proxy.timeout.as_ref().map(|timeout| timeout.0),
        intercept: options.proxy.intercept.0,
    }
}

/// Returns the settings of the proxy's server.
fn config(options: &Options, has_command: bool) -> Config {
    let usual = if has_command { "127.0.0.1:0" } else { DEFAULT_LISTEN };
    let mut network = options.network.clone();
    // A command behind the proxy still needs other hosts.
    if options.proxy.intercept.0 && network.allow_hosts.is_empty() {
        network.allow_hosts.push(HostPattern("*".to_owned()));
    }
    Config {
        listen: options.listen.clone().unwrap_or_else(|| Listen(usual.to_owned())),
        specs: options.specs.clone(),
        rules: options.rules.clone(),
        rule_file: options.rule_file.clone(),
        network,
        // Answers come back as they came.
        no_finding_header: Switch(true),
        proxy: Some(options.proxy.clone()),
        ..Config::default()
    }
}

/// Prints the line for scripts.
fn announce(address: SocketAddr, _server: &Server) -> Result<(), String> {
    if !address.ip().is_loopback() {
        tracing::warn!("{address} can be reached from other machines, and so can the upstream by way of it");
    }
    let line = format!("assay listening on http://{address}\n");
    Stream::stdout().write(line.as_bytes()).map_err(|error| cannot_announce(&error))
}
