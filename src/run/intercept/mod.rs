//! What makes a command's connections to the intercepted hosts reach the emulator: variables for proxies and trust, a
//! preload for Node and one for Python. TLS, its verification and SNI stay as the command does them.

use std::{
    collections::BTreeMap,
    env,
    ffi::{OsStr, OsString},
    fs, io,
    net::SocketAddr,
    path::{self, Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use tempfile::TempDir;

use crate::server;

const NODE: &str = include_str!("preload.cjs");
const PYTHON: &str = include_str!("sitecustomize.py");

/// Variables that name an HTTP proxy.
const PROXY: [&str; 5] =
    ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "GLOBAL_AGENT_HTTP_PROXY"];

/// Variables that name certificates in place of the system's.
const BUNDLE: [&str; 7] = [
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "AWS_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "CARGO_HTTP_CAINFO",
    "PERL_LWP_SSL_CA_FILE",
];

/// Variables that name certificates beside the system's.
const EXTRA: [&str; 2] = ["NODE_EXTRA_CA_CERTS", "DENO_CERT"];

/// Hosts that need no proxy.
const LOCAL: &str = "localhost,127.0.0.1,::1";

/// The files of an interception, and the variables that lead to them. The files are gone when it is dropped.
#[derive(Debug)]
pub struct Interception {
    folder: TempDir,
    proxy: String,
    hosts: Vec<String>,
}

impl Interception {
    /// Writes what leads these hosts to an emulator whose authority has this certificate: into a new directory of this
    /// name, or into a temporary one.
    ///
    /// # Errors
    ///
    /// Where a file cannot be written, or the directory exists.
    pub fn new(
        folder: Option<&Path>,
        address: SocketAddr,
        hosts: Vec<String>,
        ca_pem: &str,
    ) -> io::Result<Self> {
        let folder = match folder {
            Some(path) => {
                let path = path::absolute(path)?;
                let name = path.file_name().unwrap_or_default();
                let parent = path.parent().unwrap_or(&path);
                tempfile::Builder::new().prefix(name).rand_bytes(0).tempdir_in(parent)?
            }
            None => tempfile::Builder::new().prefix("assay-intercept-").tempdir()?,
        };
        let address = reachable(address);
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text);
        write("ca.pem", ca_pem)?;
        write("bundle.pem", &format!("{}{ca_pem}", system_roots()))?;
        // JSON is JavaScript, and Python where it is made of texts and numbers.
        let list = serde_json::to_string(&hosts)?;
        let fill = |text: &str| {
            let text = text.replace("\"@HOSTS@\"", &list).replace("@ADDRESS@", &address.ip().to_string());
            text.replace("\"@PORT@\"", &address.port().to_string())
        };
        write("preload.cjs", &fill(NODE))?;
        fs::create_dir(folder.path().join("python"))?;
        write("python/sitecustomize.py", &fill(PYTHON))?;
        Ok(Self { folder, proxy: format!("http://{address}"), hosts })
    }

    /// Writes the variables, with the base URL, to `env.json` beside the other files.
    ///
    /// # Errors
    ///
    /// Where a file cannot be written.
    pub fn save_environment(&self) -> io::Result<()> {
        let mut variables = self.environment()?;
        variables.push(("ALLOY_BASE_URL", format!("https://{}", server::PRODUCTION).into()));
        let variables: BTreeMap<_, _> =
            variables.iter().map(|(name, value)| (name, value.to_string_lossy())).collect();
        fs::write(self.file("env.json"), serde_json::to_vec_pretty(&variables)?)
    }

    /// Returns the variables, what is set already kept where both can stand.
    pub(super) fn environment(&self) -> io::Result<Vec<(&'static str, OsString)>> {
        let mut variables: Vec<(&'static str, OsString)> = Vec::new();
        variables.extend(PROXY.map(|name| (name, self.proxy.clone().into())));
        for name in ["NO_PROXY", "no_proxy"] {
            variables.push((name, no_proxy(&env::var(name).unwrap_or_default(), &self.hosts).into()));
        }
        variables.extend(BUNDLE.map(|name| (name, self.file("bundle.pem").into_os_string())));
        for name in EXTRA {
            variables.push((name, self.extra(name)?.into_os_string()));
        }
        let preload = self.file("preload.cjs");
        let preload = format!("--require={}", quoted(&preload.to_string_lossy()));
        variables.push(("NODE_OPTIONS", appended(env::var_os("NODE_OPTIONS"), &preload)));
        let python = std::iter::once(self.file("python"));
        let found = env::var_os("PYTHONPATH").unwrap_or_default();
        let found = env::split_paths(&found).filter(|path| !path.as_os_str().is_empty());
        let path = env::join_paths(python.chain(found)).map_err(io::Error::other)?;
        variables.push(("PYTHONPATH", path));
        Ok(variables)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The own certificate, behind those that the variable names already.
    fn extra(&self, name: &str) -> io::Result<PathBuf> {
        let own = self.file("ca.pem");
        let Some(found) = env::var_os(name).filter(|found| !found.is_empty()) else { return Ok(own) };
        let both = self.file(&format!("{name}.pem"));
        let mut text = fs::read(Path::new(&found)).unwrap_or_default();
        text.push(b'\n');
        text.extend(fs::read(own)?);
        fs::write(&both, text)?;
        Ok(both)
    }
}

/// An address that can be connected to: `0.0.0.0` cannot everywhere.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        let loopback =
            if address.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() };
        address.set_ip(loopback);
    }
    address
}

