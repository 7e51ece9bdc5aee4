//! Each kind byte by byte: the client's input, the stored object, the journal.

use std::{
    io::{ErrorKind, Read},
    time::Duration,
};

use alloy_assay::{Emulator, Fault, Severity};
use serde_json::json;

use super::support::{
    Client, Presigned, emulator, eventually, md5_hex, raw::Connection, request::Request, sign, start,
};

const FILE: &[u8] = b"contents of a file";

/// An emulator with a fault, and a client.
fn with(fault: Fault) -> (Emulator, Client) {
    let emulator = emulator();
    emulator.inject(fault);
    let client = Client::new(&emulator, "alice-key");
    (emulator, client)
}

/// A connection after a request, for details that client libraries hide.
fn send(emulator: &Emulator, request: &Request) -> Connection {
    let mut connection = Connection::open(emulator);
    connection.write(&request.bytes());
    connection
}

/// A PUT of [`FILE`] on a new connection.
fn put_raw(emulator: &Emulator, presigned: &Presigned) -> Connection {
    send(emulator, &Request::put(&presigned.url, &presigned.md5, FILE))
}

/// A presign of [`FILE`], likewise.
fn presign_raw(emulator: &Emulator) -> Connection {
    let body = json!({"filename": "a", "mimeType": "text/plain", "md5": md5_hex(FILE)}).to_string();
    send(emulator, &Request::presign(body.as_bytes()))
}

/// The journal's last exchange: its status, 0 for none, and its fault.
fn last(emulator: &Emulator) -> (u16, String) {
    let exchange = emulator.exchanges().pop().unwrap();
    (exchange.status.unwrap_or_default(), exchange.fault.unwrap_or_default())
}

/// The same as one expects it.
fn is(status: u16, fault: &str) -> (u16, String) {
    (status, fault.to_owned())
}

#[test]
fn an_s3_error_has_code_status_message_and_ids() {
    let (emulator, client) = with(Fault::put().error("SlowDown").times(1));
    let presigned = client.presign("a.txt", FILE);
    let reply = client.put(&presigned, FILE).expect(503);
    let text = reply.text();
    assert!(
        text.contains("<Code>SlowDown</Code><Message>Please reduce your request rate.</Message>"),
        "{text}"
    );
    assert!(text.contains("<RequestId>") && reply.header("x-amz-request-id").len() == 16);
    assert_eq!((reply.header("x-assay-fault"), reply.header("content-type")), ("1", "application/xml"));
    assert!(emulator.files().is_empty());
    assert_eq!(last(&emulator), is(503, "1"));
    client.put(&presigned, FILE).expect(200);
    assert_eq!(last(&emulator), is(200, ""));
    emulator.assert_clean_with(Severity::Warning);
}

#[test]
fn an_error_of_alloy_has_its_message_and_says_when_to_come_back() {
    let (emulator, client) = with(Fault::presign().error(429).retry_after(Duration::from_secs(2)).nth(1));
    let body = json!({"filename": "a", "mimeType": "text/plain", "md5": md5_hex(FILE)});
    let reply = client.call("POST", "/connectors/files/upload/request", Some(&body)).expect(429);
    assert_eq!(reply.json(), json!({"message": "Too Many Requests"}));
    assert_eq!((reply.header("retry-after"), reply.header("x-assay-fault")), ("2", "1"));
    assert_eq!(last(&emulator), is(429, "1"));
    client.upload("a", FILE);
    let rules: Vec<&str> = emulator.findings().iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["retry-after-ignored"], "the client did not wait");
}

#[test]
fn an_error_needs_no_code_of_s3s_where_it_has_a_status() {
    let (_emulator, client) = with("put:error=TeaPot,status=418,message=Short & <stout>".parse().unwrap());
    let reply = client.put(&client.presign("a.txt", FILE), FILE).expect(418);
    assert!(
        reply.text().contains("<Code>TeaPot</Code><Message>Short &amp; &lt;stout&gt;</Message>"),
        "{}",
        reply.text()
    );
}

#[test]
fn a_url_that_expires_on_its_way_is_dead_from_then_on() {
    let (emulator, client) = with(Fault::put().expired().nth(1));
    emulator.clock().freeze();
    let dead = client.presign("a.txt", FILE);
    for _ in 0..2 {
        let reply = client.put(&dead, FILE).expect(403);
        assert!(reply.text().contains("<Message>Request has expired</Message>"), "{}", reply.text());
        assert_eq!(reply.header("x-assay-fault"), "1");
        assert_eq!(last(&emulator), is(403, "1"));
    }
    // Within the same second the same URL would be signed: it must be another.
    let renewed = client.presign("a.txt", FILE);
    assert_ne!(renewed.url, dead.url);
    client.put(&renewed, FILE).expect(200);
    assert_eq!(emulator.faults().list()[0].hits, 1);
    // The first refusal came out of nowhere; the second attempt with the same URL did not.
    let rules: Vec<&str> = emulator.findings().iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["expired-url-not-renewed"]);
}

