//! Settings of TLS and of the forward proxy.

use std::path::{Path, PathBuf};

use super::{Problem, parse};

/// How the emulator is reached by the names of production.
#[derive(Clone, Debug, Default)]
pub struct NetworkSettings {
    /// The certificate chain for TLS, PEM; signed by the local authority without it.
    pub tls_cert: Option<PathBuf>,
    /// The key of that certificate, PEM.
    pub tls_key: Option<PathBuf>,
    /// Where the local authority is kept; in memory without it.
    pub ca_dir: Option<PathBuf>,
    /// Further names that the forward proxy answers itself.
    pub intercept_hosts: Vec<String>,
    /// Patterns of hosts that the forward proxy passes on to.
    pub allow_hosts: Vec<String>,
}

impl NetworkSettings {
    /// Takes one setting, where it is one of these.
    pub(super) fn take(&mut self, name: &str, value: &str, folder: &Path) -> Result<(), Problem> {
        match name {
            "tls_cert" => self.tls_cert = Some(parse::path(value, folder)?),
            "tls_key" => self.tls_key = Some(parse::path(value, folder)?),
            "ca_dir" => self.ca_dir = Some(parse::path(value, folder)?),
            "intercept_host" => self.intercept_hosts.push(parse::host_name(value)?),
            "allow_host" => self.allow_hosts.push(pattern(value)?),
            _ => {}
        }
        Ok(())
    }

    /// Forgets what a setting of this name replaces.
    pub(super) fn make_room_for(&mut self, name: &str) {
        match name {
            "intercept_host" => self.intercept_hosts.clear(),
            "allow_host" => self.allow_hosts.clear(),
            _ => {}
        }
    }
}

fn pattern(value: &str) -> Result<String, Problem> {
    if value.trim().is_empty() {
        return Err(Problem::new(
            "the host pattern is empty",
            "give a host such as registry.npmjs.org, or *",
        ));
    }
    Ok(value.trim().to_owned())
}
