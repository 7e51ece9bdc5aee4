//! Outgoing connections, in the clear or with TLS as the URL says. Certificates are verified against the system's roots
//! and those of `--ca FILE`.

use std::{
    fs,
    io::{self, IoSlice},
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        self, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
        client::{
            WebPkiServerVerifier,
            danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
            verify_server_name,
        },
        crypto::{CryptoProvider, ring},
        pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
        server::ParsedCertificate,
    },
};

use super::{Origin, stream::Duplex};

/// Time limit for connecting, including the handshake, in real time.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Returns the cryptography of TLS. Only this function names it: `ring` cross-compiles with only a C compiler. Move
/// with rustls 0.24.
pub fn crypto_provider() -> CryptoProvider {
    ring::default_provider()
}

/// Opens connections to servers. TLS is set up for the first `https` URL.
#[derive(Debug, Default)]
pub struct Connector {
    /// Certificates to trust in addition to the system's.
    extra: Vec<CertificateDer<'static>>,
    tls: OnceLock<Arc<ClientConfig>>,
    /// Whether what is read is acknowledged at once.
    is_prompt: bool,
}

/// A connection to a server, in the clear or with TLS.
pub type Connection = Box<dyn Duplex>;

/// Why a file of trusted certificates cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("--ca {}: {problem}", file.display())]
pub struct CaError {
    file: PathBuf,
    problem: String,
}

/// Reason for a failed connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No server listens there, or the host has no address.
    #[error("no connection to {authority}: {source}")]
    Tcp {
        /// The server, as in its URL.
        authority: String,
        /// The system's error.
        source: io::Error,
    },
    /// It took too long.
    #[error("no connection to {authority} within {}s", TIMEOUT.as_secs())]
    TimedOut {
        /// The server, as in its URL.
        authority: String,
    },
    /// The server's certificate is not one that is trusted.
    #[error(
        "the certificate of {authority} is not trusted: {problem} (--ca FILE adds the certificate of an authority)"
    )]
    Untrusted {
        /// The server, as in its URL.
        authority: String,
        /// Mistake of the certificate.
        problem: String,
    },
    /// The server does not speak TLS.
    #[error("{authority} does not answer with TLS; is its URL one of http://?")]
    NotTls {
        /// The server, as in its URL.
        authority: String,
    },
    /// The handshake failed for another reason.
    #[error("TLS with {authority} failed: {source}")]
    Tls {
        /// The server, as in its URL.
        authority: String,
        /// Error of rustls or of the system.
        source: io::Error,
    },
}

impl Connector {
    /// Trusts the certificates of a PEM file, too.
    ///
    /// # Errors
    ///
    /// [`CaError`] where the file cannot be read, or has no certificate.
    pub fn trusting(file: &Path) -> Result<Self, CaError> {
        let bad = |problem: String| CaError { file: file.to_owned(), problem };
        let pem = fs::read(file).map_err(|error| bad(error.to_string()))?;
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
        let extra = certificates.map_err(|error| bad(format!("not a certificate in PEM: {error}")))?;
        if extra.is_empty() {
            return Err(bad("no certificate in PEM".to_owned()));
        }
        let mut roots = RootCertStore::empty();
        for certificate in &extra {
            roots.add(certificate.clone()).map_err(|error| bad(format!("not a certificate: {error}")))?;
        }
        Ok(Self { extra, ..Self::default() })
    }

    /// Acknowledges at once what is read.
    ///
    /// A server with Nagle's algorithm sends the headers of an answer, and its body only once these are acknowledged. A
    /// delayed acknowledgement would hold each such exchange up by 40 ms. It costs a system call and a segment for each
    /// read. Linux alone has an option for it.
    #[must_use]
    pub fn prompt(self) -> Self {
        Self { is_prompt: true, ..self }
    }

    /// Opens a connection.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] if the connection fails, or the certificate is not trusted.
    pub async fn connect(&self, origin: &Origin) -> Result<Connection, ConnectError> {
        let connected = tokio::time::timeout(TIMEOUT, self.open(origin)).await;
        connected.unwrap_or_else(|_| Err(ConnectError::TimedOut { authority: origin.authority().to_owned() }))
    }

