//! Signatures that do not match, and headers that had to be signed: mistakes 1, 2, 6, 8 to 12, 14 to 21, 28, 29
//! and 34.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{one, reported, rules, word_for_word};
use crate::support::{
    Client,
    bucket::{BODY, EMPTY_MD5, MD5, MD5_HEX, frozen, frozen_with, presign, signature, signed, upload},
    md5_base64,
    request::Request,
};

#[test]
fn describes_a_content_md5_that_was_not_signed() {
    let emulator = frozen();
    let good = upload(&emulator);
    let sent = |value: &str| good.clone().with("content-md5", value);
    word_for_word(&emulator, &good.clone().without("content-md5"), "s3-content-md5-missing", "content-md5");
    word_for_word(&emulator, &sent(MD5_HEX), "s3-content-md5-hex", "content-md5");
    word_for_word(&emulator, &sent(&STANDARD.encode(MD5_HEX)), "s3-content-md5-of-hex", "content-md5");
    word_for_word(&emulator, &sent(&format!("\"{MD5}\"")), "s3-content-md5-form", "content-md5");
    for (value, telling) in
        [(&MD5[..22], "padding"), ("4QrcOUm6Wau-VuBX8g-IPg==", "alphabet for URLs"), ("no", "not base64")]
    {
        one(&emulator, &sent(value), "s3-content-md5-form", "content-md5", &[value, telling, MD5]);
    }
    one(
        &emulator,
        &sent(&md5_base64(b"else")),
        "s3-content-md5-other",
        "content-md5",
        &["MD5 of other bytes"],
    );
    one(&emulator, &sent(EMPTY_MD5), "s3-content-md5-other", "content-md5", &["MD5 of nothing"]);
    Client::new(&emulator, "alice-key").presign("other.txt", b"other");
    one(&emulator, &sent(&md5_base64(b"other")), "s3-content-md5-other", "content-md5", &["`other.txt`"]);
}

#[test]
fn a_content_type_that_is_not_the_signed_one_is_named() {
    let emulator = frozen_with(alloy_assay::Builder::sign_content_type);
    let good = upload(&emulator);
    for (value, telling) in [
        ("application/x-www-form-urlencoded", "by themselves"),
        ("text/plain; charset=utf-8", "the type is the same"),
        ("image/png", "`image/png`"),
        ("", "`file.type`"),
    ] {
        let request = good.clone().and("content-type", value);
        one(&emulator, &request, "s3-content-type", "content-type", &["`text/plain`", telling]);
    }
    word_for_word(
        &emulator,
        &good.clone().and("content-type", "text/plain; charset=utf-8"),
        "s3-content-type",
        "content-type",
    );
    one(&emulator, &good, "s3-content-type", "content-type", &["sends none"]);
    // Two things differ.
    assert_eq!(rules(&emulator, &good.without("content-md5")), ["s3-content-md5-missing", "s3-content-type"]);
}

#[test]
fn names_the_method_of_a_refused_request() {
    let emulator = frozen();
    let good = upload(&emulator);
    let target = good.target.clone();
    word_for_word(&emulator, &Request::new("GET", &target), "s3-method", "method");
    one(&emulator, &Request::new("HEAD", &target), "s3-method", "method", &["`HEAD`", "PUT"]);
    one(&emulator, &Request::new("DELETE", &target), "s3-method", "method", &["`DELETE`"]);
    one(&emulator, &good.clone().method("POST"), "s3-method", "method", &["`POST`"]);
    one(&emulator, &good.method("POST").without_query(), "s3-method-not-allowed", "method", &["`POST`"]);
}

#[test]
fn another_host_is_named() {
    let emulator = frozen();
    let good = upload(&emulator);
    for (host, telling) in [
        ("localhost", "port 7979 was dropped"),
        ("localhost:8080", "port is another"),
        ("127.0.0.1:7979", "Both name this machine"),
        ("cdn.example.com", "A proxy"),
    ] {
        one(
            &emulator,
            &good.clone().with("host", host),
            "s3-host",
            "host",
            &[host, "`localhost:7979`", telling],
        );
    }
    word_for_word(&emulator, &good.clone().with("host", "127.0.0.1:7979"), "s3-host", "host");
    let moved = good.replace("/alloy-user-files/", "/").with("host", "alloy-user-files.localhost:7979");
    one(&emulator, &moved, "s3-host", "host", &["to virtual-host style"]);
}

#[test]
fn another_path_is_named() {
    let emulator = frozen();
    let good = upload(&emulator);
    let other = Client::new(&emulator, "alice-key").presign("other.txt", b"other").key;
    let key = presign(&emulator).key;
    one(&emulator, &good.clone().replace(&key, &other), "s3-path-key", "path", &["report.pdf", "other.txt"]);
    let underscore = good.clone().replace("_report", "%255Freport");
    one(&emulator, &underscore, "s3-url-encoded-twice", "path", &["second time"]);
    let slashes = good.replace("/alloy-user-files/", "/alloy-user-files//");
    one(&emulator, &slashes, "s3-path-normalized", "path", &["tidied up"]);
}

