//! The local certificate authority, and the certificates that it signs for host names. Created for the first TLS
//! connection.

use std::{
    collections::HashMap,
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints, PublicKeyData,
};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tokio_rustls::rustls::{
    self, ServerConfig,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

use crate::{config::NetworkSettings, http::crypto_provider, intercept::CaCertificate};

/// Validity of a leaf certificate: Chromium accepts less than 200 days.
const LEAF_LIFETIME: Duration = Duration::from_hours(197 * 24);

/// Validity of the authority.
const AUTHORITY_LIFETIME: Duration = Duration::from_hours(3650 * 24);

/// Certificates begin a day ago, for clients whose clocks are behind.
const BACKDATED: Duration = Duration::from_hours(24);

/// Limit on the kept leaf certificates. Beyond it, all are dropped.
const MAX_LEAVES: usize = 256;

/// Names that every certificate of the emulator itself has.
const OWN_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

const AUTHORITY_NAME: &str = "alloy-assay local authority";
const CERTIFICATE_FILE: &str = "ca.pem";
const KEY_FILE: &str = "ca-key.pem";

/// Why TLS cannot be offered.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A certificate comes without its key, or the other way round.
    #[error("{0} needs {1}: give both, or neither")]
    Lone(&'static str, &'static str),
    /// A file cannot be read or written.
    #[error("{}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A file is not PEM of the right kind.
    #[error("{}: {problem}", file.display())]
    Pem {
        /// The file.
        file: PathBuf,
        /// Message.
        problem: String,
    },
    /// The authority that is kept is limited to other hosts.
    #[error("{}: its authority may not sign for `{name}`; delete the file and its key, and a new authority is created", file.display())]
    Narrow {
        /// The file.
        file: PathBuf,
        /// The host.
        name: String,
    },
    /// The key's file can be read by others.
    #[error("{}: readable by others than its owner: run `chmod 600 {}`", .0.display(), .0.display())]
    Exposed(PathBuf),
    /// A certificate could not be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// rustls does not take it.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// TLS of an emulator, set up on first use.
pub struct Tls {
    settings: NetworkSettings,
    /// The names that the authority may sign for.
    names: Vec<String>,
    authority: OnceLock<Arc<Authority>>,
    config: OnceLock<Arc<ServerConfig>>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// TLS for these host names and those of the emulator itself. Files that are named are read now.
    ///
    /// # Errors
    ///
    /// [`TlsError`] where a named file cannot be used.
    pub fn new(settings: NetworkSettings, names: impl IntoIterator<Item = String>) -> Result<Self, TlsError> {
        match (&settings.tls_cert, &settings.tls_key) {
            (Some(_), None) => return Err(TlsError::Lone("--tls-cert", "--tls-key")),
            (None, Some(_)) => return Err(TlsError::Lone("--tls-key", "--tls-cert")),
            _ => {}
        }
        let names = std::iter::once("localhost".to_owned()).chain(names).collect();
        let tls = Self { settings, names, authority: OnceLock::new(), config: OnceLock::new() };
        if tls.settings.tls_cert.is_some() {
            tls.config()?;
        }
        if tls.settings.ca_dir.is_some() {
            tls.authority()?;
        }
        Ok(tls)
    }

    /// Returns the certificate of the local authority, as PEM.
    ///
    /// # Errors
    ///
    /// [`TlsError`] if it cannot be created.
    pub fn ca_pem(&self) -> Result<String, TlsError> {
        Ok(self.ca()?.pem)
    }

    /// Returns the certificate of the local authority.
    ///
    /// # Errors
    ///
    /// [`TlsError`] if it cannot be created.
    pub fn ca(&self) -> Result<CaCertificate, TlsError> {
        Ok(self.authority()?.certificate.clone())
    }

    /// Configuration for accepting a connection.
    ///
    /// # Errors
    ///
    /// [`TlsError`] where the certificate cannot be made or used.
    pub fn config(&self) -> Result<Arc<ServerConfig>, TlsError> {
        if let Some(config) = self.config.get() {
            return Ok(Arc::clone(config));
        }
        let builder = ServerConfig::builder_with_provider(Arc::new(crypto_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth();
        let mut config = match self.settings.tls_cert.as_ref().zip(self.settings.tls_key.as_ref()) {
            Some((certificate, key)) => {
                let chain = read_chain(&certificate.0)?;
                let key = read_key(&key.0)?;
                builder.with_single_cert(chain, key).map_err(|error| TlsError::Pem {
                    file: certificate.0.clone(),
                    problem: format!("not usable with the key of --tls-key: {error}"),
                })?
            }
            None => builder.with_cert_resolver(self.authority()?),
        };
        // As S3: an offer of HTTP/2 alone is refused.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::clone(self.config.get_or_init(|| Arc::new(config))))
    }

    fn authority(&self) -> Result<Arc<Authority>, TlsError> {
        if let Some(authority) = self.authority.get() {
            return Ok(Arc::clone(authority));
        }
        let authority = match &self.settings.ca_dir {
            Some(folder) => Authority::kept_in(&folder.0, &self.names)?,
            None => Authority::new(&self.names)?,
        };
        Ok(Arc::clone(self.authority.get_or_init(|| Arc::new(authority))))
    }
}

/// The local authority, which signs a certificate for each requested name.
struct Authority {
    certificate: CaCertificate,
    issuer: Issuer<'static, KeyPair>,
    provider: CryptoProvider,
    leaves: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority")
    }
}

impl Authority {
    /// Makes one with a new key.
    fn new(names: &[String]) -> Result<Self, TlsError> {
        let key = KeyPair::generate()?;
        let params = authority_params(names);
        let certificate = params.self_signed(&key)?;
        Ok(Self::of(certificate.pem(), certificate.der().to_vec(), params, key))
    }

    fn of(pem: String, der: Vec<u8>, params: CertificateParams, key: KeyPair) -> Self {
        let spki = STANDARD.encode(Sha256::digest(key.subject_public_key_info()));
        let certificate = CaCertificate { pem, der, spki };
        let (issuer, provider) = (Issuer::new(params, key), crypto_provider());
        Self { certificate, issuer, provider, leaves: Mutex::default() }
    }

    /// Reads the authority kept in a folder, or creates it there.
    fn kept_in(folder: &Path, names: &[String]) -> Result<Self, TlsError> {
        let (certificate_file, key_file) = (folder.join(CERTIFICATE_FILE), folder.join(KEY_FILE));
        let failed = |file: &Path| {
            let file = file.to_owned();
            move |source| TlsError::File { file, source }
        };
        if key_file.exists() {
            must_be_private(&key_file)?;
            let pem = fs::read_to_string(&certificate_file).map_err(failed(&certificate_file))?;
            let key = fs::read_to_string(&key_file).map_err(failed(&key_file))?;
            let key = KeyPair::from_pem(&key).map_err(|error| TlsError::Pem {
                file: key_file.clone(),
                problem: format!("not a private key in PEM: {error}; delete it, and a new one is created"),
            })?;
            let problem = |problem: &str| TlsError::Pem {
                file: certificate_file.clone(),
                problem: format!("{problem}; delete it and {KEY_FILE}, and a new authority is created"),
            };
            let der = CertificateDer::from_pem_slice(pem.as_bytes());
            let der = der.map_err(|_| problem("not a certificate in PEM"))?.to_vec();
            // DER contains names and keys verbatim.
            if !contains(&der, &key.subject_public_key_info()) {
                return Err(problem("it does not belong to the key in its folder"));
            }
            if let Some(name) = names.iter().find(|name| !contains(&der, name.as_bytes())) {
                return Err(TlsError::Narrow { file: certificate_file, name: name.clone() });
            }
            return Ok(Self::of(pem, der, authority_params(names), key));
        }
        create_private(folder).map_err(failed(folder))?;
        let authority = Self::new(names)?;
        write_private(&key_file, &authority.issuer.key().serialize_pem()).map_err(failed(&key_file))?;
        fs::write(&certificate_file, &authority.certificate.pem).map_err(failed(&certificate_file))?;
        Ok(authority)
    }

    /// Returns the certificate for a requested name, or for the emulator itself.
    fn leaf(&self, name: Option<&str>) -> Result<Arc<CertifiedKey>, TlsError> {
        let name = name.unwrap_or_default().to_ascii_lowercase();
        let known = self.leaves.lock().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let leaf = Arc::new(self.sign(&name)?);
        let mut leaves = self.leaves.lock().unwrap_or_else(PoisonError::into_inner);
        if leaves.len() >= MAX_LEAVES {
            leaves.clear();
        }
        leaves.insert(name, Arc::clone(&leaf));
        Ok(leaf)
    }

    fn sign(&self, name: &str) -> Result<CertifiedKey, TlsError> {
        let names =
            if name.is_empty() { OWN_NAMES.map(str::to_owned).to_vec() } else { vec![name.to_owned()] };
        let mut params = CertificateParams::new(names)?;
        let common_name = if name.is_empty() { "localhost" } else { name };
        // A common name has at most 64 characters; the alternative name counts.
        if common_name.len() <= 64 {
            params.distinguished_name = distinguished_name(common_name);
        }
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        date(&mut params, LEAF_LIFETIME);
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        // With the authority's own, since Chromium knows it by its key among those that were sent.
        let chain = vec![certificate.der().clone(), self.certificate.der.clone().into()];
        Ok(CertifiedKey::from_der(chain, private, &self.provider)?)
    }
}

impl ResolvesServerCert for Authority {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let leaf = self.leaf(hello.server_name());
        leaf.inspect_err(|error| tracing::warn!("a TLS connection has no certificate: {error}")).ok()
    }
}

/// Returns the authority's certificate without its key: limited to names that may be intercepted. Only DNS names are
/// constrained, since some clients refuse constraints of addresses.
fn authority_params(names: &[String]) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = distinguished_name(AUTHORITY_NAME);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: names.iter().cloned().map(GeneralSubtree::DnsName).collect(),
        excluded_subtrees: Vec::new(),
    });
    date(&mut params, AUTHORITY_LIFETIME);
    params
}

