//! `assay run -- CMD…`: runs a command against an emulator of its own, and reports what it did wrong.

use std::{ffi::OsString, process::ExitCode};

use clap::{Args, CommandFactory};

use super::{
    Cli, Given, USAGE,
    given::log_sources,
    log, mistake,
    results::{Targets, for_github},
    say, serve,
};
use crate::{
    config::{self, Config, HostPattern, Listen, LogSettings, RunSettings, Settings},
    intercept,
    journal::Query,
    report::{Kind, Report as _, har, html},
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
of this command. CMD keeps its stdin, stdout and stderr. Findings are reported on stderr when CMD has ended. Before \
that, only warnings are logged, or with -v a line for each exchange.

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
        // The file's address is the team's for `serve`, which may well be running.
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
    // A command that is led through the proxy is not to lose the rest of the world.
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
        // Beside keys that are not the command's, they may be settings of an `assay` that it runs.
        hidden: Cli::command().find_subcommand("run").map(config::variables_of).unwrap_or_default(),
        timeout: options.run.timeout.as_ref().map(|timeout| timeout.0),
        intercept: options.run.intercept.0,
    };
    let finished = runtime.block_on(run::run(&options.emulator, command));
    let code = match finished {
        Ok(finished) => {
            end_by_signals(&runtime)?;
            conclude(&options, finished, targets)
        }
        Err(error) => not_run(&error),
    };
    runtime.shutdown_background();
    Ok(code)
}

/// Whoever reads a report may take for ever. The signals are no longer the command's, and end us.
fn end_by_signals(runtime: &tokio::runtime::Runtime) -> std::io::Result<()> {
    let _inside = runtime.enter();
    let interruption = run::interruption()?;
    runtime.spawn(async { std::process::exit(interruption.await.into()) });
    Ok(())
}

fn not_run(error: &RunError) -> ExitCode {
    match error {
        RunError::Listen { address, source } => mistake(serve::cannot_listen(address, source)),
        RunError::Start { .. } => {
            mistake(error);
            ExitCode::from(CANNOT_START)
        }
        RunError::SetUp(_) | RunError::Intercept(_) | RunError::System(_) => mistake(error),
    }
}

/// Reports the results wherever they were asked for.
fn conclude(options: &Options, finished: Finished, targets: Targets) -> ExitCode {
    let Finished { ended, mut report, records } = finished;
    report.ignore(|rule| options.run.ignores(rule));
    let fail_on = options.run.fail_on.0;
    let is_unused = report.exchanges == 0 && report.resets == 0 && !options.run.pass_with_no_requests.0;
    let code = match ended.exit_code(&report, fail_on) {
        0 if is_unused => 1,
        code => code,
    };
    let mut text = String::new();
    if !(options.log.quiet.0 && report.is_clean()) {
        if !report.findings.is_empty() || !report.is_clean() {
            // CMD may have left its last line open.
            text.push('\n');
        }
        text.push_str(&report.text(log::has_colours(&std::io::stderr()), fail_on));
    }
    if !ended.is_success() {
        text.extend(["assay: ", &ended.to_string(), "\n"]);
    } else if report.has_findings(fail_on) {
        text.push_str(
            "assay: the command succeeded, but its requests broke the contract: exit code 1 (see --fail-on)\n",
        );
    } else if report.fails(fail_on) {
        text.push_str("assay: the command succeeded, but an expected finding did not come: exit code 1\n");
    } else if code != 0 {
        let why = if options.run.intercept.0 {
            ""
        } else {
            " Does it read ALLOY_BASE_URL, or is its base URL written in (then add --intercept)?"
        };
        text.extend(["assay: the command succeeded, but sent no request to the emulator: exit code 1.", why]);
        text.push_str(" Where no request is right, add --pass-with-no-requests\n");
    }
    if is_unused && options.run.intercept.0 {
        let why = intercept::unreached(&options.words).unwrap_or(
            "its runtime may ignore the proxy variables, or have root certificates of its own: docs/https.md lists what \
             each runtime needs",
        );
        text.extend(["assay: no connection of the command reached the emulator: ", why, "\n"]);
    }
    text.push_str(&for_github(&report, fail_on));
    say(&text);
    let journal = records.journal();
    let exchanges = || journal.exchanges(&Query::default());
    let all_written = targets.write(|kind| match kind {
        Kind::Har => har(&exchanges()),
        Kind::Html => html(&report, &exchanges(), &journal.labels.all(None)),
        kind => kind.of(&report, fail_on).unwrap_or_default(),
    });
    ExitCode::from(if code == 0 && !all_written { USAGE } else { code })
}
