//! Sends requests to the upstream and to the hosts of URLs that it issued, and to nobody else. Bodies pass in pieces both
//! ways; nothing is followed, decoded or sent twice; every wait has an end.

use std::{
    collections::HashMap,
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode, Uri,
    body::{Body, Frame, Incoming, SizeHint},
    client::conn::http1::{self, SendRequest},
    header,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    task::AbortHandle,
    time::Sleep,
};

use super::body::Passing;
use crate::http::{ConnectError, Connection, Connector, Origin};

/// How long a connection may be idle and be used again: less than servers keep them.
const MAX_IDLE: Duration = Duration::from_secs(4);

/// How many idle connections are kept for each host.
const MAX_FREE: usize = 64;

/// The longest head of an answer, in bytes.
const MAX_HEAD: usize = 64 << 10;

/// Why there is no answer to pass on.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// There is no connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The connection ended before the answer did.
    #[error("{origin} closed the connection before it answered")]
    Closed {
        /// The server.
        origin: Origin,
    },
    /// What came is not HTTP.
    #[error("{origin} answered with something that is not HTTP: {detail}")]
    NotHttp {
        /// The server.
        origin: Origin,
        /// What hyper says.
        detail: String,
    },
    /// Nothing came for too long.
    #[error("{origin} did not answer within {}", shown(.after))]
    TimedOut {
        /// The server.
        origin: Origin,
        /// How long it was waited for.
        after: Duration,
    },
    /// It leads to a host that is not contacted.
    #[error(
        "{origin} redirects to `{to}`, which is not contacted: only the upstream and the hosts of its URLs are"
    )]
    Redirect {
        /// The server.
        origin: Origin,
        /// Where to, without a query.
        to: String,
    },
    /// The client's half of the exchange failed.
    #[error("the request did not come whole")]
    Client,
}

fn shown(duration: &Duration) -> String {
    format!("{:#}", jiff::SignedDuration::try_from(*duration).unwrap_or(jiff::SignedDuration::MAX))
}

impl UpstreamError {
    /// Returns the status that the client is answered with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::TimedOut { .. } | Self::Connect(ConnectError::TimedOut { .. }) => {
                StatusCode::GATEWAY_TIMEOUT
            }
            Self::Client => StatusCode::BAD_REQUEST,
            _ => StatusCode::BAD_GATEWAY,
        }
    }

    /// Returns what happened, as a word.
    #[must_use]
    pub fn what(&self) -> &'static str {
        match self {
            Self::Connect(_) => "connect",
            Self::Closed { .. } => "closed",
            Self::NotHttp { .. } => "not-http",
            Self::TimedOut { .. } => "timeout",
            Self::Redirect { .. } => "redirect",
            Self::Client => "client",
        }
    }

    fn of(origin: &Origin, error: &hyper::Error) -> Self {
        let origin = origin.clone();
        if error.is_parse() {
            return Self::NotHttp { origin, detail: error.to_string() };
        }
        if error.is_user() { Self::Client } else { Self::Closed { origin } }
    }
}

/// Sends requests over connections that it keeps.
#[derive(Debug)]
pub struct Client {
    connector: Connector,
    timeout: Duration,
    free: Pool,
}

/// Connections that are free.
type Pool = Arc<Mutex<HashMap<Origin, Vec<Free>>>>;

#[derive(Debug)]
struct Free {
    connection: Held,
    since: Instant,
}

/// A connection, which ends when it is dropped.
#[derive(Debug)]
struct Held {
    sender: SendRequest<Passing>,
    task: AbortHandle,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The head of a request, complete.
#[derive(Debug)]
pub struct Head {
    /// The method.
    pub method: Method,
    /// Path and query, as they came.
    pub target: Uri,
    /// The headers, `Host` included, without those of one connection.
    pub headers: HeaderMap,
}

impl Client {
    /// A client whose servers may keep silent for so long, in real time.
    #[must_use]
    pub fn new(connector: Connector, timeout: Duration) -> Self {
        Self { connector, timeout, free: Arc::default() }
    }