/// The system's root certificates as PEM; those of `SSL_CERT_FILE` where it is set.
fn system_roots() -> String {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::debug!("a root certificate cannot be read: {error}");
    }
    found.certs.iter().map(|certificate| pem(certificate)).collect()
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// `NO_PROXY` as found, without what would keep the intercepted hosts from the proxy.
fn no_proxy(found: &str, hosts: &[String]) -> String {
    let keeps_from_proxy = |pattern: &str| {
        let suffix = pattern.trim_start_matches('*').trim_start_matches('.').to_ascii_lowercase();
        suffix.is_empty() || hosts.iter().any(|host| host.ends_with(&suffix))
    };
    let kept = found.split(',').map(str::trim).filter(|pattern| !keeps_from_proxy(pattern));
    kept.chain([LOCAL]).collect::<Vec<_>>().join(",")
}

/// Options of Node with one more.
fn appended(found: Option<OsString>, option: &str) -> OsString {
    let mut options = found.unwrap_or_default();
    if !options.is_empty() {
        options.push(" ");
    }
    options.push(OsStr::new(option));
    options
}

/// A path as `NODE_OPTIONS` takes it.
fn quoted(path: &str) -> String {
    if path.contains(' ') { format!("\"{}\"", path.replace('\\', "\\\\")) } else { path.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_no_proxy_but_for_the_intercepted_hosts() {
        let hosts = ["production.runalloy.com".to_owned(), "s3.us-east-1.amazonaws.com".to_owned()];
        for (found, kept) in [
            ("", LOCAL.to_owned()),
            ("*", LOCAL.to_owned()),
            ("10.0.0.1, .internal", format!("10.0.0.1,.internal,{LOCAL}")),
            (".amazonaws.com,a.test", format!("a.test,{LOCAL}")),
            ("production.runalloy.com", LOCAL.to_owned()),
        ] {
            assert_eq!(no_proxy(found, &hosts), kept, "{found}");
        }
    }

    #[test]
    fn keeps_the_options_of_node() {
        assert_eq!(appended(Some("--inspect".into()), "--require=a"), "--inspect --require=a");
        assert_eq!(appended(None, "--require=a"), "--require=a");
        assert_eq!(quoted("/a b"), "\"/a b\"");
    }
}
