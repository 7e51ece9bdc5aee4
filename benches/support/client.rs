//! The load generator: requests whose bytes are made beforehand, sent over kept-alive sockets, and of an
//! answer no more read than where it ends. Both servers are asked by the same one.

use std::{
    cell::Cell,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use md5::{Digest, Md5};
use memchr::memmem;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    task::LocalSet,
};

/// How many connections ask at once where there is more than one.
pub const CONNECTIONS: usize = 16;

/// The digits of the number that makes requests distinct.
const DIGITS: usize = 10;

/// What a connection reads and writes.
pub trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

/// A kept-alive connection.
pub struct Connection {
    stream: Box<dyn Stream>,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self::over(stream)
    }

    /// A connection over a stream that is open.
    pub fn over(stream: impl Stream + 'static) -> Self {
        Self { stream: Box::new(stream), buffer: Vec::with_capacity(64 << 10) }
    }

    /// Sends a request and reads the whole of its answer, which must be a 200; gives its content.
    pub async fn ask(&mut self, request: &[u8]) -> &[u8] {
        self.ask_for(b"HTTP/1.1 200", request).await
    }

    /// As [`Self::ask`], for an answer that begins otherwise.
    pub async fn ask_for(&mut self, beginning: &[u8], request: &[u8]) -> &[u8] {
        self.stream.write_all(request).await.unwrap();
        self.answer_of(beginning, request).await
    }

    /// What a request is written to.
    pub fn stream(&mut self) -> &mut dyn Stream {
        &mut *self.stream
    }

    /// Reads the whole of the answer to a request that was written, which must be a 200; gives its content.
    pub async fn answer(&mut self, request: &[u8]) -> &[u8] {
        self.answer_of(b"HTTP/1.1 200", request).await
    }

    async fn answer_of(&mut self, beginning: &[u8], request: &[u8]) -> &[u8] {
        self.buffer.clear();
        let (head, length) = loop {
            if let Some(head) = memmem::find(&self.buffer, b"\r\n\r\n") {
                break (head + 4, content_length(&self.buffer[..head + 4]));
            }
            self.read().await;
        };
        self.buffer.reserve(length);
        while self.buffer.len() < head + length {
            self.read().await;
        }
        assert!(
            self.buffer.starts_with(beginning),
            "asked: {}\nanswered: {}",
            String::from_utf8_lossy(request),
            String::from_utf8_lossy(&self.buffer)
        );
        &self.buffer[head..]
    }

    async fn read(&mut self) {
        let read = self.stream.read_buf(&mut self.buffer).await.unwrap();
        assert!(read > 0, "the server closed the connection");
    }
}

/// Both servers write header names in lower case.
fn content_length(head: &[u8]) -> usize {
    const NAME: &[u8] = b"content-length: ";
    let at = memmem::find(head, NAME).expect("an answer with a content-length") + NAME.len();
    head[at..].iter().take_while(|byte| byte.is_ascii_digit()).fold(0, |n, b| n * 10 + usize::from(b - b'0'))
}

/// A request whose filename bears a number, so that no two are alike.
#[derive(Clone)]
pub struct Numbered {
    bytes: Vec<u8>,
    at: usize,
}

impl Numbered {
    /// Asks for a URL to upload a file of its own name to.
    pub fn presign(host: SocketAddr) -> Self {
        Self::presign_of(host, "9e107d9d372bb6826bd81d3542a419d6")
    }

    /// The same of a file whose content has this MD5 in hex.
    pub fn presign_of(host: SocketAddr, md5: &str) -> Self {
        let bytes = presign(host, &format!("quarterly-report-{:0DIGITS$}.pdf", 0), md5);
        let at = memmem::rfind(&bytes, b"-0000000000.pdf").unwrap() + 1;
        Self { bytes, at }
    }

    /// The request with this number.
    pub fn with(&mut self, mut number: u64) -> &[u8] {
        for digit in self.bytes[self.at..self.at + DIGITS].iter_mut().rev() {
            *digit = b'0' + u8::try_from(number % 10).unwrap();
            number /= 10;
        }
        &self.bytes
    }
}

