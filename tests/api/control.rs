//! The control API: the clock, resets, stored objects, and waiting for the journal.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are assertions")]

use std::{thread, time::Duration};

use crate::support::{
    self, Client, emulator,
    program::{Served, serve},
    raw::Connection,
    request::Request,
    start,
};
use alloy_assay::UserId;
use serde_json::{Value, json};

#[test]
fn health_has_the_version() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let health = client.control("GET", "health", None).expect(200).json();
    assert_eq!(health, json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}));
}

#[test]
fn the_clock_is_moved_set_frozen_and_reset() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let post = |body: Value| client.control("POST", "clock", Some(&body)).expect(200).json();
    assert_eq!(client.control("GET", "clock", None).expect(200).json()["offset_seconds"], 0);
    assert_eq!(post(json!({"advance": "61m"}))["offset_seconds"], 3660);
    assert_eq!(post(json!({"freeze": true}))["frozen"], true);
    assert_eq!(post(json!({"set": "2026-01-02T03:04:05Z"}))["now"], "2026-01-02T03:04:05.000Z");
    assert_eq!(post(json!({"advance": "1h"}))["now"], "2026-01-02T04:04:05.000Z");
    let date = client.call("GET", "/connectors/files/list", None).header("date").to_owned();
    assert_eq!(date, "Fri, 02 Jan 2026 04:04:05 GMT");
    assert_eq!(post(json!({"freeze": false}))["frozen"], false);
    assert_eq!(post(json!({"reset": true}))["offset_seconds"], 0);
}

#[test]
fn a_clock_that_cannot_be_is_refused_with_its_place() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    for (body, place) in [
        (json!({"advance": "-1h"}), "/advance"),
        (json!({"advance": "99999999h"}), "/advance"),
        (json!({"set": "never"}), "/set"),
        (json!({"set": "1969-12-31T00:00:00Z"}), "/set"),
        (json!({"jump": "1h"}), "/jump"),
        (json!({"advance": 61}), "/advance"),
        (json!({"reset": false}), "/reset"),
        (json!({"freeze": true, "advance": "1h"}), ""),
        (json!([]), ""),
        (json!({}), ""),
    ] {
        let reply = client.control("POST", "clock", Some(&body)).expect(400);
        assert_eq!(reply.json()["errors"][0]["pointer"], place, "{body}");
    }
}

#[test]
fn a_reset_takes_everything_back_to_the_start() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    client.upload("a.txt", b"a");
    client.control("POST", "clock", Some(&json!({"advance": "1h"}))).expect(200);
    client.control("POST", "reset", None).expect(200);
    assert!(client.list().is_empty());
    assert_eq!(client.control("GET", "clock", None).json()["offset_seconds"], 0);
    let exchanges = client.control("GET", "journal", None).json();
    assert_eq!(exchanges["exchanges"].as_array().unwrap().len(), 1, "the list after the reset alone");
    assert_eq!(exchanges["exchanges"][0]["id"], 1);
}

#[test]
fn one_users_reset_leaves_the_others_alone() {
    let emulator = emulator();
    let (alice, bob) = (Client::new(&emulator, "alice-key"), Client::new(&emulator, "bob-key"));
    let key = alice.upload("a.txt", b"a");
    bob.upload("b.txt", b"b");
    let user = &key[..24];
    alice.control("POST", &format!("reset?user={user}"), None).expect(200);
    assert_eq!((alice.list().len(), bob.list().len()), (0, 1));
    let of_alice = alice.control("GET", &format!("journal?user={user}"), None).json();
    assert_eq!(of_alice["exchanges"].as_array().unwrap().len(), 1, "the list after the reset alone");
    alice.control("POST", "reset?user=alice", None).expect(400);
}

