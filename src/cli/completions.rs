//! `assay completions SHELL`: prints shell completions.

use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Options of `assay completions`.
#[derive(Args)]
pub(super) struct Options {
    /// Shell to print completions for
    shell: Shell,
}

/// Prints the completions.
pub(super) fn run(options: &Options) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut super::Cli::command(), "assay", &mut script);
    super::print(&script)
}
