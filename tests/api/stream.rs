//! The journal as server-sent events: what its readers get, and that none of them holds up an exchange.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are assertions")]
#![allow(clippy::disallowed_methods, reason = "how long a shutdown takes is real time")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use alloy_assay::Emulator;
use serde_json::{Value, json};

use crate::support::{
    Client, emulator, eventually,
    program::{Served, serve},
    raw::{Answer, Connection},
    request::Request,
    start,
};

/// A stream that is read.
struct Events {
    chunks: BufReader<TcpStream>,
    text: String,
}

/// One event.
#[derive(Debug, PartialEq)]
struct Event {
    id: u64,
    kind: String,
    data: Value,
}

impl Events {
    fn open(address: &str, query: &str, headers: &[(&str, &str)]) -> Self {
        let mut connection = Connection::to(address);
        let answer = ask(&mut connection, &format!("journal/stream{query}"), headers);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "text/event-stream");
        assert_eq!(answer.header("cache-control"), "no-store");
        Self { chunks: BufReader::new(connection.stream().try_clone().unwrap()), text: String::new() }
    }

    fn of(emulator: &Emulator, query: &str) -> Self {
        Self::open(address(emulator), query, &[])
    }

    /// The next event; `None` at the end of the stream.
    fn next(&mut self) -> Option<Event> {
        loop {
            while !self.text.contains("\n\n") {
                let chunk = self.chunk()?;
                self.text.push_str(&chunk);
            }
            let (text, rest) = self.text.split_once("\n\n").unwrap();
            let (text, rest) = (text.to_owned(), rest.to_owned());
            self.text = rest;
            let field =
                |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            if text.lines().any(|line| !line.starts_with(':')) {
                assert!(text.lines().count() <= 3, "{text}");
                let data = serde_json::from_str(field("data: ")).unwrap();
                return Some(Event {
                    id: field("id: ").parse().unwrap(),
                    kind: field("event: ").to_owned(),
                    data,
                });
            }
        }
    }

    /// The next chunk's text; `None` for the last one, which has none.
    fn chunk(&mut self) -> Option<String> {
        let mut size = String::new();
        self.chunks.read_line(&mut size).unwrap();
        let size = usize::from_str_radix(size.trim_end(), 16).unwrap();
        let mut chunk = vec![0; size + 2];
        self.chunks.read_exact(&mut chunk).unwrap();
        chunk.truncate(size);
        (size > 0).then(|| String::from_utf8(chunk).unwrap())
    }

    fn ids(&mut self, count: usize) -> Vec<u64> {
        (0..count).map(|_| self.next().unwrap().id).collect()
    }
}

fn address(emulator: &Emulator) -> &str {
    emulator.base_url().strip_prefix("http://").unwrap()
}

/// Calls the control API, and reads the head of the answer.
fn ask(connection: &mut Connection, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::new("GET", &format!("/_assay/{path}"));
    for (name, value) in headers {
        request = request.and(name, value);
    }
    connection.write(&request.bytes());
    connection.read_head()
}

#[test]
fn a_reader_gets_every_exchange_in_the_journals_order() {
    const EACH: usize = 25;
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    client.list();
    let mut events = Events::of(&emulator, "");
    thread::scope(|scope| {
        for key in ["alice-key", "bob-key"] {
            let emulator = &emulator;
            scope.spawn(move || {
                let client = Client::new(emulator, key);
                (0..EACH).for_each(|number| drop(client.presign(&format!("{number}.txt"), b"a")));
            });
        }
        let got: Vec<Event> = (0..=2 * EACH).map(|_| events.next().unwrap()).collect();
        let journal = client.control("GET", "journal", None).json();
        let expected = journal["exchanges"].as_array().unwrap().iter().cloned().zip(1..);
        let expected = expected.map(|(data, id)| Event { id, kind: String::new(), data });
        assert_eq!(got, expected.collect::<Vec<_>>());
    });
}