#[test]
fn parallel_tests_see_only_their_own_user() {
    const TIMES: usize = 10;
    let emulator = emulator();
    thread::scope(|scope| {
        for number in 0..6 {
            let emulator = &emulator;
            scope.spawn(move || {
                let key = format!("key-of-test-{number}");
                let client = Client::new(emulator, &key);
                let user = UserId::of_key(&key).to_string();
                for time in 0..TIMES {
                    client.control("POST", &format!("reset?user={user}"), None).expect(200);
                    look_alone(&client, &user, time % 3);
                }
            });
        }
    });
}

/// A test that uploads a file, makes some mistakes, and queries its user's results.
fn look_alone(client: &Client, user: &str, mistakes: usize) {
    let get = |path: &str| client.control("GET", path, None).expect(200).json();
    assert_eq!(get(&format!("findings?user={user}")), json!({"findings": []}));
    assert_eq!(get(&format!("journal?user={user}"))["exchanges"], json!([]));
    let key = client.upload("a.txt", b"the same for all");
    for _ in 0..mistakes {
        client.call("POST", "/connectors/files/upload/request", Some(&json!({"filename": 1}))).expect(400);
    }
    assert_eq!(client.list(), [key]);
    let query = format!("journal?user={user}&count={}&wait=10s", 3 + mistakes);
    let exchanges = get(&query)["exchanges"].as_array().unwrap().clone();
    assert!(exchanges.iter().all(|exchange| exchange["user_id"] == user));
    let mut operations = vec!["presign"; 3 + mistakes];
    (operations[1], operations[2 + mistakes]) = ("put", "list");
    let reported: Vec<_> = exchanges.iter().map(|exchange| exchange["operation"].as_str().unwrap()).collect();
    assert_eq!(reported, operations);
    let findings = get(&format!("findings?user={user}"))["findings"].as_array().unwrap().clone();
    let ids: Vec<_> = findings.iter().map(|finding| finding["id"].clone()).collect();
    let of_exchanges: Vec<_> =
        exchanges.iter().flat_map(|exchange| exchange["findings"].as_array().unwrap().clone()).collect();
    assert_eq!((ids, findings.is_empty()), (of_exchanges, mistakes == 0));
}

#[test]
fn a_user_reset_drops_the_users_running_exchange() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let presigned = client.presign("a.txt", b"hello");
    let mut connection = Connection::open(&emulator);
    let put = Request::put(&presigned.url, &presigned.md5, b"hello").and("expect", "100-continue");
    connection.write(&put.head());
    assert_eq!(connection.read_answer().status, 100);
    let user = UserId::of_key("alice-key");
    client.control("POST", &format!("reset?user={user}"), None).expect(200);
    connection.write(b"hello");
    assert_eq!(connection.read_answer().status, 409);
    let journal = client.control("GET", &format!("journal?user={user}"), None).json();
    assert_eq!(journal["exchanges"], json!([]));
}

#[test]
fn an_upload_under_way_at_a_reset_stores_nothing() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let presigned = client.presign("a.txt", b"hello");
    let target = presigned.url.strip_prefix(&client.base).unwrap();
    let mut connection = Connection::open(&emulator);
    let host = client.base.strip_prefix("http://").unwrap();
    let head = format!(
        "PUT {target} HTTP/1.1\r\nhost: {host}\r\ncontent-md5: {}\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n",
        presigned.md5
    );
    connection.write(head.as_bytes());
    // The upload has begun once its body is polled.
    assert_eq!(connection.read_answer().status, 100);
    emulator.reset();
    connection.write(b"hello");
    let answer = connection.read_answer();
    assert_eq!(answer.status, 409);
    assert!(answer.text().contains("<Code>OperationAborted</Code>"), "{}", answer.text());
    assert!(emulator.files().is_empty());
    assert!(emulator.exchanges().is_empty(), "what began before a reset is not in the journal after it");
}

