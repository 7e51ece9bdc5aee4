//! Unusable targets: each gets a clear message, and none makes the suite hang or panic.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    time::Duration,
};

use alloy_assay::conformance::{self, CannotRun, Status};

use super::{ids, start, suite, support::raw::Connection, two_accounts};

/// A server that does this with each connection, after a request has begun.
fn server(serve: impl Fn(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            serve(stream);
        }
    });
    url
}

/// The one reason for which all checks are in error.
fn error_of(url: &str) -> String {
    let suite = conformance::server(url).timeout(Duration::from_millis(500)).cases(2);
    let came_to = suite.only("presign/*").run().unwrap();
    assert_eq!(ids(&came_to, Status::Error).len(), came_to.checks.len());
    assert!(came_to.fails(false));
    let first = came_to.checks[0].reason.clone().unwrap();
    assert!(came_to.checks.iter().all(|check| check.reason.as_ref() == Some(&first)));
    first
}

fn answering(answer: &'static [u8]) -> String {
    server(move |mut stream| {
        let _ = stream.write_all(answer);
    })
}

#[test]
fn a_server_that_is_down() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = error_of(&format!("http://{address}"));
    assert!(error.contains(&format!("no connection to {address}: ")), "{error}");
}

#[test]
fn a_server_that_speaks_something_else() {
    let error = error_of(&answering(b"220 mail.example.com ESMTP\r\n"));
    assert!(error.contains("the answer is not HTTP"), "{error}");
    let page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>";
    let error = error_of(&answering(page));
    assert!(error.starts_with("this is not a server of Alloy's file API: POST "), "{error}");
    assert!(error.ends_with("was answered 200 with text/html, not with JSON"), "{error}");
}

#[test]
fn an_https_url_of_a_server_without_tls() {
    let error = error_of(&answering(b"HTTP/1.1 400 Bad Request\r\n\r\n").replace("http:", "https:"));
    assert!(error.contains("does not answer with TLS; is its URL one of http://?"), "{error}");
}

#[test]
fn a_server_that_closes_connections() {
    for answer in [&b""[..], b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", b"HTTP/1.1 200"] {
        let error = error_of(&answering(answer));
        assert!(error.contains("the connection was closed before the answer was complete"), "{error}");
    }
}

#[test]
fn a_server_that_says_nothing() {
    let url = server(|stream| {
        let _ = Connection::of(stream).read_to_end();
    });
    let error = error_of(&url);
    assert!(error.contains("no answer within 500ms (see --timeout)"), "{error}");
}

#[test]
fn a_server_that_sends_megabytes() {
    let url = server(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
        let much = vec![b'x'; 65536];
        while stream.write_all(&much).is_ok() {}
    });
    let suite = conformance::server(url).cases(1).only("presign/contract");
    let came_to = suite.run().unwrap();
    let error = came_to.checks[0].reason.clone().unwrap();
    assert!(error.ends_with("the answer has more than 8388608 bytes; the rest was not read"), "{error}");
}

#[test]
fn a_wrong_key_is_one_message() {
    let emulator = start(two_accounts());
    let url = emulator.base_url();
    let wrong = suite(url).api_key("mallory-key").run().unwrap_err();
    assert!(matches!(wrong, CannotRun::WrongKey), "{wrong}");
    let wrong = suite(url).other_api_key("mallory-key").run().unwrap_err();
    assert!(matches!(wrong, CannotRun::WrongOtherKey), "{wrong}");
}

#[test]
fn an_address_that_cannot_be_used_is_one_message() {
    let message = |url: &str| conformance::server(url).run().unwrap_err().to_string();
    assert!(message("127.0.0.1:7979").starts_with("invalid URL `127.0.0.1:7979`"));
    assert!(message("http://192.0.2.1:7979").contains("--yes-this-is-remote"));
    let suite = conformance::server("https://localhost").ca("Cargo.toml");
    let message = |suite: conformance::Server| suite.run().unwrap_err().to_string();
    assert_eq!(message(suite.clone()), "--ca Cargo.toml: no certificate in PEM");
    assert!(message(suite.ca("none.pem")).starts_with("--ca none.pem: "));
}

#[test]
fn a_pattern_for_no_check_is_a_slip() {
    let message = |suite: conformance::Server| suite.run().unwrap_err().to_string();
    let nowhere = || conformance::server("http://127.0.0.1:1");
    let slip = message(nowhere().only("upload/round-tripp"));
    assert!(slip.ends_with("(did you mean `upload/round-trip`?)"), "{slip}");
    assert!(message(nowhere().skip("nothing/*")).contains("--list"));
    assert!(message(nowhere().only("list/*").skip("list/*")).contains("no check is left"));
}