#[test]
fn a_reader_gets_what_it_asks_for() {
    let emulator = emulator();
    let (alice, bob) = (Client::new(&emulator, "alice-key"), Client::new(&emulator, "bob-key"));
    let key = alice.upload("a.txt", b"a");
    bob.upload("b.txt", b"b");
    bob.list();
    let user = &key[..24];
    for (query, expected) in [
        ("", vec![1, 2, 3, 4, 5, 6]),
        ("?after=4", vec![5, 6]),
        ("?operation=put", vec![2, 4]),
        (&format!("?user={user}"), vec![1, 2, 6]),
        (&format!("?user={user}&operation=list&after=2"), vec![6]),
    ] {
        let mut events = Events::of(&emulator, query);
        alice.list();
        assert_eq!(events.ids(expected.len()), expected, "{query}");
        emulator.reset();
        alice.upload("a.txt", b"a");
        bob.upload("b.txt", b"b");
        bob.list();
    }
    for query in ["?operation=upload", "?after=x", "?user=alice", "?limit=1", "?count=1", "?wait=1s", "?x=1"]
    {
        alice.control("GET", &format!("journal/stream{query}"), None).expect(400);
    }
}

#[test]
fn who_comes_again_gets_what_they_missed() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let mut events = Events::of(&emulator, "?operation=list");
    client.list();
    assert_eq!(events.ids(1), [1]);
    drop(events);
    client.upload("a.txt", b"a");
    client.list();
    client.list();
    // A page comes again with the URL that it began with; the header goes first.
    let again = |id| Events::open(address(&emulator), "?operation=list&after=0", &[("last-event-id", id)]);
    assert_eq!(again("1").ids(2), [4, 5]);
    assert_eq!(again("").ids(3), [1, 4, 5]);
    let mut connection = Connection::open(&emulator);
    let refused = ask(&mut connection, "journal/stream", &[("last-event-id", "x")]);
    assert_eq!(refused.status, 400);
}

#[test]
fn a_reset_is_an_event_of_its_own_and_takes_the_last_id_back() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    client.list();
    client.list();
    let mut events = Events::of(&emulator, "?after=1");
    assert_eq!(events.ids(1), [2]);
    client.control("POST", "reset", None).expect(200);
    let reset = Event { id: 0, kind: "reset".to_owned(), data: json!({}) };
    assert_eq!(events.next(), Some(reset));
    client.list();
    assert_eq!(events.ids(1), [1]);
    // A client that was away during a reset has an id above the journal's.
    let mut late = Events::open(address(&emulator), "", &[("last-event-id", "2")]);
    assert_eq!(late.next().unwrap().kind, "reset");
    assert_eq!(late.ids(1), [1]);
    // One user's reset changes no ids.
    client.control("POST", "reset?user=ffffffffffffffffffffffff", None).expect(200);
    client.list();
    assert_eq!((events.ids(1), late.ids(1)), (vec![2], vec![2]));
}

/// A stream whose reader has small buffers, and reads nothing.
fn unread(emulator: &Emulator) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.connect(address(emulator).parse().unwrap()).await.unwrap().into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    (&stream).write_all(&Request::new("GET", "/_assay/journal/stream").bytes()).unwrap();
    stream
}

#[test]
fn drops_a_reader_that_never_reads() {
    // More than the sockets' buffers take, and then more than the journal keeps.
    const EXCHANGES: u64 = 3_000;
    let emulator = emulator();
    let mut unread = unread(&emulator);
    let mut read = Events::of(&emulator, "");
    let request = Request::presign(&[b'x'; 16 << 10]);
    let mut connection = Connection::open(&emulator);
    for id in 1..=EXCHANGES {
        assert_eq!(request.send_on(&mut connection).status, 400);
        assert_eq!(read.next().unwrap().id, id);
    }
    let journal = emulator.exchanges();
    assert!(journal[0].id > EXCHANGES / 4, "{} exchanges are there", journal.len());
    // A closed connection takes no more.
    eventually("the end of the stream", || unread.write_all(b"\n").is_err());
    let mut rest = Vec::new();
    let _ = unread.read_to_end(&mut rest);
    assert!(!rest.ends_with(b"0\r\n\r\n"));
    // The other one goes on.
    request.send_on(&mut connection);
    assert_eq!(read.next().unwrap().id, EXCHANGES + 1);
}

