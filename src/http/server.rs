//! The accept loop: one task a connection, a bound on how many, and an end that lets running exchanges
//! finish.

use std::{
    convert::Infallible,
    future::poll_fn,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    time::{Duration, Instant},
};

use bytes::Bytes;
use hyper::{
    Request, Response,
    body::{Body, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
};

use super::{
    connection::{Answered, ConnectionHandle, Ending, Wire},
    linger::Lingering,
    patience::{Current, Patience},
    stream::{Stream, TlsConfig, Tunnel, Via},
    unreadable::{OnUnreadable, Unreadable, VERSION_NOT_SUPPORTED},
};

/// Bounds of a connection, in real time.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Limit on the concurrent connections; further ones wait.
    pub connections: usize,
    /// Time limit for a request's head, and for an idle kept-alive connection.
    pub head_timeout: Duration,
    /// The longest header section, request line included, that reaches a handler, in bytes. Beyond, hyper
    /// answers a bare 431.
    pub head_bytes: usize,
    /// The most headers that reach a handler. Beyond, hyper answers a bare 431.
    pub headers: usize,
    /// Time limit for a client that reads nothing of an answer, as in S3's rule for both directions:
    /// docs/facts-s3.md#stalled-body
    pub write_timeout: Duration,
    /// Time limit for the next byte of an unread body after the connection is closed.
    pub drain_idle: Duration,
    /// Time limit for draining such a body.
    pub drain_time: Duration,
    /// Limit on the drained bytes of such a body. Node and Python read the answer only after sending the whole body.
    pub drain_bytes: u64,
    /// Time for running exchanges to complete during the shutdown.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            head_timeout: Duration::from_secs(30),
            head_bytes: 64 * 1024,
            headers: 200,
            write_timeout: Duration::from_secs(30),
            drain_idle: Duration::from_secs(30),
            drain_time: Duration::from_secs(5 * 60),
            // S3's limit for one PUT.
            drain_bytes: 5 << 30,
            grace: Duration::from_millis(1500),
        }
    }
}

/// Why an answer's content breaks off. The connection ends with it.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Tells a server to end.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// Receiver of the shutdown.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

/// Makes both ends of a stop signal. Dropping the [`Stopper`] stops, too.
pub fn stopper() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    /// Tells it.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Waits for the stop.
    pub async fn requested(&mut self) {
        // An error means that the stopper is gone, which says the same.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}

/// Configuration of connections.
#[derive(Clone)]
pub struct Service<H> {
    /// Bounds of a connection.
    pub limits: Limits,
    /// Answers one request. It never fails: what goes wrong is an answer too, or is done to the line that it came on.
    pub handle: H,
    /// Called with requests that come no further than hyper or TLS.
    pub on_unreadable: OnUnreadable,
    /// Sets up TLS when the first connection begins with it.
    pub tls: TlsConfig,
}

/// Serves connections until `stop`, then lets running exchanges finish for as long as the grace lasts.
pub async fn serve<H, F, B>(listener: TcpListener, service: Service<H>, mut stop: Stop)
where
    H: Fn(Request<Incoming>, ConnectionHandle) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static,
{
    let limits = service.limits;
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    let (mut full, mut failing) = (Trouble::default(), Trouble::default());
    loop {
        full.log((places.available_permits() == 0).then(|| {
            format!("there are {} connections: new ones wait until others close", limits.connections)
        }));
        let accepted = tokio::select! {
            () = stop.requested() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            accepted = accept(&listener, &places) => accepted,
        };
        failing.log(accepted.as_ref().err().map(|error| format!("new connections have to wait: {error}")));
        match accepted {
            Ok((stream, peer, place)) => {
                connections.spawn(connection(stream, peer, service.clone(), stop.clone(), place));
            }
            Err(_) => wait_for_the_system().await,
        }
    }
    drop(listener);
    let all_done = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(limits.grace, all_done).await;
    // After this, aborted connections are recorded, too.
    connections.shutdown().await;
}

/// Accepts the next connection, once there is a free slot.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, place))
}

/// A failed accept (no file descriptor left, mostly) passes when connections close.
#[expect(clippy::disallowed_methods, reason = "waiting for the system is real time")]
async fn wait_for_the_system() {
    tokio::time::sleep(Duration::from_millis(50)).await;
}

/// Interval between repeated log lines for the same problem.
const LOGGED_FOR: Duration = Duration::from_secs(60);

/// A problem that delays new connections, logged when it begins and at most once a minute.
#[derive(Default)]
struct Trouble {
    last_logged: Option<Instant>,
}

impl Trouble {
    #[expect(clippy::disallowed_methods, reason = "how often a line is logged is real time")]
    fn log(&mut self, trouble: Option<String>) {
        let Some(message) = trouble else { return };
        let now = Instant::now();
        if self.last_logged.is_none_or(|last_logged| now.duration_since(last_logged) > LOGGED_FOR) {
            tracing::warn!("{message}");
            self.last_logged = Some(now);
        }
    }
}

