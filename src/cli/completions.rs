//! `assay completions SHELL`: what a shell needs to complete `assay`'s commands and options.

use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// The one argument.
#[derive(Args)]
pub(super) struct Options {
    /// The shell to write completions for
    shell: Shell,
}

/// Writes the completions to stdout.
pub(super) fn run(options: &Options) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut super::Cli::command(), "assay", &mut script);
    super::print(&script)
}
