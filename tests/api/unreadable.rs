//! Requests that never reach a handler are logged, journaled and found all the same.

use crate::support::{
    emulator,
    program::{Served, serve},
    raw::{Answer, Connection},
};

#[test]
fn records_and_explains_what_cannot_be_read() {
    let long = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "x".repeat(80_000));
    for (bytes, status, rule, method, path) in [
        (&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], 505, "http2-preface", "PRI", "*"),
        (
            b"PUT /alloy-user-files/k HTTP/1.1\r\nhost: a\r\nContent-Length: NaN\r\n\r\nbody",
            400,
            "content-length-invalid",
            "PUT",
            "/alloy-user-files/k",
        ),
        (b"GET /a b HTTP/1.1\r\nhost: a\r\n\r\n", 400, "http-unreadable", "GET", "/a"),
        (b"hello\r\n\r\n", 400, "http-unreadable", "hello", ""),
        (long.as_bytes(), 431, "http-head-too-large", "GET", "/"),
    ] {
        let emulator = emulator();
        let mut connection = Connection::open(&emulator);
        connection.write(bytes);
        let answer = connection.read_answer();
        assert_eq!(answer.status, status, "{rule}");
        let journal = emulator.exchanges();
        assert_eq!(journal.len(), 1, "{rule}: recorded once, before the answer");
        let exchange = &journal[0];
        assert_eq!((exchange.operation.name(), exchange.status), ("unknown", Some(status)), "{rule}");
        assert_eq!((exchange.method.as_str(), exchange.path.as_str()), (method, path), "{rule}");
        let findings = emulator.findings();
        assert_eq!(findings.iter().map(|finding| finding.rule).collect::<Vec<_>>(), [rule]);
        assert!(connection.read_answer_or_end().is_none(), "{rule}");
    }
}

#[test]
fn records_an_unreadable_request_behind_a_good_one() {
    let emulator = emulator();
    let mut connection = Connection::open(&emulator);
    connection.write(b"GET /_assay/health HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert_eq!(connection.read_answer().status, 200);
    connection.write(b"PUT /k HTTP/1.1\r\nhost: a\r\ncontent-length: ten\r\n\r\n");
    assert_eq!(connection.read_answer().status, 400);
    let findings = emulator.findings();
    assert_eq!(findings.len(), 1);
    assert!(findings[0].message.contains("`Content-Length: ten`"), "{}", findings[0].message);
}

#[test]
fn masks_the_secrets_of_an_unreadable_request() {
    let program = Served::start(&mut serve(&["--log", "json"]));
    let mut connection = Connection::to(&program.address);
    connection.write(
        b"PUT /alloy-user-files/k?X-Amz-Signature=5ec3e7 HTTP/1.1\r\nhost: a\r\n\
          authorization: Bearer 5ec3e7\r\ncontent-length: x\r\nbad 5ec3e7\r\n\r\n",
    );
    assert_eq!(connection.read_answer().status, 400);
    let journal: Answer = program.get("/_assay/journal", "");
    assert!(journal.text().contains("content-length-invalid") || journal.text().contains("\"findings\":[1]"));
    assert!(!journal.text().contains("5ec3e7"), "{}", journal.text());
    let log = program.into_stderr();
    assert!(log.contains("content-length-invalid") && !log.contains("5ec3e7"), "{log}");
}
