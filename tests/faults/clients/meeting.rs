//! A client meets a fault: set up, sent, and looked at afterwards. What holds for all of them is held here.

use std::{
    fs,
    time::{Duration, Instant},
};

use alloy_assay::{Emulator, Exchange};
use serde_json::json;
use tempfile::TempDir;

use super::{Client, Outcome, Request, matrix::Row};
use crate::support::{self, emulator, eventually, md5_hex, sign};

/// Content of a small file.
const SMALL: &[u8] = b"contents of a file";

/// Size of a large file, in bytes.
const LARGE: usize = 300_000;

/// Result of a client's request.
pub(super) struct Meeting {
    emulator: Emulator,
    file: Vec<u8>,
    outcomes: Vec<Outcome>,
    /// The request as the journal has it, each time.
    exchanges: Vec<Exchange>,
    /// Duration of all attempts.
    took: Duration,
}

/// A request that is put together.
struct Prepared {
    method: &'static str,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: Option<Vec<u8>>,
}

impl Prepared {
    /// The request of a row, with all that has to be there before it.
    fn of(row: &Row, emulator: &Emulator, file: &[u8]) -> Self {
        let client = support::Client::new(emulator, "alice-key");
        if row.asks("presign") {
            let body = json!({"filename": "a.txt", "mimeType": "text/plain", "md5": md5_hex(file)});
            return Self {
                method: "POST",
                url: format!("{}/connectors/files/upload/request", client.base),
                headers: vec![
                    ("Authorization", "Bearer alice-key".to_owned()),
                    ("x-api-version", "2025-09".to_owned()),
                    ("Content-Type", "application/json".to_owned()),
                ],
                body: Some(body.to_string().into_bytes()),
            };
        }
        let presigned = client.presign("a.txt", file);
        if row.asks("PUT") {
            let headers = vec![("Content-MD5", presigned.md5), ("Content-Type", "text/plain".to_owned())];
            return Self { method: "PUT", url: presigned.url, headers, body: Some(file.to_vec()) };
        }
        client.put(&presigned, file).expect(200);
        let method = if row.asks("GET") { "GET" } else { "HEAD" };
        let (host, path) =
            (client.base.strip_prefix("http://").unwrap(), format!("/alloy-user-files/{}", presigned.key));
        let url = sign::url(method, host, &path, &[], emulator.clock().now());
        Self { method, url, headers: Vec::new(), body: None }
    }
}

impl Meeting {
    /// Has a client send the request of a row to an emulator with its fault.
    pub fn of(row: &Row, client: Client) -> Self {
        let emulator = emulator();
        let is_impatient = row.asks("1s");
        if is_impatient {
            // Waits on the clock then exceed the client's patience, however slow both are.
            emulator.clock().freeze();
        }
        emulator.inject(row.fault.parse().unwrap());
        let is_small = !row.asks("large") && !row.asks("GET");
        let file = if is_small { SMALL.to_vec() } else { b"0123456789".repeat(LARGE / 10) };
        let prepared = Prepared::of(row, &emulator, &file);
        let folder = TempDir::new().unwrap();
        let path = prepared.body.map(|body| {
            let path = folder.path().join("body");
            fs::write(&path, body).unwrap();
            path
        });
        let headers: Vec<_> = prepared.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let begun = Instant::now();
        let outcomes = client.ask(&Request {
            method: prepared.method,
            url: &prepared.url,
            headers: &headers,
            file: path.as_deref(),
            times: if row.asks("twice") { 2 } else { 1 },
            seconds: if is_impatient { 1 } else { 60 },
        });
        let took = begun.elapsed();
        let operation = row.request.split(' ').next().unwrap().to_lowercase();
        let exchanges = || {
            let mut journal = emulator.exchanges();
            journal.retain(|exchange| exchange.operation.name() == operation);
            journal
        };
        if !row.is_open() {
            // Abandoned exchanges are not awaited.
            eventually(row.fault, || exchanges().len() == outcomes.len());
        }
        let exchanges = exchanges();
        Self { emulator, file, outcomes, exchanges, took }
    }

