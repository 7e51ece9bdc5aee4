//! `assay run -- CMD…`: runs a command against an emulator of its own, and tells what it did wrong.

use std::{ffi::OsString, process::ExitCode};

use clap::Args;

use super::{
    USAGE, log, mistake,
    results::{Targets, for_github},
    say, serve, settings,
};
use crate::{
    config::{Config, Setting},
    report::Report as _,
    run::{self, Finished, RunError},
    server,
};

/// The exit code where the command cannot be started, as of shells.
const CANNOT_START: u8 = 127;

/// The options: those of `serve`, and what to make of the findings.
#[derive(Args)]
#[group(skip)]
#[command(
    after_help = "\
Example:  assay run --report junit=assay.xml -- npm test

CMD finds the emulator by ALLOY_BASE_URL, ALLOY_API_KEY, ALLOY_USER_ID and ASSAY_URL in its environment; its \
stdin, stdout and stderr are its own. What its traffic did wrong is told on stderr once CMD has ended; until then \
the emulator writes warnings there and no more, or with -v a line an exchange.

Exit code: CMD's own where it fails; 1 where it succeeds and its traffic does not; 124 after --timeout; 127 where \
CMD cannot be started; 128 + n where signal n ended it; 2 for a mistake in these options.",
    mut_arg("listen", |arg| arg.help("Where to listen; port 0 takes a free one [default: 127.0.0.1:0]")),
    mut_arg("quiet", |arg| arg.help("Log errors alone, and say nothing where nothing is wrong")),
    mut_arg("log", |arg| arg.help("How to log to stderr: text or json [default: text]")),
    mut_arg("verbose", |arg| arg.help("Log a line an exchange")),
)]
pub(super) struct Options {
    /// The least finding that fails the run: error, warning or never [default: error]
    #[arg(long, value_name = "SEVERITY", env = "ASSAY_FAIL_ON", hide_env_values = true)]
    fail_on: Option<String>,
    /// A rule whose findings are left out, or a pattern such as contract-*; repeatable
    #[arg(long, value_name = "RULE", env = "ASSAY_IGNORE", hide_env_values = true)]
    ignore: Vec<String>,
    /// Lead CMD's connections to production's hosts to the emulator, over TLS, without a change in CMD
    #[arg(long, env = "ASSAY_INTERCEPT", hide_env_values = true,
          num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    intercept: Option<String>,
    /// A report to write: json, junit or markdown, and where to; repeatable
    #[arg(long, value_name = "KIND=FILE", env = "ASSAY_REPORT", hide_env_values = true)]
    report: Vec<String>,
    /// How long CMD may take, in real time, before it and what it started are ended
    #[arg(
        long,
        value_name = "DURATION",
        env = "ASSAY_TIMEOUT",
        hide_env_values = true,
        allow_hyphen_values = true
    )]
    timeout: Option<String>,
    #[command(flatten)]
    serve: serve::Options,
    /// The command, with its arguments
    #[arg(value_name = "CMD", trailing_var_arg = true)]
    pub(super) words: Vec<OsString>,
}

/// Runs the command to its end.
pub(super) fn run(settings: &[Setting], words: &[OsString]) -> anyhow::Result<ExitCode> {
    let (mut config, file) = match settings::read(settings) {
        Ok(read) => read,
        Err(error) => return Ok(mistake(error)),
    };
    if words.is_empty() {
        return Ok(mistake("there is no command to run; write it behind `--`, as in: assay run -- npm test"));
    }
    // The file's address is the team's for `serve`, which may well be running.
    if !settings.iter().any(|setting| setting.name == "listen") {
        "127.0.0.1:0".clone_into(&mut config.listen);
    }
    // A command that is led through the proxy is not to lose the rest of the world.
    if config.run.intercept && config.network.allow_hosts.is_empty() {
        config.network.allow_hosts.push("*".to_owned());
    }
    let targets = match Targets::open(&config.reports) {
        Ok(targets) => targets,
        Err(told) => return Ok(mistake(told)),
    };
    log::start(config.logging, log::BESIDE_A_COMMAND);
    settings::tell(file.as_ref());
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.enable_all().max_blocking_threads(server::BLOCKING_THREADS).build()?;
    let finished = runtime.block_on(run::run(&config, words));
    let code = match finished {
        Ok(finished) => {
            end_by_signals(&runtime)?;
            conclude(&config, &finished, targets)
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
        RunError::SetUp(_) | RunError::System(_) => mistake(error),
    }
}

/// Tells what the run came to, to everybody who asked.
fn conclude(config: &Config, Finished { ended, report }: &Finished, targets: Targets) -> ExitCode {
    let fail_on = config.run.fail_on;
    let code = ended.exit_code(report, fail_on);
    let mut told = String::new();
    if !report.findings.is_empty() {
        // CMD may have left its last line open.
        told.push('\n');
    }
    if !(config.logging.quiet && report.findings.is_empty()) {
        told.push_str(&report.text(log::has_colours(&std::io::stderr()), fail_on));
    }
    if !ended.is_success() {
        told.extend(["assay: ", &ended.to_string(), "\n"]);
    } else if code != 0 {
        told.push_str("assay: the command succeeded, and its traffic did not: exit code 1 (see --fail-on)\n");
    }
    told.push_str(&for_github(report, fail_on));
    say(&told);
    let all_written = targets.write(report, fail_on);
    ExitCode::from(if code == 0 && !all_written { USAGE } else { code })
}