/// Asks for a URL to upload a file to.
pub fn presign(host: SocketAddr, filename: &str, md5: &str) -> Vec<u8> {
    let body = format!(r#"{{"filename":"{filename}","mimeType":"application/pdf","md5":"{md5}"}}"#);
    let length = body.len();
    format!(
        "POST /connectors/files/upload/request HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer bench-key\r\n\
         x-api-version: 2025-09\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A request without a body, as the benches' own user.
pub fn get(host: SocketAddr, path: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer bench-key\r\nx-api-version: 2025-09\r\n\r\n"
    )
    .into_bytes()
}

pub const HEALTH: &str = "/_assay/health";
pub const LIST: &str = "/connectors/files/list";

/// The number of the next request. Counts up over the whole of a run.
#[derive(Clone, Default)]
pub struct Counter(Rc<Cell<u64>>);

impl Counter {
    pub fn next(&self) -> u64 {
        self.0.replace(self.0.get() + 1)
    }
}

/// How many presign requests a second a server answers on [`CONNECTIONS`] connections, for so long.
pub async fn presign_rate(address: SocketAddr, counter: &Counter, duration: Duration) -> (u64, f64) {
    let (started, from) = (Instant::now(), counter.0.get());
    let local = LocalSet::new();
    for _ in 0..CONNECTIONS {
        let counter = counter.clone();
        local.spawn_local(async move {
            let mut connection = Connection::open(address).await;
            let mut request = Numbered::presign(address);
            while started.elapsed() < duration {
                connection.ask(request.with(counter.next())).await;
            }
        });
    }
    local.await;
    let requests = counter.0.get() - from;
    (requests, requests as f64 / started.elapsed().as_secs_f64())
}

/// Asks for URLs on [`CONNECTIONS`] connections until the counter is at `end`; every tenth request is wrong.
pub async fn presign_and_mistake(address: SocketAddr, counter: &Counter, end: u64) {
    let local = LocalSet::new();
    for _ in 0..CONNECTIONS {
        let counter = counter.clone();
        local.spawn_local(async move {
            let mut connection = Connection::open(address).await;
            let mut request = Numbered::presign(address);
            let mistake = presign(address, "quarterly-report.pdf", "no md5");
            while counter.0.get() < end {
                match counter.next() {
                    number if number.is_multiple_of(10) => {
                        connection.ask_for(b"HTTP/1.1 400", &mistake).await;
                    }
                    number => {
                        connection.ask(request.with(number)).await;
                    }
                }
            }
        });
    }
    local.await;
}

/// What the uploaded files have in them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// Nothing. The server must not look for duplicates by content.
    Empty,
    /// Their own number.
    Distinct,
}

/// Uploads so many files of one user, the way any client does: asks for a URL, then PUTs to it.
pub async fn upload(address: SocketAddr, files: Files, numbers: std::ops::Range<u64>) {
    let next = Counter(Rc::new(Cell::new(numbers.start)));
    let local = LocalSet::new();
    for _ in 0..CONNECTIONS {
        let (next, end) = (next.clone(), numbers.end);
        local.spawn_local(async move {
            let mut connection = Connection::open(address).await;
            loop {
                let number = next.next();
                if number >= end {
                    break;
                }
                let content = match files {
                    Files::Empty => String::new(),
                    Files::Distinct => number.to_string(),
                };
                let mut presign = Numbered::presign_of(address, &hex::encode(Md5::digest(&content)));
                let answer = connection.ask(presign.with(number)).await;
                let put = put(address, answer, &content);
                connection.ask(&put).await;
            }
        });
    }
    local.await;
}

/// The PUT that an answer to a presign request allows.
fn put(address: SocketAddr, answer: &[u8], content: &str) -> Vec<u8> {
    let mut put = put_head(address, answer, content.len() as u64);
    put.extend_from_slice(content.as_bytes());
    put
}

/// Its head, with the length of what is to come.
pub fn put_head(address: SocketAddr, answer: &[u8], length: u64) -> Vec<u8> {
    let field = |name: &str| {
        let start = memmem::find(answer, name.as_bytes()).expect("a URL in the answer") + name.len();
        let end = start + memchr::memchr(b'"', &answer[start..]).unwrap();
        std::str::from_utf8(&answer[start..end]).unwrap()
    };
    let (md5, url) = (field(r#""md5":""#), field(r#""presignedUrl":"http"#));
    let (_, target) = url.split_once(&address.to_string()).expect("a URL of the server");
    format!(
        "PUT {target} HTTP/1.1\r\nhost: {address}\r\ncontent-md5: {md5}\r\ncontent-type: application/pdf\r\n\
         content-length: {length}\r\n\r\n"
    )
    .into_bytes()
}

/// The PUTs of 1 KiB that a bench sends again and again, one to a key of its own for each connection. A URL may
/// be used until it expires.
pub struct Small(Vec<Vec<u8>>);

impl Small {
    pub async fn new(address: SocketAddr) -> Self {
        let content = "x".repeat(1024);
        let md5 = hex::encode(Md5::digest(&content));
        let mut connection = Connection::open(address).await;
        let mut puts = Vec::new();
        for number in 0..CONNECTIONS {
            let answer = connection.ask(&presign(address, &format!("small-{number}.txt"), &md5)).await;
            puts.push(put(address, answer, &content));
        }
        Self(puts)
    }
}

/// How many of them a second a server answers on [`CONNECTIONS`] connections, for so long.
pub async fn put_rate(address: SocketAddr, puts: &Small, duration: Duration) -> (u64, f64) {
    let (started, answered) = (Instant::now(), Counter::default());
    let local = LocalSet::new();
    for put in puts.0.clone() {
        let answered = answered.clone();
        local.spawn_local(async move {
            let mut connection = Connection::open(address).await;
            while started.elapsed() < duration {
                connection.ask(&put).await;
                answered.next();
            }
        });
    }
    local.await;
    let answered = answered.0.get();
    (answered, answered as f64 / started.elapsed().as_secs_f64())
}
