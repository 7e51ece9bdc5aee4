//! What goes through a proxy arrives as it was sent.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use md5::Digest as _;
use serde_json::{Value, json};

use super::{
    Proxy, drift, rules,
    support::{
        self, Client, emulator, md5_base64, md5_hex,
        program::{Served, assay, serve},
        raw::Connection,
    },
};

/// The exchanges of a journal, without what names hosts, times and places.
fn journal(client: &Client) -> Vec<Value> {
    let mut exchanges = client.control("GET", "journal", None).json()["exchanges"].take();
    for exchange in exchanges.as_array_mut().unwrap() {
        for name in ["at", "duration_us", "findings", "id", "origin", "user_id"] {
            exchange.as_object_mut().unwrap().remove(name);
        }
        // It is added once the answer is in the journal.
        exchange["response"]["headers"].as_object_mut().unwrap().remove("date");
        if exchange["operation"] == "presign" && exchange["status"] == 200 {
            let body = exchange["response"]["body"].as_str().unwrap();
            let body: Value = serde_json::from_str(body).unwrap();
            let url = body["presignedUrl"]["presignedUrl"].as_str().unwrap();
            let target = url[url.find("/alloy-user-files/").unwrap()..].to_owned();
            exchange["response"] = json!([exchange["response"]["headers"], target]);
        }
    }
    exchanges.as_array().unwrap().clone()
}

#[test]
fn uploads_lists_and_deletes_by_way_of_rewritten_urls() {
    let upstream = emulator();
    let proxy = Proxy::start(upstream.base_url(), &[]);
    let client = proxy.client("alice-key");
    let presigned = client.presign("a b.txt", b"hello");
    assert!(presigned.url.starts_with(&format!("{}/alloy-user-files/", proxy.url())), "{}", presigned.url);
    let etag = client.put(&presigned, b"hello").expect(200).header("etag").to_owned();
    assert_eq!(etag, format!("\"{}\"", md5_hex(b"hello")));
    assert_eq!(client.list(), std::slice::from_ref(&presigned.key));
    client.delete(&presigned.key).expect(200);
    assert_eq!(client.list(), Vec::<String>::new());
    let (report, _, code) = proxy.end();
    assert_eq!((drift(&report), rules(&report), code), (vec![], vec![], Some(0)), "{report}");
    assert_eq!(report["operations"], json!({"presign": 1, "list": 2, "delete": 1, "put": 1}));
    assert_eq!(report["upstream"], upstream.base_url());
    let missing = report["coverage"]["missing"].as_array().unwrap();
    assert!(missing.contains(&json!("get-user")) && !missing.contains(&json!("list 200 /files/*/size")));
}

#[test]
fn both_journals_have_the_same() {
    let upstream = Served::start(&mut serve(&["-q"]));
    let proxy = Proxy::start(&format!("http://{}", upstream.address), &[]);
    let client = proxy.client("alice-key");
    let key = client.upload("a.txt", b"hello");
    client.call("POST", "/users", Some(&json!({"username": "bob"}))).expect(200);
    client.call("GET", "/users/none", None).expect(400);
    client.call("GET", "/nowhere", None).expect(404);
    let presigned = client.presign("b.txt", b"other");
    client.put(&presigned, b"wrong").expect(400);
    client.delete(&key).expect(200);
    let there = journal(&upstream.client("alice-key"));
    let here = journal(&client);
    assert_eq!(here.len(), 8);
    for (here, there) in here.iter().zip(&there) {
        assert_eq!(here, there);
    }
}

#[test]
fn urls_can_be_left_as_they_are() {
    let upstream = emulator();
    let proxy = Proxy::start(upstream.base_url(), &["--no-rewrite"]);
    let presigned = proxy.client("alice-key").presign("a.txt", b"hello");
    assert!(presigned.url.starts_with(upstream.base_url()), "{}", presigned.url);
}