#[test]
fn reports_other_mistakes_with_an_expired_url_too() {
    let (emulator, client) = with(Fault::put().expired().nth(1));
    let dead = client.presign("a.txt", FILE);
    let cut = dead.url.replace("X-Amz-Date=", "X-Amz-Date=x");
    let reply = client.put(&Presigned { url: cut, ..dead }, FILE);
    assert_ne!(reply.status, 200);
    assert!(!reply.text().contains("expired"));
    assert_eq!((reply.header("x-assay-fault"), last(&emulator).1.as_str()), ("", ""));
    assert_eq!(emulator.findings().len(), 1);
}

#[test]
fn names_a_changed_parameter_without_its_value() {
    let (emulator, client) = with(Fault::put().expired().nth(1));
    emulator.clock().freeze();
    client.put(&client.presign("a.txt", FILE), FILE).expect(403);
    let renewed = client.presign("a.txt", FILE);
    let changed = renewed.url.replace("&x-id=PutObject", "");
    client.put(&Presigned { url: changed, ..renewed }, FILE).expect(403);
    let rules: Vec<&str> = emulator.findings().iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["s3-query-missing"]);
}

#[test]
fn a_url_is_handed_out_expired() {
    let (emulator, client) = with(Fault::presign().expired().nth(1));
    emulator.clock().freeze();
    let dead = client.presign("a.txt", FILE);
    let reply = client.put(&dead, FILE).expect(403);
    assert!(reply.text().contains("<Message>Request has expired</Message>"), "{}", reply.text());
    assert_eq!(reply.header("x-assay-fault"), "1");
    client.put(&client.presign("a.txt", FILE), FILE).expect(200);
    emulator.assert_clean_with(Severity::Warning);
    assert_eq!(emulator.files().len(), 1);
}

#[test]
fn a_delay_waits_for_the_clock_and_takes_effect_at_once() {
    let (emulator, client) = with(Fault::put().delay(Duration::from_secs(60)));
    emulator.clock().freeze();
    let presigned = client.presign("a.txt", FILE);
    let mut stream = put_raw(&emulator, &presigned);
    eventually("the upload", || emulator.files().len() == 1);
    emulator.clock().advance(Duration::from_secs(59));
    assert!(stream.is_silent());
    emulator.clock().advance(Duration::from_secs(1));
    let answer = stream.read_answer();
    assert_eq!((answer.status, answer.header("x-assay-fault")), (200, "1"));
}

#[test]
fn a_delay_ends_with_the_client_and_has_taken_effect() {
    let (emulator, client) = with(Fault::put().delay(Duration::from_secs(3600)));
    let presigned = client.presign("a.txt", FILE);
    for (exchanges, is_reset) in [(2, false), (3, true)] {
        let stream = put_raw(&emulator, &presigned);
        eventually("the strike", || emulator.faults().list()[0].hits == exchanges - 1);
        if is_reset {
            stream.reset();
        } else {
            drop(stream);
        }
        eventually("the exchange", || emulator.exchanges().len() as u64 == exchanges);
        assert_eq!(last(&emulator), is(0, "1"));
    }
    assert_eq!(emulator.files()[0].content(), FILE);
}

#[test]
fn a_reset_is_one_and_stores_nothing() {
    let (emulator, client) = with(Fault::put().reset(8).times(1));
    let presigned = client.presign("a.txt", FILE);
    let mut stream = put_raw(&emulator, &presigned);
    assert_eq!(stream.read_all(), (Vec::new(), Some(ErrorKind::ConnectionReset)));
    assert_eq!(last(&emulator), is(0, "1"));
    assert!(emulator.files().is_empty());
    client.put(&presigned, FILE).expect(200);
    emulator.assert_clean_with(Severity::Warning);
}

#[test]
fn a_reset_comes_while_the_body_arrives() {
    let (emulator, client) = with(Fault::put().reset(1000));
    let presigned = client.presign("a.txt", FILE);
    let request = Request::put(&presigned.url, &presigned.md5, &[]).with("content-length", "1000000");
    let mut stream = send(&emulator, &request);
    stream.write(&[b'a'; 999]);
    assert!(stream.is_silent());
    stream.write(b"a");
    assert_eq!(stream.read_all(), (Vec::new(), Some(ErrorKind::ConnectionReset)));
    assert_eq!(emulator.exchanges().pop().unwrap().request.bytes, 1000);
}

