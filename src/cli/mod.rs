//! The command line: one file a command. Options, printing and exit codes; what is done is done elsewhere.

mod completions;
mod conformance;
mod faults;
mod lines;
mod log;
mod network;
mod results;
mod rules;
mod run;
mod serve;
mod settings;
mod spec;
mod wrap;

use std::{
    io::{ErrorKind, Write},
    process::ExitCode,
    time::Duration,
};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::report::Stream;

/// The exit code for bad usage and bad configuration.
const USAGE: u8 = 2;

/// How long the last log lines wait for a reader, in real time.
const LAST_LINES: Duration = Duration::from_millis(200);

/// Fits one screen, and begins with an example.
#[derive(Parser)]
#[command(
    name = "assay",
    version,
    about = "An offline emulator of Alloy's file upload API and of the S3 behind it",
    before_help = "\
Example:  assay serve
          curl -H 'Authorization: Bearer any-key' -H 'x-api-version: 2025-09' \\
               http://127.0.0.1:7979/connectors/files/list",
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the emulator: Alloy's file API and the S3 that its URLs lead to, on one port
    Serve(Box<serve::Options>),
    /// Run a command against an emulator of its own, and tell what it did wrong
    Run(Box<run::Options>),
    /// Ask a server, from outside, whether it keeps what Alloy and S3 promise
    Conformance(conformance::Command),
    /// Check OpenAPI documents and show which operations they bring
    Spec(spec::Options),
    /// List what can be found wrong with a client, or explain one of it
    Rules(rules::Options),
    /// List what can be made to go wrong, or explain one of it
    Faults(faults::Options),
    /// Print the certificate of the local authority that signs for TLS
    Ca(network::CaOptions),
    /// Write what a shell needs to complete commands and options
    Completions(completions::Options),
}

/// Runs the program with the process's arguments and environment.
///
/// # Errors
///
/// What no message of ours explains: the runtime cannot be started, say. A user's mistake is told on
/// stderr and becomes exit code 2.
pub fn run() -> anyhow::Result<ExitCode> {
    let ended = run_command();
    Stream::stderr().flush(LAST_LINES);
    ended
}

fn run_command() -> anyhow::Result<ExitCode> {
    let matches = Cli::command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match (cli.command, matches.subcommand()) {
        (Command::Serve(_), Some((_, matches))) => serve::run(&settings::of(matches)),
        (Command::Run(options), Some((_, matches))) => run::run(&settings::of(matches), &options.words),
        (Command::Ca(_), Some((_, matches))) => Ok(network::run(&settings::of(matches))),
        (Command::Spec(options), _) => spec::run(&options),
        (Command::Rules(options), _) => Ok(rules::run(&options)),
        (Command::Faults(options), _) => Ok(faults::run(&options)),
        (Command::Completions(options), _) => Ok(completions::run(&options)),
        (Command::Conformance(command), Some((_, matches))) => Ok(conformance::run(&command, matches)),
        (Command::Serve(_) | Command::Run(_) | Command::Ca(_) | Command::Conformance(_), None) => {
            Ok(ExitCode::from(USAGE))
        }
    }
}

/// Writes to stdout. A reader that has read enough is no mistake of anybody's.
fn print(text: &[u8]) -> ExitCode {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            mistake(format_args!("nothing can be written to standard output: {error}"))
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Writes to stderr, behind what is logged. Where nobody reads, the exit code still tells.
fn say(text: &str) {
    let _ = Stream::stderr().write(text.as_bytes());
}

/// Tells a user's mistake, in one message.
fn mistake(message: impl std::fmt::Display) -> ExitCode {
    say(&format!("assay: {message}\n"));
    ExitCode::from(USAGE)
}