    /// Returns the client's report, which must be the same each time.
    #[track_caller]
    pub fn reported(&self) -> String {
        let outcomes: Vec<String> = self.outcomes.iter().map(Outcome::in_short).collect();
        assert!(outcomes.iter().all(|other| *other == outcomes[0]), "{outcomes:?}");
        outcomes[0].clone()
    }

    /// Returns the stored object of the file.
    pub fn stored(&self) -> String {
        let objects = self.emulator.files();
        let stored = match &objects[..] {
            [] => "-",
            [object] if object.content() == self.file => "sent",
            [_] => "other",
            more => panic!("{} objects", more.len()),
        };
        stored.to_owned()
    }

    /// The status in the journal, and how much of the answer's content went out where a fault cut it.
    pub fn journal(&self, row: &Row) -> String {
        let Some(exchange) = self.exchanges.last() else { return String::new() };
        let status = exchange.status.map_or("-".to_owned(), |status| status.to_string());
        let is_cut = row.fault.contains("truncate");
        if is_cut { format!("{status} {}", exchange.response.bytes) } else { status }
    }

    /// Asserts properties that depend neither on the client nor much on the fault.
    #[track_caller]
    pub fn hold(self, row: &Row) {
        let Self { emulator, file, outcomes, exchanges, took } = self;
        let what = format!("{} | {}: {outcomes:?}", row.fault, row.request);
        assert_eq!(emulator.faults().list()[0].hits, 1, "no client comes again by itself; {what}");
        if row.fault.ends_with("throttle=256KiB") {
            assert!(took > Duration::from_secs(1), "{what} in {took:?}");
        }
        for outcomes in outcomes.iter().filter(|outcomes| outcomes.status.is_some()) {
            // With an expired URL, the fault made the refusal.
            assert_eq!(outcomes.fault.as_deref(), Some("1"), "{what}");
        }
        for (outcomes, exchange) in outcomes.iter().zip(&exchanges) {
            assert_eq!(exchange.fault.as_deref(), Some("1"), "{what}");
            if let Some(length) = outcomes.length.filter(|_| !row.is_open()) {
                assert_eq!(length, exchange.response.bytes, "{what}");
            }
        }
        if row.asks("PUT") && !row.is_open() {
            let taken = exchanges[0].request.bytes;
            match (emulator.files().first(), row.fault) {
                (Some(object), _) => {
                    assert_eq!(taken, file.len() as u64, "{what}");
                    let etag = outcomes[0].status.map(|_| format!("\"{}\"", md5_hex(&object.content())));
                    assert_eq!(outcomes[0].etag, etag, "{what}");
                }
                (None, "put:reset=150000") => assert!(taken >= 150_000, "{what}"),
                (None, "put:close") => assert_eq!(taken, 0, "{what}"),
                // The client's bytes are read before its wait.
                (None, "put:hang" | "put:hang=50ms") => assert_eq!(taken, file.len() as u64, "{what}"),
                (None, _) => {}
            }
        }
        // A fault is not the client's mistake, but its reaction can be.
        let found: Vec<&str> = emulator.findings().iter().map(|finding| finding.rule).collect();
        let expected: &[&str] = if row.asks("twice") { &["expired-url-not-renewed"] } else { &[] };
        assert_eq!(found, expected, "{what}");

        // Once it is over, all is well again. In another second, Alloy gives out another URL.
        emulator.faults().clear();
        emulator.clock().advance(Duration::from_secs(1));
        let client = support::Client::new(&emulator, "alice-key");
        let key = client.upload("b.txt", &file);
        assert!(
            emulator.files().iter().any(|object| object.s3_key() == key && object.content() == file),
            "{what}"
        );
    }
}
