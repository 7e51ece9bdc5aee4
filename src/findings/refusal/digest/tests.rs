//! No body makes the explanation fail. What each is told is in `tests/findings/wild/body.rs`.

use hyper::{HeaderMap, Method};
use proptest::{collection::vec, prelude::*, sample::select};

use super::*;
use crate::{
    files::Blob,
    findings::Refused,
    s3::{RawRequest, Refusal},
};

/// Returns the finding for `body` if `file` was announced.
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
    fn every_changed_body_gets_a_known_rule(
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
