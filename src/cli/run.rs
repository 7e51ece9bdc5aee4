//! `assay run -- CMD…`: runs a command against a new emulator, and reports what it did wrong.

use std::{ffi::OsString, process::ExitCode};

use clap::{Args, CommandFactory};

use super::{
    Cli, Given,
    given::log_sources,
    log, mistake,
    results::{Ending, Targets, conclude},
    serve,
};
use crate::{
    config::{self, Config, HostPattern, Listen, LogSettings, RunSettings, Settings},
    report::Kind,
    run::{self, Finished, RunError},
    server,
};

/// Exit code if the command cannot be started, as of shells.
const CANNOT_START: u8 = 127;

/// Options of `serve`, and of reports.
#[derive(Args)]
#[group(skip)]
#[command(
    after_help = "\
Example:  assay run --report junit=assay.xml -- npm test

CMD's environment has ALLOY_BASE_URL, ALLOY_API_KEY, ALLOY_USER_ID and ASSAY_URL, without variables that set options \
of this command. CMD keeps its stdin, stdout and stderr. While it runs, only warnings are logged to stderr, or with -v a \
line for each exchange. The findings follow when CMD has ended.

Exit codes: CMD's own if it fails; 1 if it succeeds, but its requests broke the contract or it sent none; 124 after \
--timeout; 127 if CMD cannot be started; 128 + n if signal n ended it; 2 for invalid options.",
    mut_arg("listen", |arg| arg.help("Address to listen on; port 0 picks a free one [default: 127.0.0.1:0]")),
    mut_arg("quiet", |arg| arg.help("Log only errors, and print no summary without findings")),
    mut_arg("verbose", |arg| arg.help("Log a line for each exchange")),
)]
pub(super) struct Options {
    #[command(flatten)]
    emulator: Config,
    #[command(flatten)]
    run: RunSettings,
    #[command(flatten)]
    log: LogSettings,
    /// Command to run, with its arguments
    #[arg(value_name = "CMD", trailing_var_arg = true)]
    words: Vec<OsString>,
}

impl From<Settings> for Options {
    fn from(settings: Settings) -> Self {
        // The file's address is for `serve`, which may be running.
        let emulator = Config { listen: Listen("127.0.0.1:0".to_owned()), ..settings.emulator };
        Self { emulator, run: settings.run, log: settings.log, words: Vec::new() }
    }
}

/// Runs the command to its end.
pub(super) fn run(given: &Given<Options>) -> anyhow::Result<ExitCode> {
    let read = given.read().and_then(|(mut options, file)| {
        given.complete(&mut options.emulator, file.as_ref())?;
        Ok((options, file))
    });
    let (mut options, file) = match read {
        Ok(read) => read,
        Err(error) => return Ok(mistake(error)),
    };
    if options.words.is_empty() {
        return Ok(mistake("no command to run: write it after `--`, as in: assay run -- npm test"));
    }
    // A command behind the proxy still needs other hosts.
    if options.run.intercept.0 && options.emulator.network.allow_hosts.is_empty() {
        options.emulator.network.allow_hosts.push(HostPattern("*".to_owned()));
    }
    let targets = match Targets::open(&options.run.reports, &Kind::ALL) {
        Ok(targets) => targets,
        Err(message) => return Ok(mistake(message)),
    };
    log::start(&options.log, log::BESIDE_A_COMMAND);
    log_sources(file.as_ref());
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.enable_all().max_blocking_threads(server::BLOCKING_THREADS).build()?;
    let command = run::Command {
        words: &options.words,
        // They may hold keys, or change an `assay` that the command starts.
        hidden: Cli::command().find_subcommand("run").map(config::variables_of).unwrap_or_default(),
        timeout: options.run.timeout.as_ref().map(|timeout| timeout.0),
        intercept: options.run.intercept.0,
    };
    let finished = runtime.block_on(run::run(&options.emulator, command));
    let code = match finished {
        Ok(finished) => {
            end_by_signals(&runtime)?;
            let Finished { mut report, records, .. } = finished;
            report.ignore(|rule| options.run.ignores(rule));
            let ending = Ending {
                quiet: options.log.quiet.0,
                fail_on: options.run.fail_on.0,
                needs_requests: !options.run.pass_with_no_requests.0,
                intercepted: options.run.intercept.0.then_some(&options.words),
                records: Some(&records),
            };
            conclude(&report, targets, &ending)
        }
        Err(error) => not_run(&error),
    };
    runtime.shutdown_background();
    Ok(code)
}

/// Lets signals end this process from now on: a reader of the report may never finish.
pub(super) fn end_by_signals(runtime: &tokio::runtime::Runtime) -> std::io::Result<()> {
    let _inside = runtime.enter();
    let interruption = run::interruption()?;
    runtime.spawn(async { std::process::exit(interruption.await.into()) });
    Ok(())
}

pub(super) fn not_run(error: &RunError) -> ExitCode {
    match error {
        RunError::Listen { address, source } => mistake(serve::cannot_listen(address, source)),
        RunError::Start { .. } => {
            mistake(error);
            ExitCode::from(CANNOT_START)
        }
        RunError::SetUp(_) | RunError::Intercept(_) | RunError::System(_) => mistake(error),
    }
}
