//! Requests byte by byte, over a socket, and answers as they come back.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    time::Duration,
};

use alloy_assay::Emulator;

/// A connection to an emulator.
pub struct Connection(TcpStream);

impl Connection {
    pub fn open(emulator: &Emulator) -> Self {
        Self::to(emulator.base_url().strip_prefix("http://").unwrap())
    }

    /// A connection to `host:port`.
    pub fn to(address: &str) -> Self {
        Self::of(TcpStream::connect(address).unwrap())
    }

    /// A connection that is there already.
    pub fn of(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(30))).unwrap();
        Self(stream)
    }

    /// Writes bytes. Ignores a closed peer, whose answer can still be read.
    pub fn write(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes);
    }

    /// Closes our half.
    pub fn finish(&mut self) {
        let _ = self.0.shutdown(Shutdown::Write);
    }

    /// Ends the connection as a client does whose machine is gone: with a reset.
    pub fn reset(self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _context = runtime.enter();
        self.0.set_nonblocking(true).unwrap();
        tokio::net::TcpStream::from_std(self.0).unwrap().set_zero_linger().unwrap();
    }

    /// All that comes until the other side closes.
    pub fn read_to_end(&mut self) -> Vec<u8> {
        let mut answer = Vec::new();
        match self.0.read_to_end(&mut answer) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            Err(error) => panic!("{error} after {}", String::from_utf8_lossy(&answer)),
        }
        answer
    }

    /// All that comes, and what ends it: `None` is a FIN.
    pub fn read_all(&mut self) -> (Vec<u8>, Option<ErrorKind>) {
        let mut bytes = Vec::new();
        let end = self.0.read_to_end(&mut bytes).err().map(|error| error.kind());
        (bytes, end)
    }

    /// Whether nothing has come so far, not even an end.
    pub fn is_silent(&self) -> bool {
        self.0.set_nonblocking(true).unwrap();
        let peeked = self.0.peek(&mut [0]);
        self.0.set_nonblocking(false).unwrap();
        peeked.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }

    /// The head of an answer, which is all that HEAD gets.
    pub fn read_head(&mut self) -> Answer {
        Answer::parse(&self.read_head_bytes())
    }

    /// One answer, or `None` where the other side has closed instead.
    pub fn read_answer_or_end(&mut self) -> Option<Answer> {
        let mut byte = [0];
        match self.0.peek(&mut byte) {
            Ok(0) => None,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => None,
            Ok(_) => Some(self.read_answer()),
            Err(error) => panic!("{error}"),
        }
    }

    fn read_head_bytes(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut byte = [0];
        while !bytes.ends_with(b"\r\n\r\n") {
            // Unlike `read`, it goes on where a signal interrupts it: a child's end is one.
            if let Err(error) = self.0.read_exact(&mut byte) {
                panic!("{error} after {}", String::from_utf8_lossy(&bytes));
            }
            bytes.push(byte[0]);
        }
        bytes
    }

    /// One answer, of which the head says where it ends; the connection stays open.
    pub fn read_answer(&mut self) -> Answer {
        let mut bytes = self.read_head_bytes();
        let mut byte = [0];
        let mut answer = Answer::parse(&bytes);
        if answer.header("transfer-encoding") == "chunked" {
            while !bytes.ends_with(b"\r\n0\r\n\r\n") {
                self.0.read_exact(&mut byte).unwrap();
                bytes.push(byte[0]);
            }
            answer = Answer::parse(&bytes);
        } else if let Ok(length) = answer.header("content-length").parse::<usize>() {
            let mut body = vec![0; length];
            self.0.read_exact(&mut body).unwrap();
            answer.body = body;
        }
        answer
    }

    pub fn stream(&self) -> &TcpStream {
        &self.0
    }
}

/// An answer as it came.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads an answer, its body put together where it came in chunks.
    pub fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(bytes)));
        let mut answer = Self::parse_head(std::str::from_utf8(&bytes[..end]).unwrap());
        answer.body = bytes[end + 4..].to_vec();
        if answer.header("transfer-encoding") == "chunked" {
            answer.body = unchunk(&answer.body);
        }
        answer
    }

    /// Reads the head of an answer, without the empty line.
    pub fn parse_head(head: &str) -> Self {
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap_or((line.trim_end_matches(':'), "")));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        Self { status, headers, body: Vec::new() }
    }

    /// A header's value; empty where it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

fn unchunk(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = chunks.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&chunks[..end]).unwrap(), 16).unwrap();
        body.extend_from_slice(&chunks[end + 2..end + 2 + size]);
        chunks = &chunks[end + 2 + size + 2..];
        if size == 0 {
            break;
        }
    }
    body
}

/// Sends one request on a new connection, and reads until the server closes it.
pub fn exchange(emulator: &Emulator, request: &[u8]) -> Answer {
    let mut connection = Connection::open(emulator);
    connection.write(request);
    connection.finish();
    Answer::parse(&connection.read_to_end())
}
