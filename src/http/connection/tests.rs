//! Faults on connections, as clients meet them: raw sockets against a server for one connection, so
//! that each test's next connection shows that the last one's place is free.

use std::{
    io,
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
};

use super::*;
use crate::http::{Limits, Stopper, serve, server::tests::plain, stopper};

/// More than the kernel buffers for a client that does not read.
const LARGE: usize = 16 << 20;

struct Server {
    address: SocketAddr,
    stopper: Stopper,
    task: JoinHandle<()>,
}

/// Starts a server whose `/plain` says whether anything is left of earlier faults.
async fn server<H, F>(limits: Limits, handle: H) -> Server
where
    H: Fn(Request<Incoming>, ConnectionHandle) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Bytes> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stopper, stop) = stopper();
    let limits = Limits { connections: 1, ..limits };
    let handle = move |request: Request<Incoming>, connection: ConnectionHandle| {
        let handle = handle.clone();
        async move {
            let content = if request.uri().path() == "/plain" {
                format!("plain {}", connection.is_bent()).into()
            } else {
                handle(request, connection).await
            };
            Response::new(Full::new(content))
        }
    };
    Server { address, stopper, task: tokio::spawn(serve(listener, plain(limits, handle), stop)) }
}

impl Server {
    async fn client(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// The last client's place is free.
    async fn has_a_place(&self) {
        is_plain(&mut self.client().await).await;
    }
}

async fn is_plain(client: &mut TcpStream) {
    client.write_all(b"GET /plain HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"plain false") {
        let read = within(client.read_buf(&mut answer)).await.unwrap();
        assert_ne!(read, 0, "closed after {:?}", String::from_utf8_lossy(&answer));
    }
}

async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(30), future).await.expect("it ends")
}

/// Returns the head of an upload of this length.
fn upload(length: usize) -> String {
    format!("PUT /fault HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n")
}

/// Reads until the end.
async fn rest(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut rest = Vec::new();
    within(client.read_to_end(&mut rest)).await.map(|_| rest)
}

/// Reads an answer's head and its content.
fn split(answer: &[u8]) -> (&str, &[u8]) {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    (std::str::from_utf8(&answer[..end]).unwrap(), &answer[end..])
}

/// Returns bytes that show their place.
fn pattern(length: usize) -> Bytes {
    (0..=250_u8).cycle().take(length).collect::<Vec<_>>().into()
}

