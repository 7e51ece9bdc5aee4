//! Options of TLS and of the forward proxy, and `assay ca`.

use std::process::ExitCode;

use clap::Args;

use super::{mistake, print, settings};
use crate::{config::Setting, server};

/// The options, as text: `config` reads them.
#[derive(Args)]
#[group(skip)]
pub(super) struct Options {
    /// Certificate chain for TLS, PEM [default: signed by the local authority]
    #[arg(long, value_name = "FILE", env = "ASSAY_TLS_CERT", hide_env_values = true)]
    tls_cert: Option<String>,
    /// Private key of that certificate, PEM
    #[arg(long, value_name = "FILE", env = "ASSAY_TLS_KEY", hide_env_values = true)]
    tls_key: Option<String>,
    /// Directory of the local authority, made on first use [default: in memory, new for each process]
    #[arg(long, value_name = "DIR", env = "ASSAY_CA_DIR", hide_env_values = true)]
    ca_dir: Option<String>,
    /// Further host name that the forward proxy answers; repeatable
    #[arg(long, value_name = "HOST", env = "ASSAY_INTERCEPT_HOST", hide_env_values = true)]
    intercept_host: Vec<String>,
    /// Host that the forward proxy passes on to, or a pattern such as *.npmjs.org; repeatable
    #[arg(long, value_name = "PATTERN", env = "ASSAY_ALLOW_HOST", hide_env_values = true)]
    allow_host: Vec<String>,
}

/// The options of `assay ca`.
#[derive(Args)]
pub(super) struct CaOptions {
    /// Settings file [default: assay.toml, if it exists]
    #[arg(long, value_name = "FILE", env = "ASSAY_CONFIG", hide_env_values = true)]
    config: Option<String>,
    /// Directory of the local authority, made on first use
    #[arg(long, value_name = "DIR", env = "ASSAY_CA_DIR", hide_env_values = true)]
    ca_dir: Option<String>,
}

/// Prints the certificate of the local authority.
pub(super) fn run(settings: &[Setting]) -> ExitCode {
    let config = match settings::read(settings) {
        Ok((config, _)) => config,
        Err(error) => return mistake(error),
    };
    if config.network.ca_dir.is_none() {
        return mistake(
            "no local authority is kept: give --ca-dir DIR, or read /_assay/ca.pem of a running emulator",
        );
    }
    match server::ca_pem(&config) {
        Ok(pem) => print(pem.as_bytes()),
        Err(error) => mistake(error),
    }
}
