//! Presign requests with invalid bodies.

use super::{is_alloys, stands};
use crate::support::{self, Client, emulator, raw::Connection, request::Request};

/// Limit of the Alloy API on a body.
const LIMIT: usize = 1 << 20;

#[test]
fn explains_an_invalid_presign_body() {
    let emulator = emulator();
    let md5 = "d41d8cd98f00b204e9800998ecf8427e";
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("empty", b"".to_vec()),
        ("blank", b" \r\n\t".to_vec()),
        ("cut off", br#"{"filename": "a"#.to_vec()),
        ("two values", format!(r#"{{"filename":"a","mimeType":"b","md5":"{md5}"}}{{}}"#).into()),
        ("single quotes", b"{'filename': 'a'}".to_vec()),
        ("a form", b"filename=a&mimeType=b&md5=c".to_vec()),
        ("null", b"null".to_vec()),
        ("a number", b"1e400".to_vec()),
        ("a list", b"[]".to_vec()),
        ("a text", br#""filename""#.to_vec()),
        ("nothing in it", b"{}".to_vec()),
        ("numbers", br#"{"filename": 1, "mimeType": 2, "md5": 3}"#.to_vec()),
        ("nulls", br#"{"filename": null, "mimeType": null, "md5": null}"#.to_vec()),
        ("lists", br#"{"filename": [], "mimeType": [[]], "md5": {}}"#.to_vec()),
        ("an empty name", format!(r#"{{"filename":"","mimeType":"b","md5":"{md5}"}}"#).into()),
        ("a short digest", br#"{"filename":"a","mimeType":"b","md5":"d41d8c"}"#.to_vec()),
        ("no UTF-8", [&br#"{"filename":""#[..], b"\xff\xfe", br#"","mimeType":"b","md5":"c"}"#].concat()),
        ("half a surrogate", format!(r#"{{"filename":"\ud800","mimeType":"b","md5":"{md5}"}}"#).into()),
        ("UTF-16", "{\"filename\"".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("100,000 lists", vec![b'['; 100_000]),
        ("100,000 objects", br#"{"":"#.repeat(100_000)),
        ("100,000 lists in a name", [&br#"{"filename":"#[..], &vec![b'['; 100_000]].concat()),
        ("NUL bytes", vec![0; 1000]),
    ];
    for (what, body) in bodies {
        let answer = Request::presign(&body).send(&emulator);
        is_alloys(what, &answer, 400);
        let errors: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        let errors = errors["errors"].as_array().unwrap();
        assert!(!errors.is_empty(), "{what}");
        for error in errors {
            for part in ["rule", "pointer", "message"] {
                assert!(error[part].is_string(), "{what}: {error}");
            }
        }
        // The answer does not repeat a mebibyte of nonsense.
        assert!(answer.body.len() < 16 << 10, "{what}: {} bytes", answer.body.len());
    }
    stands(&emulator);
}

#[test]
fn names_of_any_kind_become_keys_of_their_user() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let long = "x".repeat(500_000);
    for name in ["..", "../../etc/passwd", "\0", "a\r\nb", "/", "%2e%2e", "\u{202e}gpj.exe", "<a>&\"'", &long]
    {
        let presigned = client.presign(name, b"");
        let (user, rest) = presigned.key.split_once('_').unwrap();
        assert!(user.len() == 24 && presigned.key.len() <= 1024, "{}", presigned.key);
        let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        assert!(rest.bytes().all(safe) && !rest.starts_with('.') && !rest.is_empty(), "{rest}");
        client.put(&presigned, b"").expect(200);
        client.delete(&presigned.key).expect(200);
    }
    stands(&emulator);
}

#[test]
fn refuses_a_large_content_length_before_the_body() {
    let emulator = emulator();
    let mut connection = Connection::open(&emulator);
    let request = Request::presign(b"").with("content-length", (LIMIT + 1).to_string());
    connection.write(&request.head());
    is_alloys("announced", &connection.read_answer(), 413);
    assert!(connection.read_answer_or_end().is_none());
    stands(&emulator);
}

#[test]
fn a_body_that_grows_too_large_is_refused_when_it_does() {
    let emulator = emulator();
    let request = Request::presign(b"").without("content-length").and("transfer-encoding", "chunked");
    let chunk = [&b"10000\r\n"[..], &vec![b' '; 0x1_0000], b"\r\n"].concat();
    // No last chunk: it is refused although it never ends.
    let mut connection = Connection::open(&emulator);
    connection.write(&[request.head(), chunk.repeat(17)].concat());
    is_alloys("chunked", &connection.read_answer(), 413);
    assert!(connection.read_answer_or_end().is_none());
    stands(&emulator);
}

#[test]
fn a_body_just_within_the_limit_is_read() {
    let emulator = emulator();
    let mut body = br#"{"filename":"a","mimeType":"b","md5":"d41d8cd98f00b204e9800998ecf8427e"}"#.to_vec();
    body.resize(LIMIT, b' ');
    assert_eq!(Request::presign(&body).send(&emulator).status, 200);
    let chunked = Request::presign(b"").without("content-length").and("transfer-encoding", "chunked");
    let mut bytes = chunked.head();
    for piece in body.chunks(0x4000) {
        bytes.extend_from_slice(b"4000\r\n");
        bytes.extend_from_slice(piece);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    assert_eq!(support::raw::exchange(&emulator, &bytes).status, 200);
}
