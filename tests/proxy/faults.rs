//! Faults in front of a real server.

use std::time::{Duration, Instant};

use super::{
    Proxy, drift,
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
fn faults_strike_before_or_after_the_server_is_asked() {
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

#[test]
fn what_a_proxy_cannot_do_is_refused() {
    for fault in ["put:corrupt", "presign:expired"] {
        let message = mistake(
            &assay(&["proxy", "-q", "--upstream", "http://127.0.0.1:1", "--fault", fault]).output().unwrap(),
        );
        assert!(message.contains("changes what the server itself does, which a proxy cannot"), "{message}");
        assert!(message.contains("lost-response"), "{message}");
    }
    let upstream = emulator();
    let proxy = Proxy::start(upstream.base_url(), &[]);
    let client = proxy.client("alice-key");
    let rule = serde_json::json!({"on": "put", "effect": {"kind": "corrupt"}});
    client.control("POST", "faults", Some(&rule)).expect(400);
}
