//! Upstreams that do not answer as a server should: the client is told, in the form of the API that it calls.

use std::{
    io::{Read, Write},
    net::TcpListener,
};

use super::{
    Proxy, drift,
    forward::{read_head, upstream},
};

const JSON: &str = "application/json; charset=utf-8";

/// What a list comes to, and the differences.
fn list(url: &str) -> (u16, String, Vec<String>) {
    let proxy = Proxy::start(url, &["--upstream-timeout", "300ms"]);
    let reply = proxy.client("alice-key").call("GET", "/connectors/files/list", None);
    assert_eq!(reply.header("content-type"), JSON, "{}", reply.text());
    let (report, ..) = proxy.end();
    (reply.status, reply.json()["message"].as_str().unwrap().to_owned(), drift(&report))
}

#[test]
fn nobody_listens() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (status, message, drift) = list(&format!("http://127.0.0.1:{port}"));
    assert_eq!((status, &drift[..]), (502, &["no-answer list connect".to_owned()][..]), "{message}");
}

#[test]
fn it_dies_before_its_answer() {
    let url = upstream(|mut stream| drop(read_head(&mut stream)));
    let (status, message, drift) = list(&url);
    assert_eq!((status, &drift[..]), (502, &["no-answer list closed".to_owned()][..]), "{message}");
}

#[test]
fn it_dies_in_the_middle_of_its_answer() {
    let url = upstream(|mut stream| {
        read_head(&mut stream);
        let answer =
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n{\"files\"";
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let (status, message, drift) = list(&url);
    assert_eq!((status, &drift[..]), (502, &["no-answer list closed".to_owned()][..]), "{message}");
}

#[test]
fn it_hangs() {
    let url = upstream(|mut stream| {
        read_head(&mut stream);
        let _ = stream.read(&mut [0]);
    });
    let (status, message, drift) = list(&url);
    assert_eq!((status, &drift[..]), (504, &["no-answer list timeout".to_owned()][..]), "{message}");
}

#[test]
fn it_hangs_in_the_middle_of_its_answer() {
    let url = upstream(|mut stream| {
        read_head(&mut stream);
        let answer =
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n{\"files\"";
        stream.write_all(answer.as_bytes()).unwrap();
        let _ = stream.read(&mut [0]);
    });
    let (status, message, drift) = list(&url);
    assert_eq!((status, &drift[..]), (504, &["no-answer list timeout".to_owned()][..]), "{message}");
}

#[test]
fn it_speaks_no_http() {
    let url = upstream(|mut stream| {
        read_head(&mut stream);
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u2\r\n");
    });
    let (status, message, drift) = list(&url);
    assert_eq!((status, &drift[..]), (502, &["no-answer list not-http".to_owned()][..]), "{message}");
}

#[test]
fn it_redirects_elsewhere() {
    let url = upstream(|mut stream| {
        read_head(&mut stream);
        let _ = stream.write_all(
            b"HTTP/1.1 302 Found\r\nlocation: https://login.example.com/?secret=1\r\ncontent-length: 0\r\n\r\n",
        );
    });
    let (status, message, drift) = list(&url);
    assert_eq!(status, 502);
    assert!(message.contains("`https://login.example.com/`") && !message.contains("secret"), "{message}");
    assert_eq!(drift, ["answer list 302 status", "no-answer list redirect"]);
}

#[test]
fn a_redirect_on_the_same_host_leads_to_the_proxy() {
    let url = upstream(|mut stream| {
        let head = read_head(&mut stream).to_ascii_lowercase();
        let host = head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned();
        let answer =
            format!("HTTP/1.1 302 Found\r\nlocation: http://{host}/there\r\ncontent-length: 0\r\n\r\n");
        let _ = stream.write_all(answer.as_bytes());
    });
    let proxy = Proxy::start(&url, &[]);
    let reply = proxy.client("alice-key").call("GET", "/connectors/files/list", None).expect(302);
    assert_eq!(reply.header("location"), format!("{}/there", proxy.url()));
}

#[test]
fn it_answers_with_a_page() {
    let url = upstream(|mut stream| {
        read_head(&mut stream);
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>");
    });
    let proxy = Proxy::start(&url, &[]);
    let reply = proxy.client("alice-key").call("GET", "/connectors/files/list", None).expect(200);
    assert_eq!(reply.text(), "<html>");
    assert_eq!(drift(&proxy.end().0), ["answer list 200 content-type content-type"]);
}

#[test]
fn the_host_of_an_upload_dies() {
    let storage = upstream(|mut stream| drop(read_head(&mut stream)));
    let storage = storage.replace("http://", "");
    let url = upstream(move |mut stream| {
        read_head(&mut stream);
        let mut body = [0; 1];
        let _ = stream.read(&mut body);
        let answer = format!(
            r#"{{"presignedUrl":{{"presignedUrl":"http://{storage}/b/651eb6e11d156e0d7a42c59d_a.txt?X-Amz-Signature=1","md5":"XUFAKrxLKna5cZ2REBfFkg==","type":"new","s3Key":"651eb6e11d156e0d7a42c59d_a.txt"}}}}"#
        );
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            answer.len()
        );
        let _ = stream.write_all((head + &answer).as_bytes());
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let proxy = Proxy::start(&url, &[]);
    let client = proxy.client("alice-key");
    let presigned = client.presign("a.txt", b"hello");
    let reply = client.put(&presigned, b"hello").expect(502);
    assert!(reply.text().contains("<Code>InternalError</Code>"), "{}", reply.text());
    assert!(reply.text().contains("closed the connection before it answered"), "{}", reply.text());
    assert_eq!(
        drift(&proxy.end().0),
        ["no-answer put closed", "s3 presign 200 url /presignedUrl/presignedUrl"]
    );
}

#[test]
fn contacts_no_other_host() {
    let upstream = super::support::emulator();
    let proxy = Proxy::start(upstream.base_url(), &[]);
    let url = format!("{}/alloy-user-files/k?X-Amz-Signature=1", proxy.url());
    let reply = proxy.client("alice-key").send("PUT", &url, &[], b"hello").expect(502);
    assert!(reply.text().contains("request one through it"), "{}", reply.text());
    assert!(upstream.exchanges().is_empty());
}
