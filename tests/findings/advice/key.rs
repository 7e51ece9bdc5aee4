//! Where the API key goes.

use alloy_assay::Severity::Warning;

use super::{assert_nothing, assert_told, only};
use crate::support::{Client, emulator};

const KEY: [(&str, &str); 2] = [("authorization", "Bearer alice-key"), ("x-api-version", "2025-09")];

/// A list with these headers beside the key.
fn list(client: &Client, headers: &[(&str, &str)]) {
    let url = format!("{}/connectors/files/list", client.base);
    client.send("GET", &url, &[&KEY, headers].concat(), b"").expect(200);
}

#[test]
fn a_page_that_calls_alloy_has_the_key() {
    for (name, value) in [("origin", "https://app.test"), ("sec-fetch-site", "same-origin")] {
        let emulator = emulator();
        list(&Client::new(&emulator, "alice-key"), &[(name, value)]);
        assert_told(&only(&emulator, "key-in-browser"), (Warning, 1, name), &[value]);
    }
}

#[test]
fn nodes_fetch_and_a_backend_that_hands_a_request_on_are_no_page() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    list(&client, &[("sec-fetch-mode", "cors"), ("accept-language", "*"), ("user-agent", "node")]);
    list(&client, &[("origin", "https://app.test"), ("x-forwarded-for", "10.0.0.1")]);
    assert_nothing(&emulator);
}

#[test]
fn s3_is_not_to_have_the_key() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let presigned = client.presign("a.txt", b"a");
    let headers = [("content-md5", presigned.md5.as_str()), KEY[0]];
    client.send("PUT", &presigned.url, &headers, b"a").expect(400);
    let finding = only(&emulator, "key-to-s3");
    assert_told(&finding, (Warning, 2, "authorization"), &["S3"]);
    assert!(!finding.message.contains("alice"));
}

#[test]
fn a_key_without_bearer_is_one_finding() {
    for (value, part) in [
        ("alice-key", "lacks `Bearer `"),
        ("Basic YWxpY2U6a2V5", "it has `Basic`"),
        ("Bearer:alice-key", "no `:`"),
    ] {
        let emulator = emulator();
        let client = Client::new(&emulator, "alice-key");
        let headers = [("authorization", value), KEY[1]];
        let url = format!("{}/connectors/files/list", client.base);
        client.send("GET", &url, &headers, b"").expect(401);
        let findings = emulator.findings();
        assert_eq!((findings.len(), findings[0].rule), (1, "contract-security"), "{findings:#?}");
        assert!(findings[0].message.contains(part), "{}", findings[0].message);
    }
}
