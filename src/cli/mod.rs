//! The command line: one file a command. Options, printing and exit codes; the work is done elsewhere.

mod ca;
mod completions;
mod conformance;
mod defects;
mod drift;
mod faults;
mod given;
mod lines;
mod log;
mod proxy;
mod ready;
mod results;
mod rules;
mod run;
mod serve;
mod spec;
mod wrap;

use std::{
    io::{ErrorKind, Write},
    process::ExitCode,
    time::Duration,
};

use clap::{Parser, Subcommand, error::ErrorKind as Usage};

use self::given::Given;
use crate::report::Stream;

/// The exit code for bad usage and bad configuration.
const USAGE: u8 = 2;

/// Time limit for writing the last log lines, in real time.
const LAST_LINES: Duration = Duration::from_millis(200);

/// Command line.
#[derive(Parser)]
#[command(
    name = "assay",
    version,
    about = "Test clients of Alloy's file upload API offline, against an emulator of Alloy and S3",
    before_help = "\
Example:  assay serve
          assay run -- npm test",
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the emulator: Alloy's file API and S3, on one port
    Serve(Given<serve::Options>),
    /// Run a command against a new emulator, and report what it did wrong
    Run(Given<run::Options>),
    /// Forward to a real server, and check both sides of the traffic
    Proxy(Given<proxy::Options>),
    /// Check recorded traffic (HAR files) against the OpenAPI document
    Drift(Given<drift::Options>),
    /// Test a server or an upload client against Alloy's API and S3's behaviour
    Conformance(conformance::Command),
    /// Check OpenAPI documents and show their operations
    Spec(spec::Options),
    /// List the rules of findings, or describe one
    Rules(rules::Options),
    /// List fault kinds and scenarios, or describe one
    Faults(faults::Options),
    /// List the server bugs that `--defect` introduces, or describe one
    Defects(defects::Options),
    /// Print the certificate of the local certificate authority
    Ca(Given<ca::Options>),
    /// Wait until an emulator answers
    Ready(ready::Options),
    /// Print shell completions
    Completions(completions::Options),
}

/// Runs the program with the process's arguments and environment.
///
/// # Errors
///
/// If the runtime cannot be started. A user's mistake is reported on stderr and becomes exit code 2.
pub fn run() -> anyhow::Result<ExitCode> {
    let ended = run_command();
    Stream::stderr().flush(LAST_LINES);
    ended
}

fn run_command() -> anyhow::Result<ExitCode> {
    let command = match Cli::try_parse() {
        Ok(cli) => cli.command,
        // The setting's message has the place and the fix.
        Err(error) if error.kind() == Usage::ValueValidation && error.context().next().is_none() => {
            let message = error.to_string();
            return Ok(mistake(message.trim_start_matches("error: ").trim_end()));
        }
        Err(error) => error.exit(),
    };
    match command {
        Command::Serve(options) => serve::run(&options),
        Command::Run(options) => run::run(&options),
        Command::Proxy(options) => proxy::run(&options),
        Command::Drift(options) => Ok(drift::run(&options)),
        Command::Ca(options) => Ok(ca::run(&options)),
        Command::Spec(options) => spec::run(&options),
        Command::Rules(options) => Ok(rules::run(&options)),
        Command::Faults(options) => Ok(faults::run(&options)),
        Command::Defects(options) => Ok(defects::run(&options)),
        Command::Ready(options) => ready::run(&options),
        Command::Completions(options) => Ok(completions::run(&options)),
        Command::Conformance(command) => Ok(conformance::run(&command)),
    }
}

/// Writes to stdout. A reader that has read enough is not an error.
fn print(text: &[u8]) -> ExitCode {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            mistake(format_args!("cannot write to standard output: {error}"))
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Writes to stderr, after the log. A failed write does not change the exit code.
fn say(text: &str) {
    let _ = Stream::stderr().write(text.as_bytes());
}

/// Reports a user's mistake in one message.
fn mistake(message: impl std::fmt::Display) -> ExitCode {
    say(&format!("assay: {message}\n"));
    ExitCode::from(USAGE)
}