#[test]
fn a_refusal_is_explained_by_the_url_that_passed_by() {
    let upstream = emulator();
    let proxy = Proxy::start(upstream.base_url(), &[]);
    let client = proxy.client("alice-key");
    let presigned = client.presign("a.txt", b"hello");
    client.send("PUT", &presigned.url, &[("content-type", "text/plain")], b"hello").expect(403);
    client.put(&presigned, b"hellO").expect(400);
    let masked = presigned.url.replace("X-Amz-Signature=", "X-Amz-Signature=0");
    client.send("PUT", &masked, &[("content-md5", &presigned.md5)], b"hello").expect(403);
    client.call("GET", "/connectors/file/list", None).expect(404);
    client.send("GET", &format!("{}/connectors/files/list", proxy.url()), &[], b"").expect(401);
    let (report, _, code) = proxy.end();
    let found = rules(&report);
    for rule in ["contract-path-unknown", "contract-security", "contract-header"] {
        assert!(found.contains(&rule.to_owned()), "{rule}: {found:?}");
    }
    let of_s3 = found.iter().filter(|rule| rule.starts_with("s3-")).count();
    assert_eq!((of_s3, drift(&report), code), (3, vec![], Some(1)), "{report}");
}

#[test]
fn keys_and_signatures_are_nowhere() {
    let upstream = emulator();
    let folder = tempfile::tempdir().unwrap();
    let recorded = folder.path().join("recorded.har");
    let proxy = Proxy::start(upstream.base_url(), &["-v", "--record", recorded.to_str().unwrap()]);
    let client = proxy.client("alice-secret-key");
    let presigned = client.presign("a.txt", b"hello");
    client.put(&presigned, b"hello").expect(200);
    client.put(&presigned, b"hellO").expect(400);
    let signature = presigned.url.split("X-Amz-Signature=").nth(1).unwrap().split('&').next().unwrap();
    let journal = client.control("GET", "journal", None).text();
    let (report, log, _) = proxy.end();
    let recorded = std::fs::read_to_string(recorded).unwrap();
    for (name, text) in
        [("journal", journal), ("report", report.to_string()), ("log", log), ("har", recorded)]
    {
        assert!(!text.contains("alice-secret-key") && !text.contains(signature), "{name}: {text}");
        assert!(!text.contains("hellO"), "{name}: {text}");
    }
}

/// An upstream that answers each connection by this.
pub(super) fn upstream(answer: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = std::sync::Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = std::sync::Arc::clone(&answer);
            thread::spawn(move || answer(stream));
        }
    });
    url
}

/// Reads a request's head.
pub(super) fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

#[test]
fn the_word_to_continue_comes_from_the_upstream() {
    let url = upstream(|mut stream| {
        let head = read_head(&mut stream);
        assert!(head.to_ascii_lowercase().contains("expect: 100-continue"), "{head}");
        if head.starts_with("PUT /refused") {
            stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno").unwrap();
            return;
        }
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
        let mut body = [0; 5];
        stream.read_exact(&mut body).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n").unwrap();
        stream.write_all(&body).unwrap();
    });
    let proxy = Proxy::start(&url, &[]);
    let ask = |path: &str| {
        let mut connection = Connection::to(&proxy.served.address);
        let head =
            format!("PUT {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\nexpect: 100-continue\r\n\r\n");
        connection.write(head.as_bytes());
        connection
    };
    let mut taken = ask("/taken");
    assert_eq!(taken.read_head().status, 100);
    taken.write(b"hello");
    assert_eq!(taken.read_answer().text(), "hello");
    let refused = ask("/refused").read_answer();
    assert_eq!((refused.status, refused.text().as_str()), (403, "no"));
}

#[test]
fn an_early_answer_reaches_a_client_that_is_still_sending() {
    let url = upstream(|mut stream| {
        read_head(&mut stream);
        stream
            .write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 5\r\nconnection: close\r\n\r\nearly")
            .unwrap();
        // It closes with most of the body unread, which resets the connection.
    });
    let proxy = Proxy::start(&url, &[]);
    for _ in 0..5 {
        let mut connection = Connection::to(&proxy.served.address);
        connection.write(b"PUT /x HTTP/1.1\r\nhost: x\r\ncontent-length: 4194304\r\n\r\n");
        connection.write(&vec![0; 4 << 20]);
        let answer = connection.read_answer();
        assert_eq!((answer.status, answer.text().as_str()), (403, "early"));
    }
}