#[test]
fn a_close_is_a_fin_without_an_answer_and_stores_nothing() {
    let (emulator, client) = with(Fault::put().close());
    let mut stream = put_raw(&emulator, &client.presign("a.txt", FILE));
    assert_eq!(stream.read_all(), (Vec::new(), None));
    assert_eq!(last(&emulator), is(0, "1"));
    assert!(emulator.files().is_empty());
}

#[test]
fn a_lost_response_stores_the_file_first() {
    let (emulator, client) = with(Fault::put().lost_response().nth(1));
    let presigned = client.presign("a.txt", FILE);
    let mut stream = put_raw(&emulator, &presigned);
    assert_eq!(stream.read_all(), (Vec::new(), None));
    assert_eq!(last(&emulator), is(0, "1"));
    assert_eq!(emulator.files()[0].content(), FILE);
    assert_eq!(client.presign("a.txt", FILE).r#type, "existing");
    // A client that did not hear of it has done nothing wrong when it comes again.
    client.put(&presigned, FILE).expect(200);
    emulator.assert_clean_with(Severity::Warning);
}

#[test]
fn a_lost_presign_leaves_no_url_that_is_missed() {
    let (emulator, client) = with(Fault::presign().lost_response().nth(1));
    let mut stream = presign_raw(&emulator);
    assert_eq!(stream.read_all(), (Vec::new(), None));
    client.upload("a", FILE);
    emulator.assert_clean_with(Severity::Warning);
}

#[test]
fn a_hang_holds_the_connection_for_as_long_as_the_clock_says() {
    let (emulator, client) = with(Fault::put().hang_for(Duration::from_secs(60)));
    emulator.clock().freeze();
    let mut stream = put_raw(&emulator, &client.presign("a.txt", FILE));
    eventually("the strike", || emulator.faults().list()[0].hits == 1);
    assert!(stream.is_silent());
    assert_eq!(emulator.exchanges().len(), 1, "it is not over");
    emulator.clock().advance(Duration::from_secs(60));
    assert_eq!(stream.read_all(), (Vec::new(), None));
    eventually("the exchange", || emulator.exchanges().len() == 2);
    assert_eq!((last(&emulator), emulator.exchanges()[1].request.bytes), (is(0, "1"), FILE.len() as u64));
    assert!(emulator.files().is_empty());
}

#[test]
fn a_hang_ends_with_the_client() {
    let (emulator, client) = with(Fault::put().hang());
    let stream = put_raw(&emulator, &client.presign("a.txt", FILE));
    eventually("the strike", || emulator.faults().list()[0].hits == 1);
    drop(stream);
    eventually("the exchange", || emulator.exchanges().len() == 2);
}

#[test]
fn a_reset_of_the_emulator_ends_what_hangs() {
    let (emulator, client) = with(Fault::put().hang());
    let mut stream = put_raw(&emulator, &client.presign("a.txt", FILE));
    eventually("the strike", || emulator.faults().list()[0].hits == 1);
    emulator.reset();
    assert_eq!(stream.read_all(), (Vec::new(), None));
}

#[test]
fn a_truncated_answer_promises_more_than_comes() {
    let (emulator, client) = with("presign:nth=1:truncate=20".parse().unwrap());
    let mut stream = presign_raw(&emulator);
    let (bytes, end) = stream.read_all();
    let text = String::from_utf8(bytes).unwrap();
    let (head, content) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK") && head.contains("x-assay-fault: 1"), "{head}");
    let promised = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    assert!(promised.parse::<usize>().unwrap() > 200);
    assert_eq!((content.len(), end), (20, None));
    let reported = emulator.exchanges().pop().unwrap().response;
    assert_eq!((reported.bytes, reported.body.as_deref()), (20, Some(content)));
    client.upload("a", FILE);
    emulator.assert_clean_with(Severity::Warning);
}

#[test]
fn a_truncated_answer_without_content_promises_a_byte() {
    let (emulator, client) = with(Fault::put().truncate());
    let mut stream = put_raw(&emulator, &client.presign("a.txt", FILE));
    let (bytes, end) = stream.read_all();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("content-length: 1\r\n") && text.ends_with("\r\n\r\n"), "{text}");
    assert_eq!((end, emulator.files().len()), (None, 1));
}

