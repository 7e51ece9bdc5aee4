//! Paths that lead nowhere, and keys that would lead elsewhere if anybody took them for paths.

use super::{is_alloys, is_bare, is_s3s, stands, upload_of};
use crate::support::{self, Client, emulator, request::Request, sign};

/// Keys as they occur in a path.
const KEYS: [&str; 11] = [
    "..",
    "%2e%2e",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "%00",
    "a%00b",
    "a%2Fb",
    "%2F",
    "%EF%BF%BD",
    "%0d%0aX:%20y",
    "%25",
    "*",
];

#[test]
fn answers_unknown_paths_and_methods_with_errors() {
    let emulator = emulator();
    for path in [
        "/",
        "/connectors",
        "/connectors/files/",
        "/connectors/files/a/b",
        "//connectors/files/list",
        "/connectors/files/list/",
        "/x/../connectors/files/list",
        "/%5fassay/health",
        "*",
    ] {
        // Without a key: 404 goes before 401.
        is_alloys(path, &Request::new("GET", path).send(&emulator), 404);
    }
    for (path, allow) in
        [("upload/request", "POST"), ("list", "GET"), ("651eb6e11d156e0d7a42c59d_a.txt", "DELETE")]
    {
        for method in ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "BREW"] {
            if method == allow {
                continue;
            }
            let answer = Request::new(method, &format!("/connectors/files/{path}")).send(&emulator);
            assert_eq!((answer.status, answer.header("allow")), (405, allow), "{method} {path}");
            if method != "HEAD" {
                is_alloys(method, &answer, 405);
            }
        }
    }
    stands(&emulator);
}

#[test]
fn requests_that_are_no_http_are_refused_below_both_sides() {
    let emulator = emulator();
    for request in [
        "GET\r\n\r\n",
        "GET / HTTP/3.7\r\n\r\n",
        "G\0T / HTTP/1.1\r\n\r\n",
        "GET /a b HTTP/1.1\r\nhost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\n folded: 1\r\n\r\n",
        "GET / HTTP/1.1\r\nx : 1\r\n\r\n",
        "GET / HTTP/1.1\r\nx: a\0b\r\n\r\n",
    ] {
        let answer = support::raw::exchange(&emulator, request.as_bytes());
        is_bare(request, &answer, 400);
    }
    stands(&emulator);
}

#[test]
fn a_strange_key_deletes_nothing() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let kept = client.upload("kept.txt", b"kept");
    let user = kept.strip_suffix("_kept.txt").unwrap();
    let (long, longer) = ("k".repeat(2000), "k".repeat(40_000));
    for key in KEYS.iter().copied().chain([long.as_str(), longer.as_str()]) {
        let delete =
            |key: &str| Request::alloy("DELETE", &format!("/connectors/files/{key}")).send(&emulator);
        is_alloys(key, &delete(key), 403);
        is_alloys(key, &delete(&format!("{user}_{key}")), 404);
        is_alloys(key, &delete(&format!("{user}_kept.txt{key}")), 404);
        is_alloys(key, &delete(&format!("{key}{kept}")), 403);
    }
    for path in [format!("//{kept}"), format!("x/../{kept}"), format!("./{kept}"), format!("{kept}/")] {
        let answer = Request::alloy("DELETE", &format!("/connectors/files/{path}")).send(&emulator);
        is_alloys(&path, &answer, 404);
    }
    assert_eq!(client.list(), [kept.as_str()]);
    client.delete(&kept).expect(200);
    stands(&emulator);
}

#[test]
fn another_key_in_a_presigned_path_breaks_the_signature() {
    let emulator = emulator();
    let put = upload_of(&emulator, b"body");
    let key = Client::new(&emulator, "alice-key").presign("report.txt", b"body").key;
    let (long, longer) = ("k".repeat(2000), "k".repeat(20_000));
    for other in KEYS.iter().copied().chain(["", "/", "//", ".", long.as_str(), longer.as_str()]) {
        for other in [other.to_owned(), format!("{key}{other}x"), format!("x/../{other}/{key}")] {
            let answer = put.clone().replace(&key, &other).send(&emulator);
            is_s3s(&other, &answer, 403, "SignatureDoesNotMatch");
        }
    }
    for undecodable in ["%FF", "%C3%28", "%ED%A0%80"] {
        let answer = put.clone().replace(&key, undecodable).send(&emulator);
        is_s3s(undecodable, &answer, 400, "InvalidURI");
    }
    for broken in ["%", "%2", "%zz", "a%"] {
        is_bare(broken, &put.clone().replace(&key, broken).send(&emulator), 400);
    }
    is_bare("70,000 bytes", &put.replace(&key, &"k".repeat(70_000)).send(&emulator), 431);
    stands(&emulator);
}

#[test]
fn a_strange_key_that_is_signed_is_a_name_and_nothing_else() {
    let emulator = emulator();
    let now = emulator.clock().now();
    let host = emulator.base_url().strip_prefix("http://").unwrap().to_owned();
    let md5 = support::md5_base64(b"body");
    for (key, decoded) in [
        ("../../etc/passwd", "../../etc/passwd"),
        ("/", "/"),
        ("%00", "\0"),
        ("%0D%0Ax%3A%20y", "\r\nx: y"),
        (".", "."),
    ] {
        let path = format!("/alloy-user-files/{key}");
        let put = sign::url("PUT", &host, &path, &[("content-md5", &md5)], now);
        assert_eq!(Request::put(&put, &md5, b"body").send(&emulator).status, 200, "{key}");
        let objects = emulator.files();
        assert_eq!((objects.len(), objects[0].s3_key()), (1, decoded));
        // Not a path of the Alloy API.
        assert!(Client::new(&emulator, "alice-key").list().is_empty());
        emulator.reset();
    }
    stands(&emulator);
}

#[test]
fn bytes_that_are_no_text_name_no_file() {
    let emulator = emulator();
    let user = Client::new(&emulator, "alice-key").presign("a", b"").key.replace("_a", "");
    let host = emulator.base_url().strip_prefix("http://").unwrap().to_owned();
    let path = format!("/alloy-user-files/{user}_%EF%BF%BD");
    let md5 = support::md5_base64(b"body");
    let put = sign::url("PUT", &host, &path, &[("content-md5", &md5)], emulator.clock().now());
    assert_eq!(Request::put(&put, &md5, b"body").send(&emulator).status, 200);
    let delete =
        |key: &str| Request::alloy("DELETE", &format!("/connectors/files/{user}_{key}")).send(&emulator);
    // The replacement character of undecodable bytes can be in a key.
    for key in ["%FF", "%C3%28", "%ED%A0%80"] {
        is_alloys(key, &delete(key), 400);
    }
    assert_eq!(delete("%EF%BF%BD").status, 200);
    stands(&emulator);
}

#[test]
fn an_old_client_gets_its_answers_whole() {
    let emulator = emulator();
    for (path, status) in [("/alloy-user-files/k", 403), ("/connectors/files/list", 401), ("/nothing", 404)] {
        let answer = support::raw::exchange(&emulator, format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes());
        assert_eq!((answer.status, answer.header("transfer-encoding")), (status, ""), "{path}");
        assert!(answer.text().ends_with("</Error>") || answer.text().ends_with('}'), "{}", answer.text());
    }
    stands(&emulator);
}