#[test]
fn a_download_is_passed_on_while_it_comes() {
    let url = upstream(|mut stream| {
        read_head(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n").unwrap();
        // The rest comes once the client has the beginning.
        read_head(&mut stream);
    });
    let proxy = Proxy::start(&url, &[]);
    let mut connection = Connection::to(&proxy.served.address);
    connection.write(b"GET /x HTTP/1.1\r\nhost: x\r\n\r\n");
    assert_eq!(connection.read_head().header("transfer-encoding"), "chunked");
    let mut piece = [0; 8];
    connection.stream().read_exact(&mut piece).unwrap();
    assert_eq!(&piece, b"3\r\none\r\n");
}

#[test]
fn an_upstream_may_have_a_base_path_and_tls() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().to_str().unwrap();
    let upstream = Served::start(&mut serve(&["-q", "--ca-dir", ca]));
    let pem = folder.path().join("ca.pem");
    let url = format!("https://localhost:{}/2025-09", upstream.address.rsplit(':').next().unwrap());
    let proxy = Proxy::start(&url, &["--ca", pem.to_str().unwrap()]);
    let client = proxy.client("alice-key");
    let key = client.upload("a.txt", b"hello");
    assert_eq!(client.list(), [key]);
    let journal = upstream.client("alice-key").control("GET", "journal", None).json();
    assert_eq!(journal["exchanges"][2]["path"], "/2025-09/connectors/files/list");
    assert_eq!(drift(&proxy.end().0), Vec::<String>::new());
}

#[test]
fn the_command_finds_the_proxy_and_its_end_is_the_exit_code() {
    let upstream = emulator();
    let list = r#"curl -fsS -H "Authorization: Bearer $ALLOY_API_KEY" -H 'x-api-version: 2025-09' $ALLOY_BASE_URL/connectors/files/list"#;
    let run = |command: &str| {
        let arguments = ["proxy", "--upstream", upstream.base_url(), "--", "sh", "-c", command];
        assay(&arguments).env("ALLOY_API_KEY", "alice-key").output().unwrap()
    };
    let output = run(list);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(0), &br#"{"files":[]}"#[..]), "{stderr}");
    assert!(stderr.starts_with(&format!("assay: forwarding to {}\n", upstream.base_url())), "{stderr}");
    assert_eq!(run("exit 7").status.code(), Some(7));
    assert_eq!(run("true").status.code(), Some(1), "no request came");
    let broken = run(&format!("{}; true", list.replace("-H 'x-api-version: 2025-09'", "")));
    assert_eq!(broken.status.code(), Some(1));
    assert!(support::program::words(&String::from_utf8_lossy(&broken.stderr)).contains("contract-header"));
    assert_eq!(upstream.findings().len(), 1);
}

