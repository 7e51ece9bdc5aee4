//! Every refusal is explained: no request makes the explanation fail, or reveal a signature.

use proptest::{collection::vec, prelude::*, sample::select, test_runner::TestRunner};

use super::{holds, is_of_s3};
use crate::support::{Client, bucket::signature, emulator, md5_base64, raw::Connection, request::Request};

/// One way to change the good upload.
#[derive(Clone, Debug)]
enum Change {
    Method(&'static str),
    Insert(prop::sample::Index, &'static str),
    Delete(prop::sample::Index, usize),
    Header(&'static str, Vec<u8>),
    Without(&'static str),
    Body(Vec<u8>),
}

fn change() -> impl Strategy<Value = Change> {
    let names = [
        "content-md5",
        "content-type",
        "host",
        "x-amz-acl",
        "x-amz-content-sha256",
        "authorization",
        "origin",
    ];
    let piece = [
        "%", "%25", "&", "=", "+", "?", "/", "//", "/../", "&amp;", "%2F", "%3B", "0", "A", "&x-id=a", "%ff",
        "X-Amz-",
    ];
    let value = prop_oneof![
        select(vec![
            "",
            "\"\"",
            "====",
            "4QrcOUm6Wau+VuBX8g+IPg==",
            "multipart/form-data; boundary=",
            "Bearer x",
            "localhost"
        ])
        .prop_map(|value| value.as_bytes().to_vec()),
        vec(prop_oneof![0x20..0x7fu8, 0x80..=0xffu8], 0..40),
    ];
    prop_oneof![
        1 => select(vec!["GET", "HEAD", "POST", "DELETE", "OPTIONS", "PATCH"]).prop_map(Change::Method),
        4 => (any::<prop::sample::Index>(), select(piece.to_vec())).prop_map(|(at, piece)| Change::Insert(at, piece)),
        3 => (any::<prop::sample::Index>(), 1..70_usize).prop_map(|(at, length)| Change::Delete(at, length)),
        3 => (select(names.to_vec()), value).prop_map(|(name, value)| Change::Header(name, value)),
        1 => select(names.to_vec()).prop_map(Change::Without),
        2 => vec(any::<u8>(), 0..200).prop_map(Change::Body),
    ]
}

impl Change {
    fn apply(&self, mut request: Request) -> Request {
        // Behind the bucket, so that it stays S3's.
        let from = "/alloy-user-files/".len();
        let place = |at: &prop::sample::Index, target: &str| from + at.index((target.len() - from).max(1));
        match self {
            Self::Method(method) => return request.method(method),
            Self::Insert(at, piece) => {
                let at = place(at, &request.target).min(request.target.len());
                request.target.insert_str(at, piece);
            }
            Self::Delete(at, length) => {
                let at = place(at, &request.target).min(request.target.len());
                let end = request.target.len().min(at + length);
                request.target.replace_range(at..end, "");
            }
            Self::Header(name, value) => return request.with(name, value),
            Self::Without(name) => return request.without(name),
            Self::Body(body) => return request.body(body),
        }
        request
    }
}

#[test]
fn every_refusal_is_explained_whatever_the_request() {
    let emulator = emulator();
    let presigned = Client::new(&emulator, "alice-key").presign("report.txt", b"body");
    let good = Request::put(&presigned.url, &md5_base64(b"body"), b"body").and("connection", "close");
    let secret = signature(&good).to_owned();
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) };
    let property = |changes: Vec<Change>| {
        let request = changes.iter().fold(good.clone(), |request, change| change.apply(request));
        let mut connection = Connection::open(&emulator);
        connection.write(&request.bytes());
        connection.finish();
        let answer = String::from_utf8_lossy(&connection.read_to_end()).into_owned();
        prop_assert!(answer.starts_with("HTTP/1.1 "), "{answer:?} to {request:?}");
        let is_refusal =
            !answer.starts_with("HTTP/1.1 200") && answer.contains("\r\ncontent-type: application/xml");
        let exchange = emulator.exchanges().pop().unwrap();
        if is_refusal {
            prop_assert!(!exchange.findings.is_empty(), "{answer} to {request:?}");
        }
        let found = emulator.findings();
        let found = found.iter().filter(|finding| finding.exchange == exchange.id && is_refusal);
        for finding in found.filter(|finding| is_of_s3(finding)) {
            holds(finding, "");
            prop_assert!(!serde_json::to_string(finding).unwrap().contains(&secret[..40]), "{finding:?}");
        }
        Ok(())
    };
    TestRunner::new(config).run(&vec(change(), 1..4), property).unwrap_or_else(|error| panic!("{error}"));
}
