//! Sends requests only to the upstream and to the hosts of its presigned URLs. Streams bodies in both directions;
//! follows no redirect, decodes nothing, and sends nothing twice; every wait has a time limit.

use std::{
    collections::HashMap,
    fmt,
    future::poll_fn,
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
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
    time::Sleep,
};

use super::body::Passing;
use crate::http::{ConnectError, Connection, Connector, Origin};

/// Time limit for reusing an idle connection: shorter than that of servers.
const MAX_IDLE: Duration = Duration::from_secs(4);

/// Limit on the idle connections of a host.
const MAX_FREE: usize = 64;

/// The longest head of an answer, in bytes.
const MAX_HEAD: usize = 64 << 10;

/// Reason why there is no answer to forward.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// No connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The connection ended before the answer did.
    #[error("{origin} closed the connection before it answered")]
    Closed {
        /// The server.
        origin: Origin,
    },
    /// The answer is not HTTP.
    #[error("{origin} answered with something that is not HTTP: {detail}")]
    NotHttp {
        /// The server.
        origin: Origin,
        /// hyper's error.
        detail: String,
    },
    /// Nothing came for too long.
    #[error("{origin} did not answer within {}", shown(.after))]
    TimedOut {
        /// The server.
        origin: Origin,
        /// Time limit.
        after: Duration,
    },
    /// It leads to a host that is not contacted.
    #[error(
        "{origin} redirects to `{to}`, which is not contacted: only the upstream and the hosts of its URLs are"
    )]
    Redirect {
        /// The server.
        origin: Origin,
        /// Target, without its query.
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

/// A connection. Whoever waits for something on it drives it, in the task of the exchange: a task of its own would be
/// woken twice for each. An idle one is driven when it is taken again.
struct Held {
    sender: SendRequest<Passing>,
    /// `None` once it has ended.
    driver: Option<Box<http1::Connection<TokioIo<Enduring>, Passing>>>,
}

impl Held {
    /// Reads and writes what can be read and written now. What goes wrong, the sender is told.
    fn drive(&mut self, cx: &mut Context<'_>) {
        if let Some(driver) = &mut self.driver
            && Pin::new(driver).poll(cx).is_ready()
        {
            self.driver = None;
        }
    }

    /// Whether an idle connection takes a request: the server may have closed it meanwhile.
    fn is_ready(&mut self) -> bool {
        let mut nobody = Context::from_waker(Waker::noop());
        self.drive(&mut nobody);
        matches!(self.sender.poll_ready(&mut nobody), Poll::Ready(Ok(())))
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held")
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
    /// [`UpstreamError`] if there is no connection.
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
            match self.ask(origin, &mut connection, head, body).await {
                Ok(response) => {
                    return Ok(response.map(|incoming| self.reply(origin, connection, incoming, body)));
                }
                Err((UpstreamError::Closed { .. }, is_unsent)) if is_kept && (is_safe || is_unsent) => {}
                Err((error, _)) => return Err(error),
            }
        }
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
        let mut answer = Box::pin(connection.sender.try_send_request(request));
        let mut before = body.progress().0;
        loop {
            let answered = poll_fn(|cx| {
                connection.drive(cx);
                answer.as_mut().poll(cx)
            });
            match tokio::time::timeout(self.timeout, answered).await {
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(mut error)) => {
                    let is_unsent = error.take_message().is_some();
                    return Err((UpstreamError::of(origin, error.error()), is_unsent));
                }
                Err(_) => {
                    let progress = progress_since(origin, body, before, self.timeout);
                    before = progress.map_err(|error| (error, false))?;
                }
            }
        }
    }

    async fn connect(&self, origin: &Origin) -> Result<Held, UpstreamError> {
        let stream = self.connector.connect(origin).await?;
        let stream = TokioIo::new(Enduring { stream, is_broken: false });
        let handshake = http1::Builder::new().max_buf_size(MAX_HEAD + (64 << 10)).handshake(stream).await;
        let (sender, driver) = handshake.map_err(|error| UpstreamError::of(origin, &error))?;
        Ok(Held { sender, driver: Some(Box::new(driver)) })
    }

    fn take(&self, origin: &Origin) -> Option<Held> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let connections = free.get_mut(origin)?;
        connections.retain(|free| free.since.elapsed() < MAX_IDLE);
        std::iter::from_fn(|| connections.pop())
            .map(|free| free.connection)
            .find_map(|mut connection| connection.is_ready().then_some(connection))
    }

    fn reply(&self, origin: &Origin, connection: Held, incoming: Incoming, body: &Passing) -> ReplyBody {
        let (free, origin, body) = (Arc::clone(&self.free), origin.clone(), body.clone());
        let connection = Some(connection);
        ReplyBody { incoming, connection, origin, free, body, timeout: self.timeout, idle: None }
    }
}

/// Returns how far a body has come; an error where it stopped for so long, and not because of the client.
fn progress_since(
    origin: &Origin,
    body: &Passing,
    before: u64,
    after: Duration,
) -> Result<u64, UpstreamError> {
    let (passed, waits_for_client) = body.progress();
    if passed == before && !waits_for_client {
        return Err(UpstreamError::TimedOut { origin: origin.clone(), after });
    }
    Ok(passed)
}

/// The body of an answer. Once it is read to its end, its connection can be used again; before, it ends with it.
pub struct ReplyBody {
    incoming: Incoming,
    connection: Option<Held>,
    origin: Origin,
    free: Pool,
    /// Request.
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

    /// Waits until all of the request's body is passed on, where its answer came early. A server that closes the
    /// connection after its answer wants no more.
    ///
    /// # Errors
    ///
    /// [`UpstreamError`] where the server stops taking it, or the client stops sending.
    pub async fn finish_request(&mut self) -> Result<(), UpstreamError> {
        let Self { connection, body, origin, timeout, .. } = self;
        let mut before = body.progress().0;
        loop {
            let finished = poll_fn(|cx| {
                let has_ended = connection.as_mut().is_none_or(|connection| {
                    connection.drive(cx);
                    connection.driver.is_none()
                });
                match body.has_failed() {
                    true => Poll::Ready(Err(UpstreamError::Client)),
                    false if has_ended || body.is_whole() => Poll::Ready(Ok(())),
                    false => Poll::Pending,
                }
            });
            match tokio::time::timeout(*timeout, finished).await {
                Ok(finished) => return finished,
                Err(_) => before = progress_since(origin, body, before, *timeout)?,
            }
        }
    }

    /// Reads all of it, up to a bound.
    ///
    /// # Errors
    ///
    /// [`UpstreamError`] if it ends early. Beyond the limit, `Ok(Err(…))` with the bytes so far: the rest follows.
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
        let mut polled = Pin::new(&mut self.incoming).poll_frame(cx);
        if polled.is_pending()
            && let Some(connection) = &mut self.connection
        {
            connection.drive(cx);
            polled = Pin::new(&mut self.incoming).poll_frame(cx);
        }
        let Poll::Ready(frame) = polled else {
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
