//! URLs that botocore signed: PUT, GET and HEAD reach the right object, in path style and in virtual-host style.

use std::fmt::Debug;

use alloy_assay::Emulator;
use serde_json::{Value, json};

use super::{
    BOTOCORE, ask,
    keys::{COUNT, keys},
    support::{
        emulator, md5_base64,
        raw::{Answer, Connection},
        request::Request,
    },
};

const BUCKET: &str = "alloy-user-files";

/// Types as clients send them; blanks in a row count as one where they are signed.
const TYPES: [&str; 3] = ["application/pdf", "text/plain; charset=utf-8", "text/plain;   charset=\"utf-8\""];

/// A target for signing: the endpoint, AWS's own by default, and the place of the bucket.
struct Place {
    endpoint: Option<String>,
    style: &'static str,
}

impl Place {
    fn presign(&self, operation: &str, params: &Value) -> Value {
        json!({"presign": operation, "endpoint": self.endpoint, "style": self.style, "params": params})
    }
}

/// Path style, and virtual-host style under a name of this machine and under AWS's.
fn places(emulator: &Emulator) -> [Place; 3] {
    let base = emulator.base_url();
    let local = base.replace("127.0.0.1", "localhost");
    [
        Place { endpoint: Some(base.to_owned()), style: "path" },
        Place { endpoint: Some(local), style: "virtual" },
        Place { endpoint: None, style: "virtual" },
    ]
}

/// One object: PUT at one target, GET at the next, HEAD at the third.
struct Journey<'a> {
    key: &'a str,
    content_type: &'static str,
    bytes: Vec<u8>,
    urls: [String; 3],
}

#[test]
#[ignore = "long: run by `cargo test -- --ignored`"]
fn what_botocore_signs_is_good_for_any_key() {
    if !BOTOCORE.is_here() {
        return;
    }
    let emulator = emulator();
    let places = places(&emulator);
    let keys = keys();
    let mut cases = Vec::new();
    let mut journeys = Vec::new();
    for (number, key) in keys.iter().enumerate() {
        for at in 0..places.len() {
            let bytes = format!("{key}, put at {at}").into_bytes();
            let content_type = TYPES[(number + at) % TYPES.len()];
            let object = json!({"Bucket": BUCKET, "Key": key});
            let put = json!({
                "Bucket": BUCKET, "Key": key, "ContentMD5": md5_base64(&bytes), "ContentType": content_type,
            });
            cases.push(places[at].presign("put_object", &put));
            cases.push(places[(at + 1) % 3].presign("get_object", &object));
            cases.push(places[(at + 2) % 3].presign("head_object", &object));
            journeys.push(Journey { key, content_type, bytes, urls: Default::default() });
        }
    }
    let mut urls = ask(&cases).into_iter().map(|answer| answer["url"].as_str().unwrap().to_owned());
    for journey in &mut journeys {
        journey.urls = std::array::from_fn(|_| urls.next().unwrap());
    }

    let port = emulator.base_url().strip_prefix("http://127.0.0.1:").unwrap();
    let hosts = [
        format!("127.0.0.1:{port}/alloy-user-files/"),
        format!("alloy-user-files.localhost:{port}/"),
        "alloy-user-files.s3.us-east-1.amazonaws.com/".to_owned(),
    ];
    for (at, host) in hosts.iter().enumerate() {
        let (_, signed_for) = journeys[at].urls[0].split_once("://").unwrap();
        assert!(signed_for.starts_with(host), "{signed_for} is not at {host}");
    }

    let mut connection = Connection::open(&emulator);
    for journey in &journeys {
        travel(&emulator, &mut connection, journey);
    }
    let stored = emulator.files();
    assert_eq!(stored.len(), COUNT);
    for key in &keys {
        assert!(stored.iter().any(|object| object.s3_key() == key), "{key:?} is not stored");
    }
}

#[track_caller]
fn travel(emulator: &Emulator, connection: &mut Connection, journey: &Journey<'_>) {
    let Journey { key, content_type, bytes, urls: [put, get, head] } = journey;
    let before = emulator.findings().len();
    let is_good = |what: &dyn Debug, answer: &Answer| {
        assert_eq!(answer.status, 200, "{what:?} of {key:?}: {}", answer.text());
    };
    let upload = request("PUT", put).and("content-md5", md5_base64(bytes)).and("content-type", content_type);
    is_good(&put, &upload.clone().body(bytes).send_on(connection));
    let read = request("GET", get).send_on(connection);
    is_good(&get, &read);
    assert!(read.body == *bytes, "{key:?} is not what was sent: {}", read.text());
    connection.write(&request("HEAD", head).bytes());
    let asked = connection.read_head();
    is_good(&head, &asked);
    for answer in [&read, &asked] {
        assert_eq!(answer.header("content-type"), *content_type, "{key:?}");
        assert_eq!(answer.header("content-length"), bytes.len().to_string(), "{key:?}");
    }
    assert_eq!(emulator.findings().len(), before, "{:#?}", emulator.findings());

    // Another request than the signed one is refused.
    let other_type = upload.clone().with("content-type", "text/other").body(bytes).send_on(connection);
    let other_bytes = upload.with("content-md5", md5_base64(b"other")).body(b"other").send_on(connection);
    let other_method = request("GET", put).send_on(connection);
    for refused in [other_type, other_bytes, other_method] {
        assert_eq!(refused.status, 403, "{key:?}");
        assert!(refused.text().contains("<Code>SignatureDoesNotMatch</Code>"), "{key:?}: {}", refused.text());
    }
    // Each refusal is explained, although the Alloy API issued none of these URLs.
    assert_eq!(emulator.findings().len(), before + 3);
}

/// A request for a URL, byte for byte, with the signed host.
fn request(method: &str, url: &str) -> Request {
    let (_, rest) = url.split_once("://").unwrap();
    let (host, target) = rest.split_at(rest.find('/').unwrap());
    Request::new(method, target).with("host", host)
}