fn distinguished_name(common_name: &str) -> rcgen::DistinguishedName {
    let mut name = rcgen::DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

/// Dates a certificate by the real clock: clients do not know the emulator's.
fn date(params: &mut CertificateParams, lifetime: Duration) {
    let begin = OffsetDateTime::now_utc() - BACKDATED;
    (params.not_before, params.not_after) = (begin, begin + lifetime);
}

fn read_chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = fs::read(file).map_err(|source| TlsError::File { file: file.to_owned(), source })?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let problem = |problem: String| TlsError::Pem { file: file.to_owned(), problem };
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        Ok(_) => Err(problem("no certificate in PEM".to_owned())),
        Err(error) => Err(problem(error.to_string())),
    }
}

fn read_key(file: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let pem = fs::read(file).map_err(|source| TlsError::File { file: file.to_owned(), source })?;
    PrivateKeyDer::from_pem_slice(&pem).map_err(|error| TlsError::Pem {
        file: file.to_owned(),
        problem: format!("no private key in PEM: {error}"),
    })
}

/// Fails unless only the owner can read a file.
#[cfg(unix)]
fn must_be_private(file: &Path) -> Result<(), TlsError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = fs::metadata(file).map_err(|source| TlsError::File { file: file.to_owned(), source })?;
    let of_others = 0o077;
    if metadata.permissions().mode() & of_others == 0 {
        Ok(())
    } else {
        Err(TlsError::Exposed(file.to_owned()))
    }
}

/// Elsewhere the folder's own rights count.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
fn must_be_private(_file: &Path) -> Result<(), TlsError> {
    Ok(())
}

/// Creates a folder that only its owner can read, unless it exists.
fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(bytes, part).is_some()
}

/// Writes a new file that only its owner can read.
fn write_private(file: &Path, text: &str) -> io::Result<()> {
    use std::io::Write;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_made_before_a_client_asks_for_tls() {
        let tls = Tls::new(NetworkSettings::default(), ["production.runalloy.com".to_owned()]).unwrap();
        assert!(tls.authority.get().is_none() && tls.config.get().is_none());
        tls.config().unwrap();
        assert!(tls.authority.get().is_some());
    }
}
