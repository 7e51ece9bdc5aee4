//! A connection's bytes, in the clear or under TLS: the first byte decides.

use std::{
    io::{self, IoSlice},
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use hyper::http::uri::Authority;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
#[cfg(feature = "tls")]
use tokio_rustls::{
    LazyConfigAcceptor,
    rustls::{ServerConfig, server::Acceptor},
    server::TlsStream,
};

use super::linger::Lingering;

/// Makes the TLS configuration when the first connection needs it. Without the feature `tls` there is none.
pub type TlsConfig = Arc<dyn Fn() -> io::Result<Arc<ServerConfig>> + Send + Sync>;

/// In place of rustls' own.
#[cfg(not(feature = "tls"))]
pub enum ServerConfig {}

/// The first byte of a TLS handshake record.
const HANDSHAKE: u8 = 0x16;

/// Origin of a request: an extension of each.
#[derive(Clone, Debug)]
pub struct Via {
    /// The client.
    pub peer: SocketAddr,
    /// The `CONNECT` before it.
    pub tunnel: Option<Tunnel>,
    /// Whether it came over TLS.
    pub is_tls: bool,
    /// The name in the TLS hello.
    pub server_name: Option<String>,
}

/// A `CONNECT`, after which a connection began anew.
#[derive(Clone, Debug)]
pub struct Tunnel {
    /// Host and port.
    pub target: Authority,
    /// Its `User-Agent`.
    pub user_agent: Option<String>,
}

/// A TLS handshake that failed.
#[derive(Debug)]
pub struct Handshake {
    /// The `CONNECT` before it.
    pub tunnel: Option<Tunnel>,
    /// The name in the hello.
    pub server_name: Option<String>,
    /// Why: of the client, an alert.
    pub error: io::Error,
}

/// The bytes under hyper. Faults act on the socket below TLS.
#[cfg_attr(
    feature = "tls",
    expect(clippy::large_enum_variant, reason = "plain connections, which most are, need no allocation")
)]
pub(super) enum Stream {
    Plain(Lingering),
    #[cfg(feature = "tls")]
    Tls(Box<TlsStream<Lingering>>),
}

impl Stream {
    /// Reads the first byte, and does the handshake where it begins one.
    ///
    /// # Errors
    ///
    /// [`Handshake`] where TLS was begun and failed. `Ok(None)`: nothing came.
    pub(super) async fn open(
        mut socket: Lingering,
        tls: &TlsConfig,
        via: &mut Via,
    ) -> Result<Option<Self>, Handshake> {
        match socket.first_byte().await {
            Ok(Some(HANDSHAKE)) => {}
            Ok(Some(_)) => return Ok(Some(Self::Plain(socket))),
            Ok(None) | Err(_) => return Ok(None),
        }
        // Boxed, so that plain connections do not pay for its size.
        Box::pin(shake_hands(socket, tls, via)).await.map(Some)
    }

    /// Returns the socket.
    pub(super) fn socket(&mut self) -> &mut Lingering {
        match self {
            Self::Plain(socket) => socket,
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.get_mut().0,
        }
    }

    /// Returns the socket, without ending TLS.
    pub(super) fn into_socket(self) -> Lingering {
        match self {
            Self::Plain(socket) => socket,
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.into_inner().0,
        }
    }

    fn inner(&mut self) -> Pin<&mut (dyn Duplex + 'static)> {
        match self {
            Self::Plain(socket) => Pin::new(socket),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => Pin::new(&mut **stream),
        }
    }
}

#[cfg(feature = "tls")]
async fn shake_hands(socket: Lingering, tls: &TlsConfig, via: &mut Via) -> Result<Stream, Handshake> {
    let failed = |server_name, error| Handshake { tunnel: via.tunnel.clone(), server_name, error };
    let hello = LazyConfigAcceptor::new(Acceptor::default(), socket).await;
    let hello = hello.map_err(|error| failed(None, error))?;
    let server_name = hello.client_hello().server_name().map(str::to_owned);
    let stream = match tls() {
        Ok(config) => hello.into_stream(config).await,
        Err(error) => Err(error),
    };
    let stream = stream.map_err(|error| failed(server_name, error))?;
    via.is_tls = true;
    via.server_name = stream.get_ref().1.server_name().map(str::to_owned);
    Ok(Stream::Tls(Box::new(stream)))
}

#[cfg(not(feature = "tls"))]
async fn shake_hands(_socket: Lingering, _tls: &TlsConfig, via: &mut Via) -> Result<Stream, Handshake> {
    let error = io::Error::new(io::ErrorKind::Unsupported, "the emulator is built without the feature `tls`");
    Err(Handshake { tunnel: via.tunnel.clone(), server_name: None, error })
}

/// Both kinds of bytes.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.inner().poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.inner().poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.inner().poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(socket) => socket.is_write_vectored(),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_shutdown(cx)
    }
}
