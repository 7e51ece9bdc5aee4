//! What happens to files in transit, and how the finding says it.

use base64::{Engine, engine::general_purpose::STANDARD};
use hyper::{HeaderMap, Method};
use proptest::{collection::vec, prelude::*, sample::select};

use super::*;
use crate::{
    files::Blob,
    findings::Refused,
    s3::{RawRequest, Refusal},
};

/// Returns what is found in `body` where `file` was announced.
fn violation(file: &[u8], body: &[u8], content_type: &str) -> Violation {
    let mut headers = HeaderMap::new();
    if !content_type.is_empty() {
        headers.insert("content-type", content_type.parse().unwrap());
    }
    let request = RawRequest { method: &Method::PUT, path: "/b/k", query: None, headers: &headers };
    let (expected, calculated) = (of(file), of(body));
    assert_ne!(expected, calculated);
    let blob = Blob::from(body.to_vec());
    let refusal = Refusal::BadDigest { expected, calculated };
    let refused =
        Refused { request, refusal: &refusal, body: Some(&blob), received: blob.size(), behind: &[] };
    explain(&Case::new(&refused, None, ""), expected, calculated, |_| None, |_| None)
}

#[track_caller]
fn is(rule: &str, file: &[u8], body: &[u8], telling: &str) {
    let violation = violation(file, body, "");
    assert_eq!(violation.rule, rule, "{}", violation.message);
    assert!(violation.message.contains(telling), "{}", violation.message);
}

#[test]
fn the_file_is_found_in_what_is_around_it() {
    let file = b"one\ntwo\xff\n";
    let base64 = STANDARD.encode(file);
    let form = [&b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n"[..], file, b"\r\n--x--\r\n"].concat();
    is("s3-body-multipart", file, &form, "part `file`");
    is("s3-body-encoded", file, base64.as_bytes(), "base64 of the file");
    is("s3-body-encoded", file, format!("data:text/plain;base64,{base64}").as_bytes(), "`data:` URL");
    is("s3-body-encoded", file, base64.trim_end_matches('=').as_bytes(), "base64");
    is("s3-body-encoded", file, hex::encode(file).as_bytes(), "hex");
    is(
        "s3-body-json",
        file,
        format!("{{\"a\":[1,{{\"b\":\"{base64}\"}}]}}").as_bytes(),
        "as base64 at `/a/1/b`",
    );
    is("s3-body-json", b"123", b"\"123\"", "as text.");
    is("s3-body-json", b"12", br#"{"type":"Buffer","data":[49,50]}"#, "a list of numbers at `/data`");
    is("s3-body-json", b"12", br#"{"0":49,"1":50}"#, "a list of numbers");
    is("s3-body-form", b"a b", b"file=a+b&x=1", "field `file`");
    is("s3-body-form", b"a\n", b"a%0A", "percent-encoded");
    is("s3-body-chunked", b"12345", b"3;chunk-signature=00ff\r\n123\r\n2\r\n45\r\n0\r\n\r\n", "aws-chunked");
}

#[test]
fn a_changed_text_is_changed_back() {
    is("s3-body-line-ends", b"a\nb\n", b"a\r\nb\r\n", "from LF to CRLF");
    is("s3-body-line-ends", b"a\r\nb\r\n", b"a\nb\n", "from CRLF to LF");
    is("s3-body-bom", b"a", b"\xef\xbb\xbfa", "with a byte order mark");
    is("s3-body-bom", b"\xef\xbb\xbfa", b"a", "without its byte order mark");
    is("s3-body-last-line-end", b"a", b"a\n", "with a line end behind it");
    is("s3-body-last-line-end", b"a\r\n", b"a", "without its last line end");
    is("s3-body-text-encoding", "größer".as_bytes(), b"gr\xf6\xdfer", "in Latin-1");
    is("s3-body-text-encoding", b"gr\xf6\xdfer", "größer".as_bytes(), "read as Latin-1");
    is("s3-body-text-encoding", b"a", b"\xff\xfea\0", "in UTF-16");
    is("s3-body-text-encoding", b"a\0b\0", b"ab", "UTF-16LE");
    is("s3-body-text-encoding", b"\x89PNG\xff", "\u{fffd}PNG\u{fffd}".as_bytes(), "U+FFFD");
}

#[test]
fn what_was_announced_may_be_wrong() {
    let large = vec![7; 5000];
    is("s3-announced-md5", b"", b"file", "nothing at all");
    is("s3-announced-md5", &large[..4096], &large, "first 4096 bytes");
    is("s3-announced-md5", STANDARD.encode(b"fi\xffle").as_bytes(), b"fi\xffle", "base64");
    is("s3-announced-md5", of(b"file").to_hex().as_bytes(), b"file", "once more");
    is("s3-announced-md5", "a\u{fffd}".as_bytes(), b"a\xff", "read as text");
}

#[test]
fn signs_are_read_where_nothing_is_proven() {
    is("s3-body-empty", b"file", b"", "empty");
    is("s3-body-compressed", b"file", b"\x1f\x8b\x08whatever", "gzip");
    is(
        "s3-body-multipart",
        b"file",
        b"--x\r\nContent-Disposition: form-data\r\n\r\nelse\r\n--x--",
        "looks like a form",
    );
    is("s3-body-other", b"file", b"else", "not those that were announced");
    let curl = violation(b"one\ntwo\n", b"onetwo", "application/x-www-form-urlencoded");
    assert_eq!(curl.rule, "s3-body-line-ends");
    assert_eq!(violation(b"file", b"{\"a\":1}", "").rule, "s3-body-json");
}

#[test]
fn no_body_is_too_odd() {
    for body in [
        &b"--"[..],
        b"--x",
        b"--x\r\n\r\n",
        b"data:",
        b"data:;base64,",
        b"0\r\n",
        b"ffffffffffffffff\r\n",
        b"%",
        b"=",
        b"\"",
        b"\xff\xfe",
    ] {
        violation(b"file", body, "multipart/form-data; boundary=");
        violation(b"file", body, "multipart/form-data; boundary=x");
    }
}

proptest! {
    #[test]
    fn a_body_of_any_pieces_is_told_of(
        pieces in vec(prop_oneof![
            4 => select(vec![
                &b"--x"[..], b"\r\n", b"\n", b"--", b"Content-Disposition: form-data; name=\"", b"\"", b"{", b"}", b"[",
                b"]", b":", b",", b"data:", b";base64,", b"=", b"&", b"%", b"+", b"3;", b"0\r\n", b"\xef\xbb\xbf",
                b"\xff\xfe", b"\xfe\xff", b"\0", b"\x1f\x8b", b"12", b"aGk=", "\u{fffd}".as_bytes(),
            ]).prop_map(<[u8]>::to_vec),
            1 => vec(any::<u8>(), 0..9),
        ], 0..16),
        content_type in select(vec!["", "multipart/form-data; boundary=x", "multipart/form-data; boundary=", "application/json"]),
    ) {
        let body = pieces.concat();
        prop_assume!(body != b"file of somebody");
        let violation = violation(b"file of somebody", &body, content_type);
        prop_assert!(crate::exchange::Rule::find(violation.rule).is_some());
        prop_assert!(violation.message.contains("announces"), "{}", violation.message);
    }
}
