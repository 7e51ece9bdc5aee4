//! Mistakes with the method and the URL: 8 to 17, 28 and 29.

use super::{has_line, mismatch, not_signed, refused};
use crate::support::{
    bucket::{BODY, BUCKET_HOST, MD5, at, element, frozen, presign, signature, signed, upload},
    raw::Connection,
    request::Request,
    sign,
};

const PARAMETERS: &str = "AuthorizationQueryParametersError";

/// The good upload with another target.
fn at_target(good: &Request, target: impl Into<String>) -> Request {
    Request { target: target.into(), ..good.clone() }
}

/// An upload to a key as it stands in a path. Alloy's own keys have nothing in them that needs escapes.
fn upload_to(key: &str) -> Request {
    signed("PUT", key, &[("content-md5", MD5)]).body(BODY)
}

#[test]
fn mistake_08_the_method_is_post() {
    let emulator = frozen();
    let post = upload(&emulator).method("POST");
    let answer = mismatch(&emulator, &post);
    assert!(has_line(&answer, "POST"));
    let answer = refused(&emulator, &post.without_query(), 405, "MethodNotAllowed");
    assert_eq!(
        (element(&answer, "Method"), element(&answer, "ResourceType")),
        ("POST".into(), "OBJECT".into())
    );
}

#[test]
fn mistake_09_the_url_is_opened_in_a_browser() {
    let emulator = frozen();
    let get =
        Request::new("GET", &upload(&emulator).target).and("accept", "text/html").and("user-agent", "x");
    let answer = mismatch(&emulator, &get);
    assert!(has_line(&answer, "GET") && has_line(&answer, "content-md5:"));
}

#[test]
fn mistake_10_the_url_is_tried_with_head() {
    let emulator = frozen();
    let mut connection = Connection::open(&emulator);
    connection.write(&Request::new("HEAD", &upload(&emulator).target).bytes());
    connection.finish();
    let answer = connection.read_to_end();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "there is a body: {answer}");
}

#[test]
fn mistake_11_the_url_is_decoded_before_use() {
    let emulator = frozen();
    let decoded = |request: &Request| {
        let target = request.target.replace("%2F", "/").replace("%3B", ";").replace("%3D", "=");
        at_target(request, target.replace("%2B", "+").replace("%25", "%").replace("%20", " "))
    };
    // Slashes in the credential do no harm.
    let good = upload(&emulator);
    assert_ne!(decoded(&good).target, good.target);
    assert_eq!(decoded(&good).send(&emulator).status, 200);
    let emulator = frozen();
    // A plus becomes a space, and a percent sign begins an invalid escape.
    let token =
        signed("PUT", "k?X-Amz-Security-Token=FwoG%2Fab%2Bc%3D%3D", &[("content-md5", MD5)]).body(BODY);
    assert!(decoded(&token).target.contains("FwoG/ab+c=="));
    mismatch(&emulator, &decoded(&token));
    mismatch(&emulator, &decoded(&upload_to("a%2Bb.pdf")));
    let percent = decoded(&upload_to("100%25.pdf")).send(&emulator);
    assert_eq!((percent.status, percent.text().as_str()), (400, "")); // docs/facts-s3.md#invalid-escape
    // The HTTP library refuses a raw space: docs/facts-s3.md#space-in-target
    let space = decoded(&upload_to("a%20b.pdf"));
    assert!(space.target.contains("a b.pdf"));
    assert_eq!(space.send(&emulator).status, 400);
    assert!(emulator.files().is_empty());
}

#[test]
fn mistake_12_the_url_is_encoded_twice() {
    let emulator = frozen();
    let good = upload(&emulator);
    let twice = refused(&emulator, &at_target(&good, good.target.replace('%', "%25")), 400, PARAMETERS);
    let message = element(&twice, "Message");
    assert!(message.contains("the Credential is mal-formed"), "{message}");
    // Only the list of headers, with the digest and without.
    let list = good.replace("%3B", "%253B");
    assert_eq!(not_signed(&emulator, &list.clone().without("content-md5")), "host");
    assert_eq!(not_signed(&emulator, &list), "content-md5, host");
}

