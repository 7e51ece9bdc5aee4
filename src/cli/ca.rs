//! `assay ca`: prints the certificate of the local certificate authority.

use std::process::ExitCode;

use clap::{Args, ValueHint};

use super::{Given, mistake, print};
use crate::{
    config::{Config, FilePath, Settings},
    server,
};

/// Options of `assay ca`.
#[derive(Args)]
pub(super) struct Options {
    /// Settings file [default: assay.toml, if it exists]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    config: Option<FilePath>,
    /// Directory of the local authority, created on first use
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    ca_dir: Option<FilePath>,
    #[arg(skip)]
    emulator: Config,
}

impl From<Settings> for Options {
    fn from(settings: Settings) -> Self {
        let emulator = settings.emulator;
        Self { config: None, ca_dir: emulator.network.ca_dir.clone(), emulator }
    }
}

/// Prints the certificate.
pub(super) fn run(given: &Given<Options>) -> ExitCode {
    let Options { ca_dir, mut emulator, .. } = match given.read() {
        Ok((options, _)) => options,
        Err(error) => return mistake(error),
    };
    if ca_dir.is_none() {
        return mistake(
            "no local authority is kept: give --ca-dir DIR, or read /_assay/ca.pem of a running emulator",
        );
    }
    emulator.network.ca_dir = ca_dir;
    match server::ca_pem(&emulator) {
        Ok(pem) => print(pem.as_bytes()),
        Err(error) => mistake(error),
    }
}