    /// Sends a request, and returns its answer once the head of that is there.
    ///
    /// # Errors
    ///
    /// [`UpstreamError`] where there is none.
    pub async fn send(
        &self,
        origin: &Origin,
        head: &Head,
        body: &Passing,
    ) -> Result<Response<ReplyBody>, UpstreamError> {
        // Such a request may be sent once more, where a connection that was kept has ended meanwhile.
        let is_safe = matches!(head.method, Method::GET | Method::HEAD | Method::DELETE | Method::OPTIONS)
            && body.is_end_stream();
        loop {
            let kept = self.take(origin);
            let is_kept = kept.is_some();
            let mut connection = match kept {
                Some(kept) => kept,
                None => self.connect(origin).await?,
            };
            if connection.sender.ready().await.is_err() && is_kept {
                continue;
            }
            match self.ask(origin, &mut connection, head, body).await {
                Ok(response) => {
                    return Ok(response.map(|incoming| self.reply(origin, connection, incoming, body)));
                }
                Err((UpstreamError::Closed { .. }, is_unsent)) if is_kept && (is_safe || is_unsent) => {}
                Err((error, _)) => return Err(error),
            }
        }
    }

    /// Waits until all of a body is passed on that was answered early.
    ///
    /// # Errors
    ///
    /// [`UpstreamError`] where the server stops taking it, or the client stops sending.
    pub async fn finish(&self, origin: &Origin, body: &Passing) -> Result<(), UpstreamError> {
        let whole = body.finished();
        tokio::pin!(whole);
        let mut before = body.progress().0;
        loop {
            match tokio::time::timeout(self.timeout, &mut whole).await {
                Ok(true) => return Ok(()),
                Ok(false) => return Err(UpstreamError::Client),
                Err(_) => before = self.progress_since(origin, body, before)?,
            }
        }
    }

    /// Returns how far a body has come; an error where it stopped, and not because of the client.
    fn progress_since(&self, origin: &Origin, body: &Passing, before: u64) -> Result<u64, UpstreamError> {
        let (passed, waits_for_client) = body.progress();
        if passed == before && !waits_for_client {
            return Err(UpstreamError::TimedOut { origin: origin.clone(), after: self.timeout });
        }
        Ok(passed)
    }

    /// Asks on a connection. With the error comes whether nothing was sent.
    async fn ask(
        &self,
        origin: &Origin,
        connection: &mut Held,
        head: &Head,
        body: &Passing,
    ) -> Result<Response<Incoming>, (UpstreamError, bool)> {
        let mut request = Request::new(body.clone());
        request.method_mut().clone_from(&head.method);
        request.uri_mut().clone_from(&head.target);
        request.headers_mut().clone_from(&head.headers);
        if head.headers.contains_key(header::EXPECT) {
            let body = body.clone();
            hyper::ext::on_informational(&mut request, move |response| {
                if response.status() == StatusCode::CONTINUE {
                    body.open();
                }
            });
        }
        let answer = connection.sender.try_send_request(request);
        tokio::pin!(answer);
        let mut before = body.progress().0;
        loop {
            match tokio::time::timeout(self.timeout, &mut answer).await {
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(mut error)) => {
                    let is_unsent = error.take_message().is_some();
                    return Err((UpstreamError::of(origin, error.error()), is_unsent));
                }
                Err(_) => {
                    before = self.progress_since(origin, body, before).map_err(|error| (error, false))?;
                }
            }
        }
    }

    async fn connect(&self, origin: &Origin) -> Result<Held, UpstreamError> {
        let stream = self.connector.connect(origin).await?;
        let stream = TokioIo::new(Enduring { stream, is_broken: false });
        let handshake = http1::Builder::new().max_buf_size(MAX_HEAD + (64 << 10)).handshake(stream).await;
        let (sender, connection) = handshake.map_err(|error| UpstreamError::of(origin, &error))?;
        let task = tokio::spawn(async {
            // What went wrong on it, the sender is told.
            let _ = connection.await;
        });
        Ok(Held { sender, task: task.abort_handle() })
    }

