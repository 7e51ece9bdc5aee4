//! Whatever anybody can think of to send: never a failure of the emulator's own, never a hang, never a stored
//! object.

use std::time::Duration;

use alloy_assay::Emulator;
use proptest::{collection::vec, prelude::*, sample::select, test_runner::TestCaseError};

use super::{stands, upload_of};
use crate::support::{Client, emulator, raw::Connection, request::Request};

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, max_shrink_iters: 2000, ..ProptestConfig::with_cases(cases) }
}

/// Sends bytes, closes our half and reads the answer. Fails after ten silent seconds. Returns the first status, if any.
fn send(emulator: &Emulator, bytes: &[u8]) -> Result<Option<u16>, TestCaseError> {
    let mut connection = Connection::open(emulator);
    connection.stream().set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    connection.write(bytes);
    connection.finish();
    let answer = connection.read_to_end();
    let text = String::from_utf8_lossy(&answer);
    // HTTP/1.0 requests get HTTP/1.0 answers.
    let mut statuses = text
        .match_indices("HTTP/1.")
        .filter_map(|(at, start)| text.get(at + start.len()..at + start.len() + 5))
        .filter(|rest| rest.starts_with("0 ") || rest.starts_with("1 "))
        .map(|rest| &rest[2..]);
    let first = statuses.clone().find(|status| *status != "100");
    // A TLS hello gets TLS's own answer.
    let is_tls = bytes.first() == Some(&0x16);
    prop_assert!(answer.is_empty() || first.is_some() || is_tls, "no answer: {text}");
    prop_assert!(
        !statuses.any(|status| status.starts_with('5') && !["501", "505"].contains(&status)),
        "{text}"
    );
    prop_assert!(emulator.files().is_empty());
    Ok(first.and_then(|status| status.parse().ok()))
}

/// Runs a property with one emulator for all of its cases.
fn property<S: Strategy>(
    count: u32,
    strategy: &S,
    test: impl Fn(&Emulator, S::Value) -> Result<(), TestCaseError>,
) {
    let emulator = emulator();
    let mut runner = proptest::test_runner::TestRunner::new(cases(count));
    runner.run(strategy, |value| test(&emulator, value)).unwrap_or_else(|error| panic!("{error}"));
    stands(&emulator);
}