#[test]
fn objects_list_and_return_stored_bytes() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let key = client.upload("a b.txt", b"hello");
    let objects = client.control("GET", "objects", None).expect(200).json();
    let object = &objects["objects"][0];
    assert_eq!(object["s3Key"], key.as_str());
    assert_eq!((&object["size"], &object["md5"]), (&json!(5), &json!(support::md5_base64(b"hello"))));
    let content = client.control("GET", &format!("objects/{key}"), None).expect(200);
    assert_eq!(content.body, b"hello");
    assert_eq!(content.header("content-disposition"), "attachment");
    client.control("GET", "objects/none", None).expect(404);
}

#[test]
fn lists_and_deletes_the_files_of_one_user() {
    let emulator = emulator();
    let [alice, bob] = ["alice-key", "bob-key"].map(|key| Client::new(&emulator, key));
    let keys = [alice.upload("a b.txt", b"a"), bob.upload("b.txt", b"b")];
    let objects = |query: &str| {
        let objects = alice.control("GET", &format!("objects{query}"), None).expect(200).json();
        let keys = objects["objects"].as_array().unwrap().iter().map(|object| object["s3Key"].clone());
        keys.collect::<Vec<_>>()
    };
    assert_eq!(objects("").len(), 2);
    for key in &keys {
        assert_eq!(objects(&format!("?user={}", &key[..24])), [json!(key)]);
    }
    alice.control("GET", "objects?user=alice", None).expect(400);
    let deleted = alice.control("DELETE", &format!("objects/{}", keys[1]), None).expect(200).json();
    assert_eq!((deleted, objects("")), (json!({"status": "ok"}), vec![json!(keys[0])]));
    alice.control("DELETE", &format!("objects/{}", keys[1]), None).expect(404);
    let refused = alice.control("PUT", &format!("objects/{}", keys[0]), None).expect(405);
    assert_eq!(refused.header("allow"), "GET, DELETE");
}

/// An answer of which nothing is read takes no more than its pieces under way.
#[test]
#[cfg(target_os = "linux")]
fn unread_answers_take_little_memory() {
    let served = Served::start(&mut serve(&[]));
    let client = served.client("alice-key");
    let filename = "x".repeat(15 << 10);
    for number in 0..1_100 {
        client.presign(&format!("{number}{filename}"), b"a");
    }
    let memory = || -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", served.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() >> 10
    };
    let before = memory();
    let unread: Vec<Connection> = ["journal", "report.json", "findings", "objects"]
        .into_iter()
        .cycle()
        .take(100)
        .map(|path| {
            let mut connection = Connection::to(&served.address);
            connection.write(&Request::new("GET", &format!("/_assay/{path}")).bytes());
            connection
        })
        .collect();
    // A reader still gets the answer, and the others have begun by then.
    let exchanges = client.control("GET", "journal?after=100&limit=1", None).expect(200).json();
    assert_eq!(exchanges["exchanges"].as_array().unwrap().len(), 1);
    let took = memory().saturating_sub(before);
    assert!(took < 100, "100 unread answers took {took} MiB, after {before} MiB");
    drop(unread);
}

#[test]
fn the_journal_can_be_filtered() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    client.upload("a.txt", b"a");
    client.list();
    let ids = |query: &str| -> Vec<u64> {
        let page = client.control("GET", &format!("journal{query}"), None).expect(200).json();
        assert_eq!(page["timed_out"], false);
        page["exchanges"].as_array().unwrap().iter().map(|each| each["id"].as_u64().unwrap()).collect()
    };
    assert_eq!(ids(""), [1, 2, 3]);
    assert_eq!(ids("?after=1&limit=1"), [2]);
    assert_eq!(ids("?operation=put"), [2]);
    assert!(ids("?user=ffffffffffffffffffffffff").is_empty());
    for query in
        ["?operation=upload", "?after=x", "?user=alice", "?operatoin=put", "?wait=1", "?count=1&wait=1h"]
    {
        client.control("GET", &format!("journal{query}"), None).expect(400);
    }
}