#[tokio::test]
async fn a_reset_reaches_the_client_in_the_middle_of_its_upload() {
    let server = server(Limits::default(), |mut request, connection| async move {
        request.frame().await.unwrap().unwrap();
        match connection.end(Ending::Reset).await {}
    })
    .await;
    let mut client = server.client().await;
    client.write_all(upload(LARGE).as_bytes()).await.unwrap();
    client.write_all(&[0; 1000]).await.unwrap();
    assert_eq!(rest(&mut client).await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    server.has_a_place().await;
}

#[tokio::test]
async fn close_sends_no_byte_even_during_an_upload() {
    let server =
        server(
            Limits::default(),
            |_, connection| async move { match connection.end(Ending::Close).await {} },
        )
        .await;
    let mut client = server.client().await;
    client.write_all(upload(LARGE).as_bytes()).await.unwrap();
    within(client.write_all(&pattern(LARGE))).await.unwrap();
    assert_eq!(rest(&mut client).await.unwrap(), b"");
    drop(client);
    server.has_a_place().await;
}

/// Tells that it is dropped.
struct Dropped(Arc<AtomicUsize>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Starts a server that hangs until notified, and counts the handlers that are over.
async fn hanging() -> (Server, Arc<Notify>, Arc<AtomicUsize>) {
    let (go_on, dropped) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
    let shared = (Arc::clone(&go_on), Arc::clone(&dropped));
    let server = server(Limits::default(), move |_, connection| {
        let (go_on, dropped) = shared.clone();
        async move {
            let _dropped = Dropped(dropped);
            match connection.end(Ending::Hang(Box::pin(async move { go_on.notified().await }))).await {}
        }
    })
    .await;
    (server, go_on, dropped)
}

#[tokio::test]
async fn a_hang_takes_all_of_an_upload_and_ends_with_its_future() {
    let (server, go_on, dropped) = hanging().await;
    let mut client = server.client().await;
    client.write_all(upload(LARGE).as_bytes()).await.unwrap();
    within(client.write_all(&pattern(LARGE))).await.unwrap();
    assert_eq!(client.try_read(&mut [0]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    assert_eq!(dropped.load(SeqCst), 1, "the handler is over when the hang begins");
    go_on.notify_one();
    assert_eq!(rest(&mut client).await.unwrap(), b"");
    drop(client);
    server.has_a_place().await;
}

#[tokio::test]
async fn a_hang_ends_when_the_client_leaves() {
    let (server, _go_on, dropped) = hanging().await;
    let mut client = server.client().await;
    client.write_all(upload(10).as_bytes()).await.unwrap();
    drop(client);
    server.has_a_place().await;
    assert_eq!(dropped.load(SeqCst), 1);
}

#[tokio::test]
async fn a_hang_ends_when_the_server_stops() {
    let (server, _go_on, dropped) = hanging().await;
    let mut client = server.client().await;
    client.write_all(upload(10).as_bytes()).await.unwrap();
    while dropped.load(SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    server.stopper.stop();
    assert_eq!(rest(&mut client).await.unwrap(), b"");
    within(server.task).await.unwrap();
}

/// Starts a server whose handler waits for the client to leave; counts its starts and ends.
async fn watching() -> (Server, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let (begun, left) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let shared = (Arc::clone(&begun), Arc::clone(&left));
    let server = server(Limits::default(), move |_, connection| {
        let (begun, left) = shared.clone();
        async move {
            begun.fetch_add(1, SeqCst);
            connection.left().await;
            left.fetch_add(1, SeqCst);
            match connection.end(Ending::Close).await {}
        }
    })
    .await;
    (server, begun, left)
}

/// Waits until the count is reached.
async fn counted(count: &AtomicUsize, expected: usize) {
    within(async {
        while count.load(SeqCst) < expected {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn notices_a_client_that_leaves() {
    let (server, begun, left) = watching().await;
    // A request sent ahead is not a departure, and hides none.
    for (at, is_reset, ahead) in [(1, false, 0), (2, true, 0), (3, false, 1), (4, true, 1)] {
        let mut client = server.client().await;
        client.write_all(b"GET /fault HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        counted(&begun, at).await;
        for _ in 0..ahead {
            client.write_all(b"GET /plain HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        }
        assert_eq!(left.load(SeqCst), at - 1, "it is still there");
        if is_reset {
            client.set_zero_linger().unwrap();
        }
        drop(client);
        counted(&left, at).await;
        server.has_a_place().await;
    }
}

#[tokio::test]
async fn a_request_sent_ahead_is_answered_after_a_wait() {
    let (go_on, begun) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
    let shared = (Arc::clone(&go_on), Arc::clone(&begun));
    let server = server(Limits::default(), move |_, connection| {
        let (go_on, begun) = shared.clone();
        async move {
            begun.fetch_add(1, SeqCst);
            tokio::select! {
                () = connection.left() => match connection.end(Ending::Close).await {},
                () = go_on.notified() => Bytes::from_static(b"waited"),
            }
        }
    })
    .await;
    let mut client = server.client().await;
    client.write_all(b"GET /fault HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    counted(&begun, 1).await;
    client.write_all(b"GET /fault HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    // Time for the server to look at it. With less, nothing wrong would be found.
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    for at in 1..=2 {
        counted(&begun, at).await;
        go_on.notify_one();
        let mut answer = Vec::new();
        while !answer.ends_with(b"waited") {
            assert_ne!(within(client.read_buf(&mut answer)).await.unwrap(), 0);
        }
    }
    is_plain(&mut client).await;
}

#[tokio::test]
async fn a_cut_answer_promises_all_and_ends_after_so_many_bytes() {
    const CUTS: [u64; 4] = [0, 1, 8191, 1_000_000];
    let (next, content) = (Arc::new(AtomicUsize::new(0)), pattern(LARGE));
    let (counted, whole) = (Arc::clone(&next), content.clone());
    let server = server(Limits::default(), move |request, connection| {
        let (next, content) = (Arc::clone(&counted), whole.clone());
        async move {
            connection.cut(CUTS[next.fetch_add(1, SeqCst)]);
            // With an interim answer before, as a client that waits for it has.
            request.into_body().collect().await.unwrap();
            content
        }
    })
    .await;
    for (at, cut) in CUTS.into_iter().enumerate() {
        let mut client = server.client().await;
        let head = "PUT /fault HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n";
        client.write_all(head.as_bytes()).await.unwrap();
        let mut interim = [0; 25];
        within(client.read_exact(&mut interim)).await.unwrap();
        assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
        // A pipelining client gets no answer to its second request.
        client.write_all(b"bodyGET /fault HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        let answer = rest(&mut client).await.unwrap();
        let (head, sent) = split(&answer);
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(head.contains(&format!("content-length: {LARGE}\r\n")), "{head}");
        assert!(sent == &content[..usize::try_from(cut).unwrap()], "{} bytes instead of {cut}", sent.len());
        assert_eq!(next.load(SeqCst), at + 1);
    }
    server.has_a_place().await;
}

#[tokio::test]
async fn a_cut_leaves_shorter_answers_whole() {
    let server = server(Limits::default(), |_, connection| async move {
        connection.cut(10);
        Bytes::from_static(b"123456789")
    })
    .await;
    let mut client = server.client().await;
    client.write_all(b"GET /fault HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"123456789") {
        assert_ne!(within(client.read_buf(&mut answer)).await.unwrap(), 0);
    }
    is_plain(&mut client).await;
}

#[tokio::test]
async fn pacing_ends_with_the_exchange() {
    const SIZE: usize = 400_000;
    let server = server(Limits::default(), |request, connection| async move {
        connection.pace(NonZeroU64::new(2_000_000).unwrap());
        request.into_body().collect().await.unwrap().to_bytes()
    })
    .await;
    let mut client = server.client().await;
    let content = pattern(SIZE);
    #[expect(clippy::disallowed_methods, reason = "a pace is real time")]
    let begin = Instant::now();
    client.write_all(upload(SIZE).as_bytes()).await.unwrap();
    within(client.write_all(&content)).await.unwrap();
    let mut answer = Vec::new();
    while answer.len() < SIZE || split(&answer).1.len() < SIZE {
        assert_ne!(within(client.read_buf(&mut answer)).await.unwrap(), 0);
    }
    assert!(split(&answer).1 == content);
    assert!(begin.elapsed() > Duration::from_millis(200), "0.2 s each way, less what came with the head");
    is_plain(&mut client).await;
}

#[tokio::test]
async fn a_pace_is_not_taken_for_a_client_that_takes_nothing() {
    // A piece takes longer than a client may.
    let limits = Limits { write_timeout: Duration::from_millis(1), ..Limits::default() };
    let server = server(limits, |_, connection| async move {
        connection.pace(NonZeroU64::new(1000).unwrap());
        pattern(100)
    })
    .await;
    let mut client = server.client().await;
    client.write_all(b"GET /fault HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    assert_eq!(split(&rest(&mut client).await.unwrap()).1, pattern(100));
}

#[tokio::test]
async fn an_ending_leaves_the_answer_before_it_whole() {
    let content = pattern(LARGE);
    let whole = content.clone();
    let server = server(Limits::default(), move |request, connection| {
        let content = whole.clone();
        async move {
            if request.uri().path() == "/whole" {
                return content;
            }
            match connection.end(Ending::Close).await {}
        }
    })
    .await;
    let mut client = server.client().await;
    let both = b"GET /whole HTTP/1.1\r\nhost: a\r\n\r\nGET /close HTTP/1.1\r\nhost: a\r\n\r\n";
    client.write_all(both).await.unwrap();
    assert!(split(&rest(&mut client).await.unwrap()).1 == content);
}