    async fn open(&self, origin: &Origin) -> Result<Connection, ConnectError> {
        let authority = || origin.authority().to_owned();
        let no_connection = |source| ConnectError::Tcp { authority: authority(), source };
        let stream = PromptStream::connect(origin.host(), origin.port(), self.is_prompt).await;
        let stream = stream.map_err(no_connection)?;
        if !origin.is_tls() {
            return Ok(Box::new(stream));
        }
        let failed = |source| ConnectError::Tls { authority: authority(), source };
        let name = ServerName::try_from(origin.host().to_owned());
        let name = name.map_err(|error| failed(io::Error::new(io::ErrorKind::InvalidInput, error)))?;
        let tls = self.tls().map_err(|error| failed(io::Error::other(error)))?;
        let stream = tls.connect(name, stream).await.map_err(|error| explain(authority(), error))?;
        Ok(Box::new(stream))
    }

    fn tls(&self) -> Result<TlsConnector, rustls::Error> {
        if let Some(tls) = self.tls.get() {
            return Ok(Arc::clone(tls).into());
        }
        let mut roots = RootCertStore::empty();
        let of_system = rustls_native_certs::load_native_certs();
        for error in &of_system.errors {
            tracing::debug!("a root certificate cannot be read: {error}");
        }
        roots.add_parsable_certificates(of_system.certs);
        roots.add_parsable_certificates(self.extra.iter().cloned());
        let provider = Arc::new(crypto_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let no_roots =
            |_| rustls::Error::General("this system has no root certificates; give --ca FILE".to_owned());
        let verifier = Verifier { roots: verifier.build().map_err(no_roots)?, known: self.extra.clone() };
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::clone(self.tls.get_or_init(|| Arc::new(config))).into())
    }
}

/// Verifies a certificate up to a root. One that `--ca` names is trusted as a server's own, too, which rustls refuses
/// where it has signed itself.
#[derive(Debug)]
struct Verifier {
    roots: Arc<WebPkiServerVerifier>,
    known: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if !self.known.contains(certificate) {
            return self.roots.verify_server_cert(certificate, intermediates, name, ocsp_response, now);
        }
        verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.roots.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.roots.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.roots.supported_verify_schemes()
    }
}

/// Tells a certificate that is not trusted from other trouble.
fn explain(authority: String, source: io::Error) -> ConnectError {
    let problem = match source.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(problem)) => problem,
        Some(rustls::Error::InvalidMessage(_)) => return ConnectError::NotTls { authority },
        _ => return ConnectError::Tls { authority, source },
    };
    let problem = match problem {
        CertificateError::UnknownIssuer => "its issuer is unknown".to_owned(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another host name".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".to_owned(),
        other => other.to_string(),
    };
    ConnectError::Untrusted { authority, problem }
}

/// A TCP stream that may acknowledge at once what it has read: see [`Connector::prompt`].
struct PromptStream {
    stream: TcpStream,
    is_prompt: bool,
}

impl PromptStream {
    async fn connect(host: &str, port: u16, is_prompt: bool) -> io::Result<Self> {
        let stream = TcpStream::connect((host, port)).await?;
        // Requests are small, and their answers are awaited.
        stream.set_nodelay(true)?;
        let stream = Self { stream, is_prompt };
        stream.acknowledge();
        Ok(stream)
    }

    #[cfg(target_os = "linux")]
    fn acknowledge(&self) {
        if self.is_prompt {
            // Without it, the suite is slow and no less right.
            let _ = rustix::net::sockopt::set_tcp_quickack(&self.stream, true);
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn acknowledge(&self) {
        let _ = self.is_prompt;
    }
}

impl AsyncRead for PromptStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        // The kernel forgets the option with each segment.
        self.acknowledge();
        read
    }
}

impl AsyncWrite for PromptStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
