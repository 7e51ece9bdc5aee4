//! Mistakes with headers: 6, 7, 18 to 21, 34.

use super::{has_line, mismatch, not_signed, refused};
use crate::support::bucket::{BODY, MD5, element, frozen, frozen_with, presign, signed, upload};

#[test]
fn mistake_06_the_content_type_is_not_the_signed_one() {
    let emulator = frozen_with(alloy_assay::Builder::sign_content_type);
    let good = upload(&emulator);
    // axios's default, a charset that a library appends, a `file.type` that is empty, and none at all.
    for value in ["application/x-www-form-urlencoded", "text/plain; charset=utf-8", ""] {
        let answer = mismatch(&emulator, &good.clone().and("content-type", value));
        assert!(has_line(&answer, &format!("content-type:{value}")), "{}", answer.text());
    }
    assert!(has_line(&mismatch(&emulator, &good), "content-type:"));
    assert_eq!(good.and("content-type", "text/plain").send(&emulator).status, 200);
}

#[test]
fn mistake_07_an_unsigned_content_type_is_stored() {
    let emulator = frozen();
    let key = presign(&emulator).key;
    let stored_type = || signed("GET", &key, &[]).send(&emulator).header("content-type").to_owned();
    assert_eq!(upload(&emulator).send(&emulator).status, 200);
    assert_eq!(stored_type(), "binary/octet-stream");
    // curl --data-binary.
    let form = "application/x-www-form-urlencoded";
    assert_eq!(upload(&emulator).and("content-type", form).send(&emulator).status, 200);
    assert_eq!(stored_type(), form);
}

#[test]
fn mistake_18_every_request_gets_the_api_key() {
    let emulator = frozen();
    let answer = refused(
        &emulator,
        &upload(&emulator).and("Authorization", "Bearer alice-key"),
        400,
        "InvalidArgument",
    );
    let message = element(&answer, "Message");
    assert!(message.starts_with("Only one auth mechanism allowed"), "{message}");
    assert_eq!(element(&answer, "ArgumentValue"), "Bearer alice-key");
    // In a browser the preflight fails before, unless the bucket's rule allows every header, as ours does.
}

#[test]
fn mistake_19_an_acl_is_added() {
    let emulator = frozen();
    let acl = upload(&emulator).and("x-amz-acl", "public-read");
    assert_eq!(not_signed(&emulator, &acl), "x-amz-acl");
    let more = acl.and("x-amz-storage-class", "STANDARD").and("x-amz-meta-name", "report");
    assert_eq!(not_signed(&emulator, &more), "x-amz-acl, x-amz-meta-name, x-amz-storage-class");
}

#[test]
fn mistake_20_a_checksum_is_sent_that_the_url_has_already() {
    let emulator = frozen();
    let checksum = "jZae727K08KaOmKSgOaGzww/XVqGr/PKEgIMkjrcbJI=";
    let hoisted = "k?x-amz-checksum-sha256=47DEQpj8HBSa%2B%2FTImW%2B5JCeuQeRkm5NMpJWZG3hSuFU%3D";
    let url = signed("PUT", hoisted, &[("content-md5", MD5)]).body(BODY);
    let both = url.and("x-amz-checksum-sha256", checksum);
    assert_eq!(not_signed(&emulator, &both), "x-amz-checksum-sha256");
}

#[test]
fn mistake_21_a_digest_is_sent_that_was_not_signed() {
    let emulator = frozen();
    let digest = signed("PUT", "k", &[]).body(BODY).and("Content-MD5", MD5);
    assert_eq!(not_signed(&emulator, &digest), "content-md5");
}

#[test]
fn mistake_34_an_http_client_brings_headers_of_its_own() {
    let emulator = frozen();
    let agent = upload(&emulator).and("x-amz-user-agent", "aws-sdk-js/3.1169.0");
    assert_eq!(not_signed(&emulator, &agent), "x-amz-user-agent");
    // These do not begin with `x-amz-`.
    let others = upload(&emulator)
        .and("amz-sdk-invocation-id", "0f5f1f0e-7d0c-4c52-9f3e-6f2f6bb1a9c3")
        .and("amz-sdk-request", "attempt=1; max=3");
    assert_eq!(others.send(&emulator).status, 200);
}