#[test]
fn a_query_that_was_changed_is_named_by_its_parameter() {
    let emulator = frozen();
    let good = upload(&emulator);
    one(&emulator, &good.clone().replace("&x-id=PutObject", ""), "s3-query-missing", "x-id", &["`x-id`"]);
    for parameter in ["_=1767323045", "v=2", "utm_source=mail"] {
        let (name, _) = parameter.split_once('=').unwrap();
        let added = Request { target: format!("{}&{parameter}", good.target), ..good.clone() };
        one(&emulator, &added, "s3-query-added", name, &[name]);
    }
    let longer = good.clone().replace("X-Amz-Expires=3600", "X-Amz-Expires=86400");
    one(&emulator, &longer, "s3-query-changed", "X-Amz-Expires", &["`3600`", "`86400`"]);
    let twice = good.replace("UNSIGNED-PAYLOAD", "UNSIGNED%252DPAYLOAD");
    one(&emulator, &twice, "s3-url-encoded-twice", "X-Amz-Content-Sha256", &["`UNSIGNED%2DPAYLOAD`"]);
}

#[test]
fn describes_a_cut_or_changed_signature_by_its_length() {
    let emulator = frozen();
    // Of several URLs for one key it is the right one that is compared with.
    let good = upload(&emulator);
    emulator.clock().advance(std::time::Duration::from_secs(1));
    upload(&emulator);
    let whole = signature(&good).to_owned();
    let with = |signature: &str| good.clone().replace(&whole, signature);
    for (kept, telling) in
        [(63, "the last character is"), (60, "the last 4 characters are"), (9, "the last 55")]
    {
        one(&emulator, &with(&whole[..kept]), "s3-signature-cut", "X-Amz-Signature", &[telling]);
    }
    for (signature, telling) in [
        (whole.to_uppercase(), "another case"),
        (format!("{whole}0"), "1 character more"),
        (format!("{}{}", &whole[..32], "0".repeat(32)), "is another"),
    ] {
        one(&emulator, &with(&signature), "s3-signature-changed", "X-Amz-Signature", &[telling]);
    }
}

#[test]
fn headers_that_had_to_be_signed_are_named() {
    let emulator = frozen();
    let good = upload(&emulator);
    word_for_word(
        &emulator,
        &good.clone().and("x-amz-acl", "public-read"),
        "s3-header-unsigned",
        "x-amz-acl",
    );
    let more = good.clone().and("x-amz-user-agent", "sdk").and("x-amz-date", "x");
    one(&emulator, &more, "s3-header-unsigned", "x-amz-date", &["`x-amz-date` and `x-amz-user-agent`"]);
    let hash = good.clone().and("x-amz-content-sha256", "0".repeat(64));
    one(&emulator, &hash, "s3-content-sha256", "x-amz-content-sha256", &["UNSIGNED-PAYLOAD"]);
    let hoisted = "k?x-amz-checksum-sha256=47DEQpj8HBSa%2B%2FTImW%2B5JCeuQeRkm5NMpJWZG3hSuFU%3D";
    let both = signed("PUT", hoisted, &[("content-md5", MD5)]).body(BODY).and("x-amz-checksum-sha256", "x");
    one(&emulator, &both, "s3-header-unsigned", "x-amz-checksum-sha256", &["in its query already"]);
    let digest = signed("PUT", "k", &[]).body(BODY).and("content-md5", MD5);
    one(&emulator, &digest, "s3-content-md5-unsigned", "content-md5", &["`host`"]);
    let two = digest.and("x-amz-acl", "private");
    assert_eq!(rules(&emulator, &two), ["s3-content-md5-unsigned", "s3-header-unsigned"]);
    let twice = good.clone().replace("%3B", "%253B");
    one(&emulator, &twice, "s3-url-encoded-twice", "X-Amz-SignedHeaders", &["`content-md5%3Bhost`"]);
    let list = good.replace("content-md5%3Bhost", "content-md5");
    one(
        &emulator,
        &list,
        "s3-host-unsigned",
        "X-Amz-SignedHeaders",
        &["`content-md5%3Bhost`".replace("%3B", ";").as_str()],
    );
}

#[test]
fn names_a_second_mechanism_only_by_its_scheme() {
    let emulator = frozen();
    let with = |value: &str| upload(&emulator).and("authorization", value);
    word_for_word(&emulator, &with("Bearer alice-key"), "s3-authorization", "authorization");
    for (value, telling) in [("Basic YWxpY2U6a2V5", "`Basic`"), ("sk-hush-hush", "of no scheme")] {
        let finding = one(&emulator, &with(value), "s3-authorization", "authorization", &[telling]);
        assert!(
            !finding.message.contains("YWxp") && !finding.message.contains("hush"),
            "{}",
            finding.message
        );
    }
}

#[test]
fn explains_an_unissued_url_as_far_as_possible() {
    let emulator = frozen();
    let other = signed("PUT", "a%2Bb.pdf", &[("content-md5", MD5)]).body(BODY);
    let plus =
        one(&emulator, &other.clone().replace("%2B", "+"), "s3-signature", "X-Amz-Signature", &["`%2B`"]);
    assert!(plus.message.contains("PUT `/alloy-user-files/a%20b.pdf`"), "{}", plus.message);
    one(&emulator, &other.clone().without("content-md5"), "s3-content-md5-missing", "content-md5", &[]);
    // A URL for the same key from another signer is not compared with Alloy's either.
    let theirs = signed("PUT", &presign(&emulator).key, &[("x-a", "1")]).with("x-a", "2").body(BODY);
    assert_eq!(reported(&emulator, &theirs)[0].rule, "s3-signature");
}
