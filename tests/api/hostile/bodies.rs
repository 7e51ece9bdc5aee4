//! Bodies that stop, that are longer or shorter than announced, or that are never read.

use std::time::Duration;

use super::{is_alloys, is_s3s, stands, upload_of};
use alloy_assay::{Emulator, Exchange};

use crate::support::{
    self, emulator, eventually,
    raw::{Answer, Connection},
    request::Request,
    start,
};

const PRESIGN: &[u8] = br#"{"filename":"a","mimeType":"b","md5":"d41d8cd98f00b204e9800998ecf8427e"}"#;

/// The one exchange of an operation, once it is over.
fn journaled(emulator: &Emulator, operation: &str) -> Exchange {
    let of = |emulator: &Emulator| {
        let mut journal = emulator.exchanges();
        journal.retain(|exchange| exchange.operation.name() == operation);
        journal
    };
    eventually("the record of the exchange", || of(emulator).len() == 1);
    of(emulator).remove(0)
}

/// The request with only half of its body.
fn half(request: &Request) -> Vec<u8> {
    let bytes = request.bytes();
    bytes[..bytes.len() - request.body.len() / 2].to_vec()
}

#[test]
fn reports_half_a_body_on_a_half_closed_connection() {
    let emulator = emulator();
    let answer = support::raw::exchange(&emulator, &half(&Request::presign(PRESIGN)));
    is_alloys("presign", &answer, 400);
    assert!(answer.text().contains("The body did not arrive whole"), "{}", answer.text());
    let answer = support::raw::exchange(&emulator, &half(&upload_of(&emulator, b"half of it")));
    is_s3s("put", &answer, 400, "IncompleteBody");
    stands(&emulator);
}

#[test]
fn reports_half_a_chunk_on_a_half_closed_connection() {
    let emulator = emulator();
    let head = Request::presign(b"").without("content-length").and("transfer-encoding", "chunked").head();
    for chunk in ["", "5", "5\r\n", "5\r\n{\"a", "3\r\n{}\n\r\n", "3\r\n{}\n\r\n0\r\n"] {
        let answer = support::raw::exchange(&emulator, &[&head[..], chunk.as_bytes()].concat());
        is_alloys(chunk, &answer, 400);
    }
    for chunk in ["zz\r\n", "-1\r\n", "fffffffffffffffff\r\n", "2\r\n{}xx"] {
        let answer = support::raw::exchange(&emulator, &[&head[..], chunk.as_bytes()].concat());
        is_alloys(chunk, &answer, 400);
    }
    stands(&emulator);
}

#[test]
fn half_a_body_and_an_open_connection_times_out() {
    // Long enough for correct requests, even on a busy machine.
    let emulator = start(|builder| builder.idle_timeout(Duration::from_millis(500)));
    for (request, is_presign) in [(Request::presign(PRESIGN), true), (upload_of(&emulator, b"half"), false)] {
        let mut connection = Connection::open(&emulator);
        connection.write(&half(&request));
        let answer = connection.read_answer();
        if is_presign {
            is_alloys("presign", &answer, 408);
        } else {
            is_s3s("put", &answer, 400, "RequestTimeout");
        }
        assert!(connection.read_answer_or_end().is_none());
    }
    stands(&emulator);
}

#[test]
fn an_aborted_upload_stores_nothing() {
    let emulator = emulator();
    let put = upload_of(&emulator, &vec![b'x'; 200_000]);
    let mut connection = Connection::open(&emulator);
    connection.write(&half(&put));
    connection.reset();
    let exchange = journaled(&emulator, "put");
    assert_eq!(exchange.status, None);
    assert!(exchange.request.bytes < 200_000);
    stands(&emulator);
}

#[test]
fn a_client_that_closes_in_the_middle_stores_nothing() {
    let emulator = emulator();
    let put = upload_of(&emulator, &vec![b'x'; 200_000]);
    let mut connection = Connection::open(&emulator);
    connection.write(&half(&put));
    drop(connection);
    // The emulator cannot distinguish it from a client that closed only its half.
    let exchange = journaled(&emulator, "put");
    assert!(matches!(exchange.status, None | Some(400)), "{exchange:?}");
    assert_eq!(exchange.request.bytes, 100_000);
    stands(&emulator);
}

#[test]
fn a_client_that_is_gone_before_its_answer_is_recorded() {
    let emulator = emulator();
    let mut connection = Connection::open(&emulator);
    connection.write(&half(&Request::presign(PRESIGN)));
    connection.reset();
    assert_eq!(journaled(&emulator, "presign").status, None);
    stands(&emulator);
}

#[test]
fn a_body_longer_than_announced_is_cut_and_does_not_match() {
    let emulator = emulator();
    let put = upload_of(&emulator, b"1234567").with("content-length", "6");
    is_s3s("longer", &put.send(&emulator), 400, "BadDigest");
    stands(&emulator);
}

#[test]
fn what_follows_a_body_is_the_next_request() {
    let emulator = emulator();
    let put = upload_of(&emulator, b"123456");
    let mut connection = Connection::open(&emulator);
    connection.write(&[put.bytes(), Request::alloy("GET", "/connectors/files/list").bytes()].concat());
    assert_eq!(connection.read_answer().status, 200);
    let list = connection.read_answer();
    assert!(list.status == 200 && list.text().contains("report.txt"), "{}", list.text());

    let mut connection = Connection::open(&emulator);
    connection.write(&[&put.bytes()[..], b"trailing bytes\r\n\r\n"].concat());
    assert_eq!(connection.read_answer().status, 200);
    super::is_bare("trailing bytes", &connection.read_answer(), 400);
    assert!(connection.read_answer_or_end().is_none());
    emulator.reset();
    stands(&emulator);
}