#[test]
fn a_proxys_page_has_nothing_of_s3s() {
    let (emulator, client) = with(Fault::put().garbage(504));
    let reply = client.put(&client.presign("a.txt", FILE), FILE).expect(504);
    assert!(reply.header("content-type").starts_with("text/html") && reply.text().contains("<html"));
    assert!(!reply.headers.keys().any(|name| name.as_str().starts_with("x-amz")), "{:?}", reply.headers);
    assert_eq!((reply.header("x-assay-fault"), emulator.files().len()), ("1", 0));
    emulator.assert_clean_with(Severity::Warning);
}

#[test]
fn corrupted_content_has_another_etag() {
    let (emulator, client) = with(Fault::put().corrupt().nth(1));
    let presigned = client.presign("a.txt", FILE);
    let reply = client.put(&presigned, FILE).expect(200);
    let stored = emulator.files()[0].content();
    assert_eq!(stored.len(), FILE.len());
    assert_ne!(stored, FILE);
    assert_eq!(reply.header("etag"), format!("\"{}\"", md5_hex(&stored)));
    assert_eq!(reply.header("x-assay-fault"), "1");
    assert_eq!(client.presign("a.txt", FILE).r#type, "new", "nobody has these bytes");
    client.put(&presigned, FILE).expect(200);
    assert_eq!(emulator.files()[0].content(), FILE);
}

#[test]
fn a_throttled_upload_arrives_whole() {
    let (emulator, client) = with(Fault::put().throttle(1 << 20));
    let file = vec![b'a'; 300_000];
    let reply = client.put(&client.presign("a.txt", &file), &file).expect(200);
    assert_eq!((reply.header("x-assay-fault"), emulator.files()[0].size()), ("1", 300_000));
}

#[test]
fn records_a_throttled_answer_when_it_is_sent() {
    let (emulator, _client) = with(Fault::list().throttle(2000));
    let mut stream = Connection::open(&emulator);
    let list = Request::alloy("GET", "/connectors/files/list").bytes();
    for exchanges in 1..=3 {
        stream.write(&list);
        let answer = stream.read_answer();
        let journal = emulator.exchanges();
        assert_eq!((answer.status, journal.len()), (200, exchanges), "who has the answer finds the exchange");
        let exchange = &journal[exchanges - 1];
        assert_eq!(exchange.response.bytes, answer.body.len() as u64);
        // More than 200 bytes at 2,000 a second, minus the initial allowance.
        assert!(exchange.duration_us > 30_000, "{exchange:?}");
    }
}

#[test]
fn a_throttled_answer_that_is_given_up_counts_what_was_sent() {
    let (emulator, client) = with(Fault::get().throttle(10_000));
    let file = vec![b'a'; 300_000];
    let presigned = client.presign("a.txt", &file);
    client.put(&presigned, &file).expect(200);
    let path = format!("/alloy-user-files/{}", presigned.key);
    let url = sign::url("GET", "localhost:7979", &path, &[], emulator.clock().now());
    let mut stream =
        send(&emulator, &Request::new("GET", url.strip_prefix("http://localhost:7979").unwrap()));
    let head = stream.read_head();
    assert_eq!((head.status, emulator.exchanges().len()), (200, 2), "it is not over");
    stream.stream().read_exact(&mut [0; 1000]).unwrap();
    drop(stream);
    eventually("the exchange", || emulator.exchanges().len() == 3);
    assert_eq!(last(&emulator), is(200, "1"));
    let sent = emulator.exchanges()[2].response.bytes;
    assert!((1000..300_000).contains(&sent), "{sent} bytes at 10,000 a second");
}

#[test]
fn a_throttled_answer_of_which_nothing_is_sent_has_no_status() {
    let (emulator, _client) = with(Fault::presign().throttle(1));
    let stream = presign_raw(&emulator);
    eventually("the strike", || emulator.faults().list()[0].hits == 1);
    stream.reset();
    eventually("the exchange", || emulator.exchanges().len() == 1);
    assert_eq!((last(&emulator), emulator.exchanges()[0].response.bytes), (is(0, "1"), 0));
}

#[test]
fn every_operation_can_be_struck() {
    let (emulator, client) = with(Fault::any().error(503));
    for (method, path) in [
        ("POST", "/connectors/files/upload/request"),
        ("GET", "/connectors/files/list"),
        ("DELETE", "/connectors/files/a"),
        ("GET", "/users"),
        ("POST", "/users"),
        ("GET", "/users/a"),
        ("DELETE", "/users/a"),
        ("POST", "/connectors/a/actions/b/execute"),
        ("PUT", "/alloy-user-files/a"),
        ("GET", "/alloy-user-files/a"),
        ("HEAD", "/alloy-user-files/a"),
        ("OPTIONS", "/alloy-user-files/a"),
        ("GET", "/nowhere"),
    ] {
        let reply = client.call(method, path, None).expect(503);
        assert_eq!(reply.header("x-assay-fault"), "1", "{method} {path}");
    }
    assert_eq!(emulator.faults().list()[0].hits, 13);
    client.control("GET", "health", None).expect(200);
}

#[test]
fn selectors_know_the_file_by_its_presigned_name_and_its_key() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    emulator.inject("put:filename=my *.txt:error=SlowDown".parse().unwrap());
    emulator.inject("delete:key=*_other.txt:error=500".parse().unwrap());
    emulator.inject("presign:filename=third*:error=500".parse().unwrap());
    let [mine, other] = ["my file.txt", "other.txt"].map(|name| client.presign(name, FILE));
    client.put(&mine, FILE).expect(503);
    client.put(&other, FILE).expect(200);
    client.delete(&other.key).expect(500);
    let body = json!({"filename": "third", "mimeType": "text/plain", "md5": md5_hex(FILE)});
    client.call("POST", "/connectors/files/upload/request", Some(&body)).expect(500);
}

