//! Helpers that keep tests short: emulators, an upload client, and sockets for bytes that client libraries would
//! correct.
#![allow(dead_code, reason = "every test takes what it needs")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "in a test they are assertions")]
#![allow(clippy::disallowed_methods, reason = "a test that waits gives up in real time")]

pub mod bucket;
pub mod golden;
pub mod installed;
pub mod junit;
pub mod openapi;
pub mod program;
pub mod raw;
pub mod readme;
pub mod reference;
pub mod request;
pub mod seeds;
pub mod sign;
pub mod toy;

use alloy_assay::{Builder, Emulator};
use base64::{Engine, engine::general_purpose::STANDARD};
use md5::{Digest, Md5};
use serde_json::{Value, json};
use ureq::{Agent, Body, http::Response};

/// An emulator on a free port, with everything at its default.
pub fn emulator() -> Emulator {
    start(|builder| builder)
}

/// An emulator that is set up first.
pub fn start(set_up: impl FnOnce(Builder) -> Builder) -> Emulator {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(set_up(Emulator::builder()).start()).unwrap()
}

/// The MD5 of `bytes` as base64.
pub fn md5_base64(bytes: &[u8]) -> String {
    STANDARD.encode(Md5::digest(bytes))
}

/// The MD5 of `bytes` as hex.
pub fn md5_hex(bytes: &[u8]) -> String {
    hex::encode(Md5::digest(bytes))
}

/// An answer's status and body.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    fn of(mut response: Response<Body>) -> Self {
        let body = response.body_mut().with_config().limit(1 << 31).read_to_vec().unwrap();
        Self { status: response.status().as_u16(), headers: response.headers().clone(), body }
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// A header's value; empty where it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The reply, which must have this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }
}

/// Answer of a presign.
#[derive(Clone, Debug)]
pub struct Presigned {
    pub md5: String,
    pub url: String,
    pub r#type: String,
    pub key: String,
}

impl Presigned {
    pub fn of(answer: &Value) -> Self {
        let text = |name: &str| answer["presignedUrl"][name].as_str().unwrap().to_owned();
        Self { md5: text("md5"), url: text("presignedUrl"), r#type: text("type"), key: text("s3Key") }
    }
}

/// A client of one API key.
pub struct Client {
    pub base: String,
    pub key: String,
    pub agent: Agent,
}

impl Client {
    pub fn new(emulator: &Emulator, key: &str) -> Self {
        Self { base: emulator.base_url().to_owned(), key: key.to_owned(), agent: agent() }
    }

    /// Calls the Alloy API with the right headers.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        let key = format!("Bearer {}", self.key);
        let mut headers = vec![("authorization", key.as_str()), ("x-api-version", "2025-09")];
        if body.is_some() {
            headers.push(("content-type", "application/json"));
        }
        let body = body.map(|body| serde_json::to_vec(body).unwrap()).unwrap_or_default();
        self.send(method, &format!("{}{path}", self.base), &headers, &body)
    }

    /// Any request.
    pub fn send(&self, method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body).unwrap();
        Reply::of(self.agent.run(request).unwrap_or_else(|error| panic!("{method} {url}: {error}")))
    }

    /// Asks for a URL for these bytes.
    pub fn presign(&self, filename: &str, bytes: &[u8]) -> Presigned {
        let body = json!({"filename": filename, "mimeType": "text/plain", "md5": md5_hex(bytes)});
        let reply = self.call("POST", "/connectors/files/upload/request", Some(&body));
        Presigned::of(&reply.expect(200).json())
    }

    /// PUTs bytes to a URL with the MD5 and the type that [`Self::presign`] announces.
    pub fn put(&self, presigned: &Presigned, bytes: &[u8]) -> Reply {
        let headers = [("content-md5", presigned.md5.as_str()), ("content-type", "text/plain")];
        self.send("PUT", &presigned.url, &headers, bytes)
    }

    /// Uploads bytes the right way; gives the key.
    pub fn upload(&self, filename: &str, bytes: &[u8]) -> String {
        let presigned = self.presign(filename, bytes);
        self.put(&presigned, bytes).expect(200);
        presigned.key
    }

    /// The keys that the list names.
    pub fn list(&self) -> Vec<String> {
        let answer = self.call("GET", "/connectors/files/list", None).expect(200).json();
        let files = answer["files"].as_array().unwrap();
        files.iter().map(|file| file["s3Key"].as_str().unwrap().to_owned()).collect()
    }

    pub fn delete(&self, key: &str) -> Reply {
        self.call("DELETE", &format!("/connectors/files/{key}"), None)
    }

    /// Calls the control API.
    #[track_caller]
    pub fn control(&self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        let body = body.map(|body| serde_json::to_vec(body).unwrap()).unwrap_or_default();
        let reply = self.send(method, &format!("{}/_assay/{path}", self.base), &[], &body);
        openapi::check(method, path, reply.status, reply.header("content-type"), &reply.body);
        reply
    }
}

/// An HTTP client that accepts every status, and sends a body with any method.
fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .max_redirects(0)
        .timeout_global(Some(std::time::Duration::from_secs(60)));
    config.build().new_agent()
}

/// Waits for a condition that real time brings about, and gives up after ten seconds.
#[track_caller]
pub fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let give_up = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !condition() {
        assert!(std::time::Instant::now() < give_up, "{what} did not happen");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}