#[test]
fn an_unread_small_body_is_not_a_request() {
    let emulator = emulator();
    let smuggled = Request::alloy("GET", "/connectors/files/list").bytes();
    // 401, 404, 405 and S3's 403 are all answered without a look at the body.
    let put = upload_of(&emulator, b"x").without("content-md5");
    for (request, status) in [
        (Request::presign(b"").without("authorization"), 401),
        (Request::presign(b"").replace("upload", "download"), 404),
        (Request::presign(b"").method("PATCH"), 405),
        (put, 403),
    ] {
        let mut connection = Connection::open(&emulator);
        connection.write(&request.body(&smuggled).bytes());
        assert_eq!(connection.read_answer().status, status);
        connection.write(&Request::new("GET", "/_assay/health").bytes());
        let next = connection.read_answer();
        assert!(next.text().contains("\"ok\""), "after {status}: {}", next.text());
    }
    stands(&emulator);
}

#[test]
fn a_refusal_is_read_by_who_is_still_writing_a_large_body() {
    let emulator = emulator();
    let put = upload_of(&emulator, b"x").without("content-md5");
    let presign = Request::presign(b"").without("authorization");
    let check = |request: &Request, wait_for: fn(&Answer)| {
        let size = 64 << 20;
        let mut connection = Connection::open(&emulator);
        connection.write(&request.clone().with("content-length", size.to_string()).head());
        let mut writing = connection.stream().try_clone().unwrap();
        let writer = std::thread::spawn(move || std::io::copy(&mut body_of(size), &mut writing));
        wait_for(&connection.read_answer());
        assert!(connection.read_answer_or_end().is_none());
        assert_eq!(writer.join().unwrap().unwrap(), size, "the body is taken to its end");
    };
    check(&put, |answer| is_s3s("put", answer, 403, "SignatureDoesNotMatch"));
    check(&presign, |answer| is_alloys("presign", answer, 401));
    stands(&emulator);
}

fn body_of(size: u64) -> impl std::io::Read {
    std::io::Read::take(std::io::repeat(b'x'), size)
}

#[test]
fn refuses_a_client_that_waits_for_100_at_once() {
    let emulator = emulator();
    let put = upload_of(&emulator, b"body").and("expect", "100-continue");
    for (request, status) in [
        (put.clone().without_query(), 403),
        (put.clone().with("content-md5", "no"), 403),
        (put.clone().and("authorization", "Bearer a"), 400),
        (put.clone().replace("X-Amz-Date", "x"), 400),
        (put.clone().with("content-length", "6442450944"), 400),
        (Request::presign(PRESIGN).and("expect", "100-continue").without("authorization"), 401),
    ] {
        let mut connection = Connection::open(&emulator);
        connection.write(&request.head());
        assert_eq!(connection.read_answer().status, status);
        assert!(connection.read_answer_or_end().is_none(), "the body cannot come any more");
    }
    stands(&emulator);
    let mut connection = Connection::open(&emulator);
    connection.write(&put.head());
    assert_eq!(connection.read_head().status, 100);
    connection.write(&put.body);
    assert_eq!(connection.read_answer().status, 200);
}

/// A presign whose chunked body ends with this, and a second request behind it.
fn chunked(coding: &str, end: &str) -> Vec<u8> {
    let head = Request::presign(b"").without("content-length").and("transfer-encoding", coding).head();
    let chunk = format!("{:x}\r\n", PRESIGN.len());
    let next = Request::alloy("GET", "/connectors/files/list").bytes();
    [&head[..], chunk.as_bytes(), PRESIGN, b"\r\n", end.as_bytes(), &next].concat()
}

#[test]
fn closes_the_connection_after_trailers() {
    let emulator = emulator();
    // A bare LF hides the request after it from a parser that requires CRLF.
    for end in ["0\r\nT: v\n\n", "0\r\nT: v\r\n\r\n"] {
        let mut connection = Connection::open(&emulator);
        connection.write(&chunked("chunked", end));
        connection.finish();
        let answer = connection.read_answer();
        if answer.status == 200 {
            assert_eq!(answer.header("connection"), "close", "{end:?}");
        } else {
            is_alloys(end, &answer, 400);
        }
        assert!(connection.read_answer_or_end().is_none(), "{end:?}");
    }
    assert!(emulator.exchanges().iter().all(|exchange| exchange.operation.name() != "list"));
    stands(&emulator);
}

#[test]
fn keeps_the_connection_after_a_chunked_body_without_trailers() {
    let emulator = emulator();
    let mut connection = Connection::open(&emulator);
    connection.write(&chunked("chunked", "0\r\n\r\n"));
    assert_eq!([connection.read_answer().status, connection.read_answer().status], [200, 200]);
}

#[test]
fn answers_501_to_a_transfer_coding_that_it_does_not_decode() {
    let emulator = emulator();
    for coding in ["gzip, chunked", "chunked, chunked", "chunked\r\ntransfer-encoding: chunked"] {
        let answer = support::raw::exchange(&emulator, &chunked(coding, "0\r\n\r\n"));
        is_alloys(coding, &answer, 501);
        assert_eq!(answer.header("connection"), "close", "{coding}");
        assert!(answer.text().contains("transfer coding `"), "{}", answer.text());
    }
    let control = Request::new("POST", "/_assay/clock").and("transfer-encoding", "gzip, chunked");
    let bytes = [&control.without("content-length").head()[..], b"2\r\n{}\r\n0\r\n\r\n"].concat();
    assert_eq!(support::raw::exchange(&emulator, &bytes).status, 501);
    stands(&emulator);
}