#[test]
fn mistake_13_the_url_is_cut_at_an_ampersand_or_escaped() {
    let emulator = frozen();
    let good = upload(&emulator);
    let (shell, _) = good.target.split_once('&').unwrap();
    // An e-mail program wraps the line somewhere.
    let (mail, _) = good.target.split_once("X-Amz-Signature").unwrap();
    for target in [shell, mail, &good.target.replace('&', "&amp;"), &good.target.replace('&', "\\u0026")] {
        let answer = refused(&emulator, &at_target(&good, target), 400, PARAMETERS);
        let message = element(&answer, "Message");
        assert!(message.starts_with("Query-string authentication version 4 requires"), "{target}: {message}");
    }
}

#[test]
fn mistake_14_the_signature_lost_its_last_characters() {
    let emulator = frozen();
    let good = upload(&emulator);
    let whole = signature(&good).to_owned();
    for kept in [63, 60, 1] {
        let answer = mismatch(&emulator, &good.clone().replace(&whole, &whole[..kept]));
        assert_eq!(element(&answer, "SignatureProvided"), whole[..kept]);
    }
}

#[test]
fn mistake_15_the_query_is_built_anew() {
    let emulator = frozen();
    let hoisted = "k?x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32&x-id=PutObject";
    let good = upload_to(hoisted);
    for parameter in
        ["&x-id=PutObject", "x-amz-checksum-crc32=AAAAAA%3D%3D&", "&x-amz-sdk-checksum-algorithm=CRC32"]
    {
        mismatch(&emulator, &good.clone().replace(parameter, ""));
    }
    for parameter in ["_=1767323045", "v=2", "utm_source=mail"] {
        let answer = mismatch(&emulator, &at_target(&good, format!("{}&{parameter}", good.target)));
        assert!(element(&answer, "CanonicalRequest").contains(parameter));
    }
    // The order is free.
    let (path, query) = good.target.split_once('?').unwrap();
    let mut sorted: Vec<&str> = query.split('&').collect();
    sorted.sort_unstable();
    sorted.reverse();
    assert_eq!(at_target(&good, format!("{path}?{}", sorted.join("&"))).send(&emulator).status, 200);
}

#[test]
fn mistake_16_a_plus_in_the_key_is_sent_raw() {
    let emulator = frozen();
    let good = upload_to("a%2Bb.pdf");
    let answer = mismatch(&emulator, &good.clone().replace("%2B", "+"));
    assert!(element(&answer, "CanonicalRequest").contains("a%20b.pdf\n"));
    assert_eq!(good.send(&emulator).status, 200);
    assert_eq!(emulator.files()[0].s3_key(), "a+b.pdf");
}

#[test]
fn mistake_17_dots_are_collapsed_before_sending() {
    let emulator = frozen();
    for path in ["a/../b.pdf", "a/%2e%2e/b.pdf", "a/./../b.pdf"] {
        let good = upload_to(path);
        let answer = mismatch(&emulator, &good.replace(path, "b.pdf"));
        assert!(has_line(&answer, "/alloy-user-files/b.pdf"));
    }
}

#[test]
fn mistake_28_a_proxy_changes_the_host() {
    let emulator = frozen();
    let good = upload(&emulator);
    for host in ["localhost", "localhost:8080", "127.0.0.1:7979", "cdn.example.com"] {
        let answer = mismatch(&emulator, &good.clone().with("host", host));
        assert!(has_line(&answer, &format!("host:{host}")), "{host}");
    }
    // Path style rewritten to the bucket's own host.
    let key = presign(&emulator).key;
    let moved = good.replace("/alloy-user-files/", "/").with("host", "alloy-user-files.localhost:7979");
    assert!(has_line(&mismatch(&emulator, &moved), &format!("/{key}")));
}

#[test]
fn mistake_29_the_host_or_the_region_is_rewritten() {
    let emulator = frozen();
    let short = "alloy-user-files.s3.amazonaws.com";
    for (signed_for, sent_to) in [(BUCKET_HOST, short), (short, BUCKET_HOST)] {
        let url = sign::url("PUT", signed_for, "/k", &[("content-md5", MD5)], at("03:04:05"));
        let good = Request::put(&url, MD5, BODY);
        let answer = mismatch(&emulator, &good.with("host", sent_to));
        assert!(has_line(&answer, &format!("host:{sent_to}")));
    }
    let elsewhere = upload(&emulator).replace("us-east-1", "eu-central-1");
    let answer = refused(&emulator, &elsewhere, 400, PARAMETERS);
    assert_eq!(element(&answer, "Region"), "us-east-1");
    assert!(element(&answer, "Message").contains("the region 'eu-central-1' is wrong"));
}