#[test]
fn a_page_may_read_an_error_of_s3s_and_no_proxys() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    emulator.inject(Fault::put().error("SlowDown").nth(1));
    emulator.inject(Fault::put().garbage(502).nth(2));
    let presigned = client.presign("a.txt", FILE);
    let allowed = |_| {
        let headers = [("content-md5", presigned.md5.as_str()), ("origin", "http://localhost:5173")];
        let reply = client.send("PUT", &presigned.url, &headers, FILE);
        reply.header("access-control-allow-origin").to_owned()
    };
    assert_eq!([1, 2].map(allowed), ["*", ""]);
}

#[test]
fn a_call_of_alloys_is_reset_while_its_body_arrives() {
    let (emulator, _client) = with(Fault::presign().reset(1000));
    let request = Request::presign(b"").with("content-length", "100000");
    let mut stream = send(&emulator, &request);
    stream.write(&[b' '; 1000]);
    assert_eq!(stream.read_all(), (Vec::new(), Some(ErrorKind::ConnectionReset)));
    assert_eq!(last(&emulator), is(0, "1"));
}

#[test]
fn a_rule_that_does_not_strike_changes_nothing() {
    let emulator = start(|builder| builder.api_key("alice-key"));
    emulator.inject("presign:filename=a:nth=99:close".parse().unwrap());
    let request = Request::presign(b"").with("authorization", "Bearer other").with("content-length", "9");
    let mut stream = send(&emulator, &request.and("expect", "100-continue"));
    assert_eq!(stream.read_answer().status, 401, "at once, and without the body");
}

#[test]
fn a_url_is_selected_by_the_name_that_it_was_presigned_for() {
    let (_emulator, client) = with("put:filename=a b.txt:error=503".parse().unwrap());
    // Both become one key.
    let [blank, line] = [("a b.txt", &b"1"[..]), ("a_b.txt", b"2")].map(|(name, bytes)| {
        let presigned = client.presign(name, bytes);
        (presigned, bytes)
    });
    client.put(&line.0, line.1).expect(200);
    client.put(&blank.0, blank.1).expect(503);
}

#[test]
fn names_the_fault_that_let_a_url_expire() {
    let (emulator, client) = with(Fault::put().expired().nth(1));
    emulator.inject(Fault::put().delay(Duration::from_millis(1)).nth(2));
    let dead = client.presign("a.txt", FILE);
    client.put(&dead, FILE).expect(403);
    let reply = client.put(&dead, FILE).expect(403);
    assert_eq!((reply.header("x-assay-fault"), last(&emulator)), ("1", is(403, "1")));
}

#[test]
fn a_preflight_is_about_no_file() {
    let (emulator, client) = with("any:key=*:error=503".parse().unwrap());
    let headers = [("origin", "http://localhost:5173"), ("access-control-request-method", "PUT")];
    let url = format!("{}/alloy-user-files/a.txt", emulator.base_url());
    client.send("OPTIONS", &url, &headers, b"").expect(200);
    client.send("PUT", &url, &[], b"").expect(503);
}

#[test]
fn a_code_of_s3s_brings_its_status_and_message_to_alloys_side() {
    let (_emulator, client) = with(Fault::list().error("SlowDown"));
    let reply = client.call("GET", "/connectors/files/list", None).expect(503);
    assert_eq!(reply.json(), json!({"message": "Please reduce your request rate."}));
}
