//! `assay conformance`: property tests of somebody else's server or client. What the suites of any subject have in common is
//! here: their options, their lists, their progress, and what is made of their results.

mod client;
mod list;
mod options;
mod progress;
mod server;
mod suite;

use std::process::ExitCode;

use clap::{ArgMatches, Args, Subcommand};

use super::USAGE;

/// Whom to ask.
#[derive(Args)]
pub(super) struct Command {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Subcommand)]
enum Subject {
    /// Ask a server whether it is what Alloy's file API and its S3 promise
    Server(Box<server::Options>),
    /// Ask an upload client, in any language, whether it does it right
    Client(Box<client::Options>),
}

/// Runs a suite.
pub(super) fn run(command: &Command, matches: &ArgMatches) -> ExitCode {
    match (&command.subject, matches.subcommand()) {
        (Subject::Server(options), Some((_, matches))) => server::run(options, matches),
        (Subject::Client(options), Some((_, matches))) => client::run(options, matches),
        (Subject::Server(_) | Subject::Client(_), None) => ExitCode::from(USAGE),
    }
}