const GIVEN_UP: &str = "a connection is closed: its client did not take its answer";

/// Serves a connection: in the clear or with TLS, and after a `CONNECT` once more.
async fn connection<H, F, B>(
    stream: TcpStream,
    peer: SocketAddr,
    service: Service<H>,
    mut stop: Stop,
    place: OwnedSemaphorePermit,
) where
    H: Fn(Request<Incoming>, ConnectionHandle) -> F,
    F: Future<Output = Response<B>>,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin + 'static,
{
    let _place = place;
    // Answers are small and waited for.
    let _ = stream.set_nodelay(true);
    let mut socket = Lingering::new(stream, stop.clone(), service.limits);
    let mut via = Via { peer, tunnel: None, is_tls: false, server_name: None };
    loop {
        let open = Stream::open(socket, &service.tls, &mut via);
        let opened = tokio::select! {
            opened = tokio::time::timeout(service.limits.head_timeout, open) => opened,
            () = stop.requested() => return,
        };
        let stream = match opened {
            Ok(Ok(Some(stream))) => stream,
            Ok(Err(handshake)) => return (service.on_unreadable)(handshake.into()),
            Ok(Ok(None)) | Err(_) => return,
        };
        let Some((next, tunnel)) = talk(stream, &service, &via, stop.clone()).await else { return };
        socket = next;
        via = Via { peer, tunnel: Some(tunnel), is_tls: false, server_name: None };
    }
}

/// Speaks HTTP on a connection. Gives it back where it begins anew, with its `CONNECT`.
async fn talk<H, F, B>(
    stream: Stream,
    service: &Service<H>,
    via: &Via,
    mut stop: Stop,
) -> Option<(Lingering, Tunnel)>
where
    H: Fn(Request<Incoming>, ConnectionHandle) -> F,
    F: Future<Output = Response<B>>,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin + 'static,
{
    let Service { limits, handle, on_unreadable, .. } = service;
    let (is_used, faults, patience) =
        (AtomicBool::new(false), ConnectionHandle::default(), Current::default());
    let answer = service_fn(|mut request| {
        is_used.store(true, Ordering::Relaxed);
        request.extensions_mut().insert(via.clone());
        let (faults, patience) = (faults.clone(), &patience);
        async move {
            faults.begin().await;
            let mut answer = handle(request, faults.clone()).await;
            patience.begin(answer.extensions_mut().remove::<Patience>());
            Ok::<_, Infallible>(answer.map(|content| Answered::new(content, faults)))
        }
    });
    let wire = Wire::new(stream, faults.clone(), Arc::clone(on_unreadable));
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_header_size(limits.head_bytes)
        // Room for the largest head that is let through, and for the body bytes that come with it.
        .max_buf_size(limits.head_bytes + 64 * 1024)
        .max_headers(limits.headers)
        // A client may close its half and still wait for its answer. Where a handler waits on purpose, it has the line
        // watched for the client's leaving.
        .half_close(true)
        .serve_connection(TokioIo::new(wire), answer);
    let over = tokio::select! {
        biased;
        over = drive(&mut connection, &faults, &patience) => over,
        // hyper would wait for the first request of a connection that never had one.
        () = stop.requested() => if is_used.load(Ordering::Relaxed) {
            Pin::new(&mut connection).graceful_shutdown();
            drive(&mut connection, &faults, &patience).await
        } else {
            return None;
        }
    };
    match over {
        Over::Done => {}
        Over::Broken(error) => {
            tracing::debug!(%error, "a connection broke");
            if error.is_parse()
                && let Some(head) = faults.take_unreadable()
            {
                on_unreadable(Unreadable::answered(head, VERSION_NOT_SUPPORTED));
                let mut stream = connection.into_parts().io.into_inner().into_inner();
                // A client that is gone needs no answer.
                let _ = stream.write_all(VERSION_NOT_SUPPORTED).await;
                let _ = stream.shutdown().await;
            }
        }
        Over::GivenUp => tracing::debug!("{GIVEN_UP}"),
        Over::Ending(ending) => {
            tracing::debug!(?ending, "ended a connection on purpose");
            // Dropping the rest drops the handler, and the exchange is over.
            let parts = connection.into_parts();
            faults.is_over();
            // On the heap: few connections end this way.
            let stream = parts.io.into_inner().into_inner();
            return Box::pin(ending.carry_out(stream, parts.read_buf, stop)).await;
        }
    }
    None
}

/// End of a connection.
enum Over {
    /// It is closed.
    Done,
    /// It is gone.
    Broken(hyper::Error),
    /// Its client does not take its answer.
    GivenUp,
    /// To be ended like this.
    Ending(Ending),
}