/// An upstream that answers so many requests of a connection, one after the other, then closes it; with how many
/// connections there were.
fn answering_a_few(requests: usize) -> (String, Arc<AtomicUsize>) {
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    let url = upstream(move |mut stream| {
        count.fetch_add(1, Ordering::SeqCst);
        for _ in 0..requests {
            let head = read_head(&mut stream).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            let _ = stream.read_exact(&mut vec![0; length.unwrap_or(0)]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        }
    });
    (url, connections)
}

#[test]
fn connections_to_the_upstream_are_kept() {
    let (url, connections) = answering_a_few(usize::MAX);
    let proxy = Proxy::start(&url, &[]);
    let client = proxy.client("alice-key");
    for method in ["GET", "POST", "PUT", "DELETE"].repeat(5) {
        let body: &[u8] = if matches!(method, "POST" | "PUT") { b"hello" } else { b"" };
        client.send(method, &format!("{}/x", proxy.url()), &[], body).expect(200);
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[test]
fn an_idle_connection_that_the_upstream_closed_is_not_used() {
    // After the second answer it closes without a word.
    let (url, connections) = answering_a_few(2);
    let proxy = Proxy::start(&url, &[]);
    let client = proxy.client("alice-key");
    for count in 0..12 {
        let method = ["POST", "PUT", "GET"][count % 3];
        let body: &[u8] = if method == "GET" { b"" } else { b"hello" };
        client.send(method, &format!("{}/x", proxy.url()), &[], body).expect(200);
    }
    assert_eq!(connections.load(Ordering::SeqCst), 6);
}

#[test]
fn an_early_success_with_an_end_is_passed_on() {
    let url = upstream(|mut stream| {
        read_head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let proxy = Proxy::start(&url, &["--upstream-timeout", "2s"]);
    let mut connection = Connection::to(&proxy.served.address);
    connection.write(b"PUT /x HTTP/1.1\r\nhost: x\r\ncontent-length: 4194304\r\n\r\n");
    connection.write(&vec![0; 4 << 20]);
    assert_eq!(connection.read_answer().status, 200);
}

#[test]
fn exchanges_are_recorded_with_the_server_they_went_to() {
    let upstream = emulator();
    let proxy = Proxy::start(upstream.base_url(), &[]);
    let client = proxy.client("alice-key");
    client.upload("a.txt", b"hello");
    let har = client.control("GET", "journal.har", None).json();
    for entry in har["log"]["entries"].as_array().unwrap() {
        let url = entry["request"]["url"].as_str().unwrap();
        assert!(url.starts_with(upstream.base_url()), "{url}");
    }
}

#[test]
fn large_uploads_pass_in_pieces() {
    let upstream = Served::start(&mut serve(&["-q"]));
    let proxy = Proxy::start(&format!("http://{}", upstream.address), &[]);
    let client = proxy.client("alice-key");
    let file = vec![7; 64 << 20];
    let presigned = client.presign("large.bin", &file);
    let before = memory(proxy.served.id());
    client.put(&presigned, &file).expect(200);
    assert_eq!(presigned.md5, md5_base64(&file));
    let grown = memory(proxy.served.id()).saturating_sub(before);
    assert!(grown < 16 << 20, "{grown} bytes more at the peak");
}

#[test]
#[ignore = "long: run by `cargo test -- --ignored`"]
fn five_gibibytes_pass_both_ways_in_bounded_memory() {
    const PIECES: u64 = 5 << 10;
    let piece = vec![0; 1 << 20];
    let mut hash = md5::Md5::new();
    (0..PIECES).for_each(|_| hash.update(&piece));
    let md5 = hex::encode(hash.finalize());
    let upstream = Served::start(&mut serve(&["-q"]));
    let proxy = Proxy::start(&format!("http://{}", upstream.address), &[]);
    let (client, host) = (proxy.client("alice-key"), &proxy.served.address);
    let body = json!({"filename": "large.bin", "mimeType": "text/plain", "md5": md5});
    let answer = client.call("POST", "/connectors/files/upload/request", Some(&body)).expect(200).json();
    let presigned = support::Presigned::of(&answer);
    let before = memory(proxy.served.id());

    let mut connection = Connection::to(host);
    connection.stream().set_read_timeout(None).unwrap();
    let target = presigned.url.strip_prefix(&proxy.url()).unwrap();
    let (md5, length) = (&presigned.md5, PIECES << 20);
    let head = format!(
        "PUT {target} HTTP/1.1\r\nhost: {host}\r\ncontent-type: text/plain\r\ncontent-md5: {md5}\r\n\
         content-length: {length}\r\n\r\n"
    );
    connection.write(head.as_bytes());
    (0..PIECES).for_each(|_| connection.stream().write_all(&piece).unwrap());
    assert_eq!(connection.read_answer().status, 200);
    let uploaded = memory(proxy.served.id());

    let path = target.split('?').next().unwrap();
    let url = support::sign::url("GET", &upstream.address, path, &[], jiff::Timestamp::now());
    let target = url.split_once(&upstream.address).unwrap().1;
    connection.write(format!("GET {target} HTTP/1.1\r\nhost: {host}\r\n\r\n").as_bytes());
    let answer = connection.read_head();
    assert_eq!((answer.status, answer.header("content-length")), (200, &*length.to_string()));
    let read = std::io::copy(&mut connection.stream().take(length), &mut std::io::sink()).unwrap();
    assert_eq!(read, length);
    let downloaded = memory(proxy.served.id());
    println!("VmHWM: {before} at first, {uploaded} after the upload, {downloaded} after the download");
    assert!(downloaded - before < 16 << 20, "{before}, {uploaded}, {downloaded}");
}

/// The most memory that a process ever had, in bytes.
fn memory(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}
