//! `assay conformance`: property tests of a server or a client. Has the common parts of both suites: options, list,
//! progress, results.

mod client;
mod list;
mod progress;
mod server;
mod suite;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Given;

/// Options of `assay conformance`.
#[derive(Args)]
pub(super) struct Command {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Subcommand)]
enum Subject {
    /// Test a server against Alloy's API and S3's behaviour
    Server(Given<server::Options>),
    /// Test an upload client, in any language
    Client(Given<client::Options>),
}

/// Runs a suite.
pub(super) fn run(command: &Command) -> ExitCode {
    match &command.subject {
        Subject::Server(options) => server::run(options),
        Subject::Client(options) => client::run(options),
    }
}