/// Drives a connection as far as HTTP goes.
async fn drive<C>(connection: &mut C, faults: &ConnectionHandle, patience: &Current) -> Over
where
    C: Future<Output = hyper::Result<()>> + Unpin,
{
    poll_fn(|cx| {
        // Driven first: this starts the patience and requests endings.
        if let Poll::Ready(ended) = Pin::new(&mut *connection).poll(cx) {
            return Poll::Ready(ended.map_or_else(Over::Broken, |()| Over::Done));
        }
        if let Some(ending) = faults.take_ending() {
            return Poll::Ready(Over::Ending(ending));
        }
        patience.poll(cx).map(|()| Over::GivenUp)
    })
    .await
}

#[cfg(test)]
pub(super) mod tests {
    use http_body_util::Full;
    use tokio::io::AsyncReadExt;

    use super::*;
    use crate::exchange::testing::Log;

    /// Creates a service without TLS.
    pub(crate) fn plain<H>(limits: Limits, handle: H) -> Service<H> {
        let tls: TlsConfig = Arc::new(|| Err(io::ErrorKind::Unsupported.into()));
        Service { limits, handle, on_unreadable: Arc::new(|_| ()), tls }
    }

    async fn ask(stream: &mut TcpStream) {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    }

    async fn is_served(stream: &mut TcpStream) {
        let mut answer = Vec::new();
        while !answer.ends_with(b"served") {
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "closed after {answer:?}");
        }
        assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
    }

    #[tokio::test]
    async fn connections_above_the_bound_wait() {
        let log = Log::default();
        let written = log.clone();
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).with_writer(move || written.clone()).finish();
        let _logging = tracing::subscriber::set_default(subscriber);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let limits = Limits { connections: 2, ..Limits::default() };
        let (_stopper, stop) = stopper();
        let handle = |_, _| async { Response::new(Full::new(Bytes::from_static(b"served"))) };
        tokio::spawn(serve(listener, plain(limits, handle), stop));

        let mut first = TcpStream::connect(address).await.unwrap();
        ask(&mut first).await;
        is_served(&mut first).await;
        assert_eq!(log.text(), "", "there is a place left");
        let mut second = TcpStream::connect(address).await.unwrap();
        ask(&mut second).await;
        is_served(&mut second).await;
        let expected =
            "WARN alloy_assay::http::server: there are 2 connections: new ones wait until others close\n";
        assert!(log.text().ends_with(expected), "{}", log.text());

        // The kernel accepts it, but the server does not while the others are served.
        let mut third = TcpStream::connect(address).await.unwrap();
        ask(&mut third).await;
        for _ in 0..20 {
            ask(&mut first).await;
            is_served(&mut first).await;
            ask(&mut second).await;
            is_served(&mut second).await;
        }
        let early = third.try_read(&mut [0]).unwrap_err();
        assert_eq!(early.kind(), io::ErrorKind::WouldBlock);
        assert_eq!(log.text().lines().count(), 1, "logged once: {}", log.text());

        drop(first);
        is_served(&mut third).await;
        ask(&mut second).await;
        is_served(&mut second).await;
    }

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "a slow client takes real time")]
    async fn drains_a_slow_body_for_as_long_as_bytes_come() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let limits = Limits {
            drain_idle: Duration::from_millis(500),
            drain_time: Duration::from_secs(60),
            ..Limits::default()
        };
        let (_stopper, stop) = stopper();
        let handle = |_, _| async { Response::new(Full::new(Bytes::from_static(b"refused"))) };
        tokio::spawn(serve(listener, plain(limits, handle), stop));
        let mut slow = TcpStream::connect(address).await.unwrap();
        slow.write_all(b"PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n").await.unwrap();
        // Three times as long as a silent client is waited for.
        for _ in 0..30 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            slow.write_all(&[0; 100]).await.unwrap();
        }
        let mut answer = Vec::new();
        slow.read_to_end(&mut answer).await.unwrap();
        assert!(answer.ends_with(b"refused"), "{answer:?}");
    }

    #[tokio::test]
    async fn a_client_that_takes_nothing_of_its_answer_loses_its_place() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let limits =
            Limits { connections: 1, write_timeout: Duration::from_millis(300), ..Limits::default() };
        let (_stopper, stop) = stopper();
        // More than the kernel takes for a client that does not read.
        let large = Bytes::from(vec![0; 32 << 20]);
        let handle = move |request: Request<Incoming>, _| {
            let large = large.clone();
            let is_large = request.uri().path() == "/large";
            async move { Response::new(Full::new(if is_large { large } else { "served".into() })) }
        };
        tokio::spawn(serve(listener, plain(limits, handle), stop));
        let mut silent = TcpStream::connect(address).await.unwrap();
        silent.write_all(b"GET /large HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        silent.readable().await.unwrap();
        let mut next = TcpStream::connect(address).await.unwrap();
        ask(&mut next).await;
        tokio::time::timeout(Duration::from_secs(20), is_served(&mut next)).await.unwrap();
        drop(silent);
    }
}
