//! Redirects a command's connections from the intercepted hosts to the emulator: variables for proxies and trust, a
//! preload for Node, one for Python, and a trust store for Java. TLS, its verification and SNI stay the command's own.

mod keystore;
mod runtime;

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

pub(crate) use runtime::{trust, unreached};

use crate::exchange::PRODUCTION;

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

/// Variables that name a certificate bundle.
const EXTRA: [&str; 2] = ["NODE_EXTRA_CA_CERTS", "DENO_CERT"];

/// Hosts that need no proxy.
const LOCAL: &str = "localhost,127.0.0.1,::1";

/// The variable with the hash of the authority's key, by which Chromium trusts it.
pub(crate) const SPKI: &str = "ASSAY_CA_SPKI";

/// The certificate of an emulator's authority, in the forms that runtimes take.
#[derive(Clone, Debug)]
pub(crate) struct CaCertificate {
    /// The certificate.
    pub(crate) pem: String,
    /// The same as DER.
    pub(crate) der: Vec<u8>,
    /// The SHA-256 of its public key, as base64.
    pub(crate) spki: String,
}

/// The files of an interception, and the variables that lead to them. The files are gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Interception {
    folder: TempDir,
    proxy: SocketAddr,
    hosts: Vec<String>,
    spki: String,
}

impl Interception {
    /// Writes what leads these hosts to an emulator with this authority: into a new directory of this name, or into a
    /// temporary one.
    pub(crate) fn new(
        folder: Option<&Path>,
        address: SocketAddr,
        hosts: Vec<String>,
        ca: &CaCertificate,
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
        let proxy = reachable(address);
        let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes);
        let roots = system_roots();
        let mut bundle: String = roots.iter().map(|root| pem(root)).collect();
        for found in own_bundles() {
            bundle.push_str(&found);
        }
        bundle.push_str(&ca.pem);
        write("ca.pem", ca.pem.as_bytes())?;
        write("bundle.pem", bundle.as_bytes())?;
        let all = roots.iter().map(Vec::as_slice).chain([ca.der.as_slice()]);
        write("truststore.p12", &keystore::pkcs12(all))?;
        // JSON is also valid JavaScript, and valid Python for strings and numbers.
        let names = serde_json::to_string(&hosts)?;
        let fill = |text: &str| {
            let text = text.replace("\"@HOSTS@\"", &names).replace("@ADDRESS@", &proxy.ip().to_string());
            text.replace("\"@PORT@\"", &proxy.port().to_string())
        };
        write("preload.cjs", fill(NODE).as_bytes())?;
        fs::create_dir(folder.path().join("python"))?;
        write("python/sitecustomize.py", fill(PYTHON).as_bytes())?;
        Ok(Self { folder, proxy, hosts, spki: ca.spki.clone() })
    }

    /// Writes the variables to `env.json` in the same folder.
    pub(crate) fn save_environment(&self) -> io::Result<()> {
        let variables = self.environment()?;
        let variables: BTreeMap<_, _> =
            variables.iter().map(|(name, value)| (name, value.to_string_lossy())).collect();
        fs::write(self.file("env.json"), serde_json::to_vec_pretty(&variables)?)
    }

    /// Returns the variables, with the existing values kept where both can be combined.
    pub(crate) fn environment(&self) -> io::Result<Vec<(&'static str, OsString)>> {
        let mut variables: Vec<(&'static str, OsString)> = Vec::new();
        let base = format!("https://{PRODUCTION}");
        variables.push(("ALLOY_BASE_URL", base.into()));
        variables.push((SPKI, self.spki.clone().into()));
        variables.extend(PROXY.map(|name| (name, format!("http://{}", self.proxy).into())));
        for name in ["NO_PROXY", "no_proxy"] {
            variables.push((name, no_proxy(&env::var(name).unwrap_or_default(), &self.hosts).into()));
        }
        variables.extend(BUNDLE.map(|name| (name, self.file("bundle.pem").into_os_string())));
        for name in EXTRA {
            variables.push((name, self.extra(name)?.into_os_string()));
        }
        let preload = format!("--require={}", quoted(&self.file("preload.cjs")));
        variables.push(("NODE_OPTIONS", appended("NODE_OPTIONS", &preload)));
        variables.push(("JDK_JAVA_OPTIONS", appended("JDK_JAVA_OPTIONS", &self.java())));
        let python = std::iter::once(self.file("python"));
        let found = env::var_os("PYTHONPATH").unwrap_or_default();
        let found = env::split_paths(&found).filter(|path| !path.as_os_str().is_empty());
        let path = env::join_paths(python.chain(found)).map_err(io::Error::other)?;
        variables.push(("PYTHONPATH", path));
        Ok(variables)
    }

    /// Options of Java. Its own default keeps loopback names from the proxy.
    fn java(&self) -> String {
        let (host, port) = (self.proxy.ip(), self.proxy.port());
        let store = self.file("truststore.p12");
        let store = store.to_string_lossy();
        // The launcher takes words in quotes as they are.
        let store = format!("-Djavax.net.ssl.trustStore={store}");
        let store = if store.contains(' ') { format!("\"{store}\"") } else { store };
        format!(
            "-Dhttp.proxyHost={host} -Dhttp.proxyPort={port} -Dhttps.proxyHost={host} -Dhttps.proxyPort={port} {store} \
             -Djavax.net.ssl.trustStoreType=PKCS12"
        )
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns a file with the certificates that the variable names, and our own.
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

/// Returns an address that clients can connect to: `0.0.0.0` is not one on every system.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        let loopback =
            if address.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() };
        address.set_ip(loopback);
    }
    address
}

/// Returns the system's root certificates, or those of `SSL_CERT_FILE` if it is set.
fn system_roots() -> Vec<Vec<u8>> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::debug!("a root certificate cannot be read: {error}");
    }
    found.certs.iter().map(|certificate| certificate.to_vec()).collect()
}

/// Returns the bundles of the environment's variables, except `SSL_CERT_FILE`.
fn own_bundles() -> Vec<String> {
    let mut files: Vec<OsString> =
        BUNDLE[1..].iter().filter_map(env::var_os).filter(|file| !file.is_empty()).collect();
    files.sort();
    files.dedup();
    files.iter().filter_map(|file| fs::read_to_string(file).ok()).map(|text| format!("{text}\n")).collect()
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// Returns the existing `NO_PROXY` without entries that match intercepted hosts.
fn no_proxy(found: &str, hosts: &[String]) -> String {
    let keeps_from_proxy = |pattern: &str| {
        let suffix = pattern.trim_start_matches('*').trim_start_matches('.').to_ascii_lowercase();
        suffix.is_empty() || hosts.iter().any(|host| host.ends_with(&suffix))
    };
    let kept = found.split(',').map(str::trim).filter(|pattern| !keeps_from_proxy(pattern));
    kept.chain([LOCAL]).collect::<Vec<_>>().join(",")
}

/// Appends options to a variable's.
fn appended(name: &str, options: &str) -> OsString {
    let mut all = env::var_os(name).unwrap_or_default();
    if !all.is_empty() {
        all.push(" ");
    }
    all.push(OsStr::new(options));
    all
}

/// Quotes a path for `NODE_OPTIONS`.
fn quoted(path: &Path) -> String {
    let path = path.to_string_lossy();
    if path.contains(' ') { format!("\"{}\"", path.replace('\\', "\\\\")) } else { path.into_owned() }
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
}
