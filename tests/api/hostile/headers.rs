//! Headers that are missing, come twice, are garbage, or are too many.

use super::{is_alloys, is_bare, is_s3s, stands, upload_of};
use crate::support::{self, emulator, request::Request};

/// A line of this length.
fn padding(length: usize) -> Vec<u8> {
    vec![b'x'; length]
}

#[test]
fn alloys_side_wants_each_header_once() {
    let emulator = emulator();
    let list = Request::alloy("GET", "/connectors/files/list");
    assert_eq!(list.send(&emulator).status, 200);
    let presign =
        Request::presign(br#"{"filename":"a","mimeType":"b","md5":"d41d8cd98f00b204e9800998ecf8427e"}"#);
    assert_eq!(presign.send(&emulator).status, 200);
    let user = "651eb6e11d156e0d7a42c59d";
    let cases = [
        ("no authorization", list.clone().without("authorization"), 401),
        ("authorization twice", list.clone().and("authorization", "Bearer alice-key"), 401),
        ("authorization twice, one empty", list.clone().and("authorization", ""), 401),
        ("authorization that is no text", list.clone().with("authorization", b"Bearer \xff\xfe"), 401),
        ("no version", list.clone().without("x-api-version"), 400),
        ("version twice", list.clone().and("x-api-version", "2025-09"), 400),
        ("version that is no text", list.clone().with("x-api-version", b"\xff"), 400),
        ("user twice", list.clone().and("x-alloy-userid", user).and("X-Alloy-UserId", user), 400),
        ("user that is no text", list.clone().and("x-alloy-userid", b"\xff\xff"), 400),
        ("no host", list.clone().without("host"), 400),
        ("host twice", list.clone().and("host", "localhost"), 400),
        ("empty host", list.clone().with("host", ""), 400),
        ("host with a blank", list.clone().with("host", "a b"), 400),
        ("host with a path", list.clone().with("host", "localhost/x"), 400),
        ("host with a user", list.clone().with("host", "me@localhost"), 400),
        ("host that is no text", list.clone().with("host", b"\xff"), 400),
        ("no content type", presign.clone().without("content-type"), 400),
        ("another content type", presign.clone().with("content-type", "text/plain"), 400),
        ("content type twice", presign.clone().and("content-type", "application/json"), 400),
        ("content types that differ", presign.clone().and("content-type", "text/html"), 400),
    ];
    for (what, request, status) in cases {
        is_alloys(what, &request.send(&emulator), status);
    }
    stands(&emulator);
}

#[test]
fn s3s_side_takes_what_comes_twice_for_another_value() {
    let emulator = emulator();
    let put = upload_of(&emulator, b"body");
    let md5 = support::md5_base64(b"body");
    let host = put.headers.iter().find(|(name, _)| name == "host").unwrap().1.clone();
    for (what, request) in [
        ("no host", put.clone().without("host")),
        ("host twice", put.clone().and("host", &host)),
        ("garbage for a host", put.clone().with("host", "a b/c@d")),
        ("a host that is no text", put.clone().with("host", b"\xff\xfe")),
        ("MD5 twice", put.clone().and("content-md5", &md5)),
        ("MD5 twice, one empty", put.clone().and("content-md5", "")),
    ] {
        is_s3s(what, &request.send(&emulator), 403, "SignatureDoesNotMatch");
    }
    let two = put.clone().and("authorization", "Bearer a").and("authorization", "Bearer b");
    is_s3s("authorization twice", &two.send(&emulator), 400, "InvalidArgument");
    stands(&emulator);
}

#[test]
fn lengths_that_are_none_are_refused_below_both_sides() {
    let emulator = emulator();
    for request in [upload_of(&emulator, b"body"), Request::presign(b"{}")] {
        for length in ["-1", "four", "4.0", "0x4", "99999999999999999999", "4, 5"] {
            is_bare(length, &request.clone().with("content-length", length).send(&emulator), 400);
        }
        is_bare("two lengths", &request.and("content-length", "3").send(&emulator), 400);
    }
    stands(&emulator);
}

#[test]
fn twenty_kibibytes_of_headers_are_too_many_for_either_side() {
    let emulator = emulator();
    let list = Request::alloy("GET", "/connectors/files/list");
    is_alloys("one", &list.clone().and("x-padding", padding(20 << 10)).send(&emulator), 431);
    let put = upload_of(&emulator, b"body");
    let code = "RequestHeaderSectionTooLarge";
    is_s3s("one", &put.clone().and("x-padding", padding(20 << 10)).send(&emulator), 400, code);
    let many = |request: Request| {
        (0..20).fold(request, |request, n| request.and(&format!("x-{n}"), padding(1 << 10)))
    };
    is_alloys("many", &many(list).send(&emulator), 431);
    is_s3s("many", &many(put).send(&emulator), 400, code);
    stands(&emulator);
}

#[test]
fn more_headers_than_that_are_refused_below_both_sides() {
    let emulator = emulator();
    for request in [Request::alloy("GET", "/connectors/files/list"), upload_of(&emulator, b"body")] {
        is_bare("100 KiB", &request.clone().and("x-padding", padding(100 << 10)).send(&emulator), 431);
        let many = (0..500).fold(request, |request, n| request.and(&format!("x-{n}"), "1"));
        is_bare("500 headers", &many.send(&emulator), 431);
    }
    stands(&emulator);
}