#[test]
fn the_journal_has_the_documented_fields() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    client.upload("a.txt", b"hello");
    let page = client.control("GET", "journal", None).json();
    let put = &page["exchanges"][1];
    assert_eq!(put["operation"], "put");
    assert_eq!((&put["method"], &put["status"], &put["fault"]), (&json!("PUT"), &json!(200), &Value::Null));
    assert_eq!((&put["request"]["bytes"], &put["request"]["body"]), (&json!(5), &Value::Null));
    assert_eq!(put["findings"], json!([]));
    assert!(put["path"].as_str().unwrap().contains("X-Amz-Signature=***"));
    assert!(put["duration_us"].is_u64() && put["at"].as_str().unwrap().ends_with('Z'));
    let presign = &page["exchanges"][0];
    assert_eq!(presign["request"]["headers"]["authorization"], "Bearer ***");
    assert!(presign["response"]["body"].as_str().unwrap().contains("X-Amz-Signature=***"));
    assert_eq!(presign["user_id"].as_str().unwrap().len(), 24);
}

#[test]
fn masks_a_configured_key_everywhere() {
    let emulator = start(|builder| builder.api_key("alice-secret-key"));
    let client = Client::new(&emulator, "alice-secret-key");
    let url = format!("{}/connectors/files/list?key=alice-secret-key&again=alice%2Dsecret-key", client.base);
    client.send("GET", &url, &[("x-key", "alice-secret-key")], b"").expect(401);
    client.send("PUT", &url, &[], br#"{"key": "alice-secret-key"}"#).expect(405);
    let journal = client.control("GET", "journal", None).text();
    assert!(!journal.contains("secret-key"), "{journal}");
}

#[test]
fn the_journal_can_be_waited_for() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let client = Client::new(&emulator, "alice-key");
            client.control("GET", "journal?operation=list&count=2&wait=30s", None).expect(200).json()
        });
        client.list();
        client.list();
        let page = waiting.join().unwrap();
        assert_eq!((page["exchanges"].as_array().unwrap().len(), &page["timed_out"]), (2, &json!(false)));
    });
    let late = client.control("GET", "journal?operation=put&count=1&wait=1ms", None).expect(200).json();
    assert_eq!(late, json!({"exchanges": [], "timed_out": true}));
}

#[test]
fn a_finding_leads_to_its_exchange() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    client.call("POST", "/connectors/files/upload/request", Some(&json!({}))).expect(400);
    let findings = client.control("GET", "findings?severity=error", None).expect(200).json();
    let findings = findings["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 3);
    assert_eq!(findings[0]["exchange"], 1);
    assert!(findings[0]["spec"].as_str().unwrap().starts_with("/components/schemas/"));
    let exchange = &client.control("GET", "journal", None).json()["exchanges"][0];
    assert_eq!(exchange["findings"], json!([1, 2, 3]));
    assert_eq!(client.control("GET", "findings?severity=note", None).json(), json!({"findings": []}));
    client.control("GET", "findings?severity=bad", None).expect(400);
}

#[test]
fn answers_unknown_calls_and_methods_with_errors() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    client.control("GET", "nothing", None).expect(404);
    assert_eq!(client.control("DELETE", "clock", None).expect(405).header("allow"), "GET, POST");
    assert_eq!(client.control("GET", "reset", None).expect(405).header("allow"), "POST");
    client.control("GET", "health?x=1", None).expect(400);
    let page = client.control("GET", "journal", None).json();
    assert_eq!(page["exchanges"], json!([]), "control calls are no exchanges");
}

#[test]
fn emulators_share_nothing_and_end_when_dropped() {
    let (one, other) = (emulator(), emulator());
    let client = Client::new(&one, "alice-key");
    client.upload("a.txt", b"a");
    one.clock().advance(Duration::from_secs(60));
    assert!(Client::new(&other, "alice-key").list().is_empty());
    let address = one.base_url().strip_prefix("http://").unwrap().to_owned();
    drop(one);
    // Another test's emulator may have the port by now; it has none of these files.
    if std::net::TcpStream::connect(&address).is_ok() {
        let client = Client { base: format!("http://{address}"), ..client };
        assert!(client.list().is_empty());
    }
}