    fn take(&self, origin: &Origin) -> Option<Held> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let connections = free.get_mut(origin)?;
        let is_good = |free: &Free| free.since.elapsed() < MAX_IDLE && !free.connection.sender.is_closed();
        std::iter::from_fn(|| connections.pop()).find(is_good).map(|free| free.connection)
    }

    fn reply(&self, origin: &Origin, connection: Held, incoming: Incoming, body: &Passing) -> ReplyBody {
        let (free, origin, body) = (Arc::clone(&self.free), origin.clone(), body.clone());
        let connection = Some(connection);
        ReplyBody { incoming, connection, origin, free, body, timeout: self.timeout, idle: None }
    }
}

/// The body of an answer. Once it is read to its end, its connection can be used again; before, it ends with it.
pub struct ReplyBody {
    incoming: Incoming,
    connection: Option<Held>,
    origin: Origin,
    free: Pool,
    /// What was asked with.
    body: Passing,
    timeout: Duration,
    idle: Option<Pin<Box<Sleep>>>,
}

impl ReplyBody {
    /// Keeps the connection for the next request, where the last one has passed whole.
    fn keep(&mut self) {
        let Some(connection) = self.connection.take().filter(|_| self.body.is_whole()) else { return };
        #[expect(clippy::disallowed_methods, reason = "how long a connection is idle is real time")]
        let since = Instant::now();
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let connections = free.entry(self.origin.clone()).or_default();
        if connections.len() < MAX_FREE {
            connections.push(Free { connection, since });
        }
    }

    /// Reads all of it, up to a bound.
    ///
    /// # Errors
    ///
    /// [`UpstreamError`] where it ends early. Beyond the bound, `Ok(Err(…))` with what was read: the rest is still
    /// to come.
    pub async fn read(&mut self, most: usize) -> Result<Result<Bytes, Bytes>, UpstreamError> {
        let mut all = Vec::new();
        while let Some(frame) = self.frame().await {
            let frame = frame.map_err(|error| match error.kind() {
                io::ErrorKind::TimedOut => {
                    UpstreamError::TimedOut { origin: self.origin.clone(), after: self.timeout }
                }
                _ => UpstreamError::Closed { origin: self.origin.clone() },
            })?;
            if let Some(piece) = frame.data_ref() {
                all.extend_from_slice(piece);
            }
            if all.len() > most {
                return Ok(Err(all.into()));
            }
        }
        Ok(Ok(all.into()))
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(cx) else {
            let timeout = self.timeout;
            #[expect(clippy::disallowed_methods, reason = "how long a server may be silent is real time")]
            let idle = self.idle.get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
            return idle.as_mut().poll(cx).map(|()| Some(Err(io::ErrorKind::TimedOut.into())));
        };
        self.idle = None;
        if frame.is_none() || self.incoming.is_end_stream() {
            self.keep();
        }
        Poll::Ready(frame.map(|frame| frame.map_err(io::Error::other)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

/// A connection whose writes never fail: a server that answers early may close before it has read everything, and its
/// answer can still be read.
struct Enduring {
    stream: Connection,
    is_broken: bool,
}

impl AsyncRead for Enduring {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Enduring {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if !self.is_broken {
            match Pin::new(&mut self.stream).poll_write(cx, bytes) {
                Poll::Ready(Err(_)) => self.is_broken = true,
                written => return written,
            }
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if !self.is_broken {
            match Pin::new(&mut self.stream).poll_write_vectored(cx, slices) {
                Poll::Ready(Err(_)) => self.is_broken = true,
                written => return written,
            }
        }
        Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_broken {
            match Pin::new(&mut self.stream).poll_flush(cx) {
                Poll::Ready(Err(_)) => self.is_broken = true,
                flushed => return flushed,
            }
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
