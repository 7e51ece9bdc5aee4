//! Requests that are right, and that a test makes wrong before they go over a socket as bytes.

use alloy_assay::Emulator;

use super::raw::{Answer, Connection, exchange};

/// A request, header by header in the order in which it is sent.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl Request {
    /// A request for `target` with a `Host` and nothing else.
    pub fn new(method: &str, target: &str) -> Self {
        let request = Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        request.and("host", "localhost:7979")
    }

    /// A request to the Alloy API, with the required headers.
    pub fn alloy(method: &str, path: &str) -> Self {
        Self::new(method, path).and("authorization", "Bearer alice-key").and("x-api-version", "2025-09")
    }

    /// The presign request with this body.
    pub fn presign(body: &[u8]) -> Self {
        let request = Self::alloy("POST", "/connectors/files/upload/request");
        request.and("content-type", "application/json").body(body)
    }

    /// A PUT of `body` to a URL or a target, with its `Host` and this `Content-MD5`.
    pub fn put(url: &str, md5: &str, body: &[u8]) -> Self {
        let (host, target) = split(url);
        Self::new("PUT", target).with("host", host).and("content-md5", md5).body(body)
    }

    /// Adds a header, whether or not it is there.
    pub fn and(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// Puts a header in the place of those of its name.
    pub fn with(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.without(name).and(name, value)
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    pub fn method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    /// The body, with its length.
    pub fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self.with("content-length", body.len().to_string())
    }

    /// Changes the target; it must change by it.
    #[track_caller]
    pub fn replace(mut self, from: &str, to: &str) -> Self {
        let changed = self.target.replacen(from, to, 1);
        assert_ne!(changed, self.target);
        self.target = changed;
        self
    }

    /// Leaves out the query.
    pub fn without_query(mut self) -> Self {
        let end = self.target.find('?').unwrap_or(self.target.len());
        self.target.truncate(end);
        self
    }

    /// Its head, the empty line included.
    pub fn head(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    }

    /// All of it.
    pub fn bytes(&self) -> Vec<u8> {
        [self.head(), self.body.clone()].concat()
    }

    /// Sends it on a new connection, and closes our half.
    pub fn send(&self, emulator: &Emulator) -> Answer {
        exchange(emulator, &self.bytes())
    }

    /// Sends it on a connection that stays open, and reads its answer.
    pub fn send_on(&self, connection: &mut Connection) -> Answer {
        connection.write(&self.bytes());
        connection.read_answer()
    }
}

/// Host and target of a URL.
fn split(url: &str) -> (&str, &str) {
    let rest = url.strip_prefix("http://").unwrap_or(url);
    rest.split_at(rest.find('/').unwrap())
}
