//! The program `assay`: hands over to the command line in the library.

use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    alloy_assay::internals::run()
}
