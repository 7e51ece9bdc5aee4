//! Faults in front of a real server.

use std::{
    io::ErrorKind,
    time::{Duration, Instant},
};

use super::{
    Proxy, drift, rules,
    support::{
        emulator,
        program::{assay, mistake},
        raw::Connection,
    },
};

const LIST: &str = "GET /connectors/files/list HTTP/1.1\r\nhost: x\r\nauthorization: Bearer alice-key\r\nx-api-version: 2025-09\r\n\r\n";

/// What a client of the list gets by this fault, as bytes; and how many requests reached the upstream.
fn list(fault: &str) -> (Vec<u8>, usize) {
    let upstream = emulator();
    let proxy = Proxy::start(upstream.base_url(), &["--fault", fault]);
    let mut connection = Connection::to(&proxy.served.address);
    connection.write(LIST.as_bytes());
    connection.finish();
    let (answer, _) = connection.read_all();
    assert_eq!(drift(&proxy.end().0), Vec::<String>::new());
    (answer, upstream.exchanges().len())
}

#[test]
fn faults_strike_before_or_after_the_upstream() {
    let (answer, reached) = list("list:error=503");
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("x-assay-fault: 1"), "{answer}");
    assert_eq!(reached, 0);
    assert!(String::from_utf8(list("list:garbage").0).unwrap().contains("<html"));
    assert_eq!(list("list:close"), (vec![], 0));
    assert_eq!(list("list:lost-response"), (vec![], 1));
    let (answer, reached) = list("list:truncate=4");
    assert!(answer.ends_with(b"\r\n\r\n{\"fi") && reached == 1, "{}", String::from_utf8_lossy(&answer));
    assert_eq!(list("list:hang=10ms"), (vec![], 0));
}

#[test]
fn an_answer_comes_late() {
    let upstream = emulator();
    let proxy = Proxy::start(upstream.base_url(), &["--fault", "list:delay=300ms"]);
    let began = Instant::now();
    assert_eq!(proxy.client("alice-key").list(), Vec::<String>::new());
    assert!(began.elapsed() >= Duration::from_millis(300));
}

#[test]
fn an_upload_meets_faults_of_s3() {
    let upstream = emulator();
    let proxy = Proxy::start(upstream.base_url(), &["--fault", "put:nth=1:error=SlowDown"]);
    let client = proxy.client("alice-key");
    let presigned = client.presign("a.txt", b"hello");
    assert!(client.put(&presigned, b"hello").expect(503).text().contains("<Code>SlowDown</Code>"));
    client.put(&presigned, b"hello").expect(200);
    assert_eq!(upstream.files().len(), 1);
}

/// What a client meets by a fault of its upload.
struct Met {
    fault: &'static str,
    /// What the answer begins with; nothing where none comes.
    begins: &'static str,
    has: &'static str,
    /// How many files the upstream has afterwards.
    stored: usize,
    at_least: Duration,
}

#[test]
fn an_upload_meets_each_kind_of_fault() {
    let met = |fault, begins, has, stored| Met { fault, begins, has, stored, at_least: Duration::ZERO };
    let file = vec![7; 40_000];
    for met in [
        met("put:error=SlowDown", "HTTP/1.1 503", "<Code>SlowDown</Code>", 0),
        met("put:garbage=502", "HTTP/1.1 502", "<html", 0),
        met("put:close", "", "", 0),
        met("put:hang=10ms", "", "", 0),
        met("put:reset=1KiB", "", "", 0),
        met("put:lost-response", "", "", 1),
        met("put:truncate", "HTTP/1.1 200", "content-length: 1\r\n", 1),
        Met { at_least: Duration::from_millis(100), ..met("put:delay=100ms", "HTTP/1.1 200", "etag", 1) },
        // What fits the socket's buffers comes at once.
        Met { at_least: Duration::from_millis(200), ..met("put:throttle=100000", "HTTP/1.1 200", "etag", 1) },
    ] {
        let upstream = emulator();
        let proxy = Proxy::start(upstream.base_url(), &["--fault", met.fault]);
        let presigned = proxy.client("alice-key").presign("a.bin", &file);
        let target = presigned.url.strip_prefix(&proxy.url()).unwrap();
        let (host, md5, length) = (&proxy.served.address, &presigned.md5, file.len());
        let began = Instant::now();
        let mut connection = Connection::to(host);
        let head = format!(
            "PUT {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: text/plain\r\n\
             content-md5: {md5}\r\ncontent-length: {length}\r\n\r\n"
        );
        connection.write(head.as_bytes());
        connection.write(&file);
        let (answer, end) = connection.read_all();
        let (answer, fault) = (String::from_utf8_lossy(&answer), met.fault);
        assert!(answer.starts_with(met.begins) && answer.contains(met.has), "{fault}: {answer}");
        assert_eq!(answer.is_empty(), met.begins.is_empty(), "{fault}: {answer}");
        assert_eq!(end == Some(ErrorKind::ConnectionReset), fault.contains("reset"), "{fault}: {end:?}");
        assert!(began.elapsed() >= met.at_least, "{fault}: {:?}", began.elapsed());
        assert_eq!(upstream.files().len(), met.stored, "{fault}");
        let (report, ..) = proxy.end();
        assert_eq!((drift(&report), rules(&report)), (vec![], vec![]), "{fault}: {report}");
    }
}

#[test]
fn what_a_proxy_cannot_do_is_refused() {
    for fault in ["put:corrupt", "presign:expired"] {
        let message = mistake(
            &assay(&["proxy", "-q", "--upstream", "http://127.0.0.1:1", "--fault", fault]).output().unwrap(),
        );
        assert!(message.contains("happens inside the server, so a proxy cannot apply it"), "{message}");
        assert!(message.contains("lost-response"), "{message}");
    }
    let upstream = emulator();
    let proxy = Proxy::start(upstream.base_url(), &[]);
    let client = proxy.client("alice-key");
    let rule = serde_json::json!({"on": "put", "effect": {"kind": "corrupt"}});
    client.control("POST", "faults", Some(&rule)).expect(400);
}