#[test]
fn there_are_so_many_streams_and_no_more() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let mut streams: Vec<Events> = (0..64).map(|_| Events::of(&emulator, "")).collect();
    let refused = client.control("GET", "journal/stream", None).expect(503);
    assert!(refused.text().contains("64 open journal streams"), "{}", refused.text());
    client.list();
    assert!(streams.iter_mut().all(|stream| stream.ids(1) == [1]));
    drop(streams);
    // A disconnected reader is noticed at the next event.
    eventually("a free place", || {
        client.list();
        let mut connection = Connection::open(&emulator);
        ask(&mut connection, "journal/stream", &[]).status == 200
    });
}

#[test]
fn head_opens_no_stream() {
    let emulator = emulator();
    for _ in 0..100 {
        let answer = Request::new("HEAD", "/_assay/journal/stream").send(&emulator);
        assert_eq!((answer.status, answer.header("content-type")), (200, "text/event-stream"));
        assert_eq!(answer.body, b"");
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let answer = Request::new(method, "/_assay/journal/stream").send(&emulator);
        assert_eq!((answer.status, answer.header("allow")), (405, "GET"), "{method}");
    }
}

#[test]
fn no_foreign_page_may_follow_the_journal() {
    let emulator = emulator();
    let open = |headers: &[(&str, &str)]| {
        let mut request = Request::new("GET", "/_assay/journal/stream").and("accept", "text/event-stream");
        for (name, value) in headers {
            request = request.with(name, value);
        }
        let mut connection = Connection::open(&emulator);
        connection.write(&request.bytes());
        connection.read_head()
    };
    for headers in [
        &[("origin", "http://evil.example")][..],
        &[("origin", "null")],
        &[("origin", "http://localhost:3000")],
        &[("host", "evil.example")],
        &[("host", "evil.example:7979"), ("origin", "http://evil.example:7979")],
    ] {
        let refused = open(headers);
        assert_eq!(refused.status, 403, "{headers:?}");
        assert!(refused.headers.iter().all(|(name, _)| !name.starts_with("access-control-")));
    }
    let own = open(&[("origin", "http://localhost:7979")]);
    assert_eq!(own.status, 200);
    assert!(own.headers.iter().all(|(name, _)| !name.starts_with("access-control-")));
}

#[test]
fn secrets_are_not_in_the_stream() {
    let emulator = start(|builder| builder.api_key("alice-secret-key"));
    let client = Client::new(&emulator, "alice-secret-key");
    let mut events = Events::of(&emulator, "");
    let presigned = client.presign("a.txt", b"a");
    client.put(&presigned, b"a").expect(200);
    let url = format!("{}/connectors/files/list?key=alice-secret-key", client.base);
    client.send("PUT", &url, &[("x-key", "alice-secret-key")], b"alice-secret-key").expect(405);
    let (_, signature) = presigned.url.split_once("X-Amz-Signature=").unwrap();
    for _ in 0..3 {
        let reported = events.next().unwrap().data.to_string();
        assert!(!reported.contains("secret-key") && !reported.contains(&signature[..64]), "{reported}");
    }
}

#[test]
#[cfg(unix)]
fn ends_within_two_seconds_with_open_streams() {
    let served = Served::start(&mut serve(&[]));
    let mut read = Events::open(&served.address, "", &[]);
    let _unread = Events::open(&served.address, "", &[]);
    let client = served.client("any-key");
    client.list();
    assert_eq!(read.ids(1), [1]);
    let begun = Instant::now();
    let (log, code) = served.end("-TERM");
    let took = begun.elapsed();
    assert_eq!(code, Some(0), "{log}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_eq!(read.next(), None, "it has an end");
}

#[test]
fn an_emulator_that_is_dropped_ends_its_streams() {
    let emulator = emulator();
    let mut events = Events::of(&emulator, "");
    Client::new(&emulator, "alice-key").list();
    assert_eq!(events.ids(1), [1]);
    drop(emulator);
    let mut rest = Vec::new();
    let _ = events.chunks.read_to_end(&mut rest);
}