/// Pieces of HTTP in any order, with noise between them.
fn almost_http() -> impl Strategy<Value = Vec<u8>> {
    let pieces = select(vec![
        "GET ",
        "PUT ",
        "POST ",
        "OPTIONS ",
        "HEAD ",
        "CONNECT ",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "/connectors/files/list",
        "/connectors/files/upload/request",
        "/alloy-user-files/k",
        "/_assay/health",
        "*",
        "http://localhost/",
        "?X-Amz-Date=1",
        "?X-Amz-Signature=",
        "%",
        " HTTP/1.1\r\n",
        " HTTP/1.0\r\n",
        " HTTP/1.1\n",
        "host: localhost\r\n",
        "host: alloy-user-files.x\r\n",
        "content-length: 3\r\n",
        "content-length: 0\r\n",
        "transfer-encoding: chunked\r\n",
        "transfer-encoding: gzip, chunked\r\n",
        "expect: 100-continue\r\n",
        "connection: close\r\n",
        "connection: keep-alive, upgrade\r\n",
        "upgrade: h2c\r\n",
        "authorization: Bearer alice-key\r\n",
        "x-api-version: 2025-09\r\n",
        "content-type: application/json\r\n",
        "origin: http://x\r\n",
        "\r\n",
        "\r\n\r\n",
        "\n",
        ": ",
        "3\r\nabc\r\n",
        "0\r\n\r\n",
        "{}",
        " ",
        "\0",
    ]);
    let piece =
        prop_oneof![9 => pieces.prop_map(|piece| piece.as_bytes().to_vec()), 1 => vec(any::<u8>(), 0..40)];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

#[test]
fn arbitrary_bytes_are_refused_and_survived() {
    let bytes = prop_oneof![1 => vec(any::<u8>(), 0..3000), 4 => almost_http()];
    property(400, &bytes, |emulator, bytes| send(emulator, &bytes).map(drop));
}

#[test]
fn an_answer_in_http_1_0_is_one() {
    let emulator = emulator();
    let status = send(&emulator, b"GET /connectors/files/list HTTP/1.0\r\n\r\n").unwrap();
    assert_eq!(status, Some(401));
}

/// JSON of any shape, with the names that are looked for more often than others.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let text =
        prop_oneof![".*", Just("9e107d9d372bb6826bd81d3542a419d6".to_owned()), Just("a.txt".to_owned())];
    let name =
        prop_oneof![4 => select(vec!["filename", "mimeType", "md5"]).prop_map(str::to_owned), 1 => ".{0,9}"];
    let leaf = prop_oneof![
        4 => text.prop_map(serde_json::Value::from),
        1 => any::<f64>().prop_map(serde_json::Value::from),
        1 => any::<i64>().prop_map(serde_json::Value::from),
        1 => any::<Option<bool>>().prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            1 => vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            4 => vec((name.clone(), inner), 0..6).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

#[test]
fn an_arbitrary_presign_body_is_answered_or_refused() {
    let body = prop_oneof![
        3 => json().prop_map(|value| value.to_string().into_bytes()),
        1 => vec(any::<u8>(), 0..300),
        1 => "[\\[\\]{}:,\"a-z0-9 ]{0,60}".prop_map(String::into_bytes),
    ];
    property(400, &body, |emulator, body| {
        let status = send(emulator, &Request::presign(&body).with("connection", "close").bytes())?;
        prop_assert!(matches!(status, Some(200 | 400)), "{status:?}");
        Ok(())
    });
}

/// One way to change a text.
#[derive(Clone, Debug)]
enum Change {
    Flip(u8),
    Insert(u8),
    Delete,
    DuplicateByte,
    DuplicateParameter,
    DeleteParameter,
    SwapParameters,
}

fn change() -> impl Strategy<Value = (Change, prop::sample::Index)> {
    let byte = prop_oneof![3 => 0x21..0x7fu8, 2 => select(b"&=%+/;?#. 0aA".to_vec()), 1 => any::<u8>()];
    let change = prop_oneof![
        (1..=255u8).prop_map(Change::Flip),
        byte.prop_map(Change::Insert),
        Just(Change::Delete),
        Just(Change::DuplicateByte),
        Just(Change::DuplicateParameter),
        Just(Change::DeleteParameter),
        Just(Change::SwapParameters),
    ];
    (change, any::<prop::sample::Index>())
}

impl Change {
    /// Changes a target at a place behind its first slash.
    fn apply(&self, target: &[u8], place: prop::sample::Index) -> Vec<u8> {
        let at = 1 + place.index(target.len() - 1);
        let mut bytes = target.to_vec();
        let query = target.iter().position(|byte| *byte == b'?').map_or(target.len(), |at| at + 1);
        let (path, query) = target.split_at(query);
        let mut parameters: Vec<&[u8]> = query.split(|byte| *byte == b'&').collect();
        let which = place.index(parameters.len());
        match self {
            Self::Flip(by) => bytes[at] ^= by,
            Self::Insert(byte) => bytes.insert(at, *byte),
            Self::Delete => drop(bytes.remove(at)),
            Self::DuplicateByte => bytes.insert(at, bytes[at]),
            Self::DuplicateParameter => parameters.push(parameters[which]),
            Self::DeleteParameter => drop(parameters.remove(which)),
            Self::SwapParameters => parameters.swap(0, which),
        }
        if matches!(self, Self::DuplicateParameter | Self::DeleteParameter | Self::SwapParameters) {
            bytes = [path, &parameters.join(&b'&')[..]].concat();
        }
        bytes
    }
}

#[test]
fn a_changed_url_stores_nothing_elsewhere() {
    let body = b"body";
    let emulator = emulator();
    let put = upload_of(&emulator, body);
    let key = Client::new(&emulator, "alice-key").presign("report.txt", body).key;
    let mut runner = proptest::test_runner::TestRunner::new(cases(400));
    let property = |changes: Vec<(Change, prop::sample::Index)>| {
        let target = changes.iter().fold(put.target.clone().into_bytes(), |target, (change, place)| {
            if target.len() < 2 { target } else { change.apply(&target, *place) }
        });
        let head = put.head();
        let rest = &head[b"PUT ".len() + put.target.len()..];
        let mut connection = Connection::open(&emulator);
        connection.stream().set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        connection.write(&[b"PUT ", &target[..], rest, body].concat());
        connection.finish();
        let answer = connection.read_to_end();
        let status: u16 = std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap();
        let shown = String::from_utf8_lossy(&target).into_owned();
        // Some changes change nothing: parameters in another order, `%2f` for `%2F`, an empty one more.
        let objects = emulator.files();
        if status == 200 {
            prop_assert_eq!(
                (objects.len(), objects[0].s3_key(), objects[0].content()),
                (1, &key[..], body.to_vec())
            );
            emulator.reset();
        } else {
            prop_assert!((400..500).contains(&status), "{} {}", status, shown);
            prop_assert!(objects.is_empty(), "{}", shown);
        }
        Ok(())
    };
    runner.run(&vec(change(), 1..4), property).unwrap_or_else(|error| panic!("{error}"));
    stands(&emulator);
}

/// Headers of any name and value, with those that mean something more often than others.
fn headers() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let known = select(vec![
        "host",
        "authorization",
        "content-length",
        "transfer-encoding",
        "content-md5",
        "content-type",
        "content-encoding",
        "expect",
        "connection",
        "upgrade",
        "te",
        "trailer",
        "range",
        "if-match",
        "if-none-match",
        "origin",
        "x-api-version",
        "x-alloy-userid",
        "x-amz-acl",
        "x-amz-date",
        "x-amz-content-sha256",
        "x-amz-meta-a",
        "x-amz-copy-source",
        "x-amz-decoded-content-length",
        "access-control-request-method",
        "x-http-method-override",
        "x-forwarded-host",
    ]);
    let name = prop_oneof![4 => known.prop_map(str::to_owned), 1 => "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,30}"];
    let value = prop_oneof![
        1 => select(vec!["", "chunked", "gzip, chunked", "identity", "100-continue", "close", "keep-alive", "h2c", "*", "0", "4", "bytes=0-1",
            "http://x", "null", "Bearer alice-key", "application/json", "GET", "2025-09", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"])
            .prop_map(|value| value.as_bytes().to_vec()),
        1 => vec(prop_oneof![0x20..0x7fu8, 0x80..=0xffu8, Just(b'\t')], 0..60),
    ];
    vec((name, value), 1..8)
}

#[test]
fn arbitrary_headers_are_answered_or_refused() {
    property(300, &headers(), |emulator, headers| {
        let with = |request: Request| {
            headers.iter().fold(request, |request, (name, value)| request.and(name, value))
        };
        let list = send(emulator, &with(Request::alloy("GET", "/connectors/files/list")).bytes())?;
        prop_assert!(list.is_some());
        // The body differs from the announced one: nothing may be stored.
        let put = Request { body: b"ydob".to_vec(), ..upload_of(emulator, b"body") };
        let put = send(emulator, &with(put).bytes())?;
        prop_assert!(put.is_some_and(|status| status >= 400), "{put:?}");
        let presign = send(emulator, &with(Request::presign(b"{}")).bytes())?;
        prop_assert!(presign.is_some_and(|status| status >= 400), "{presign:?}");
        Ok(())
    });
}
