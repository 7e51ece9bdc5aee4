//! Wrong places of the API key.

use alloy_assay::{Finding, Severity::Warning};

use super::{assert_nothing, assert_told, only};
use crate::support::{Client, emulator};

const KEY: [(&str, &str); 2] = [("authorization", "Bearer alice-key"), ("x-api-version", "2025-09")];

/// A list with these headers and the key.
fn list(client: &Client, headers: &[(&str, &str)]) {
    let url = format!("{}/connectors/files/list", client.base);
    client.send("GET", &url, &[&KEY, headers].concat(), b"").expect(200);
}

#[test]
fn a_page_that_calls_alloy_has_the_key() {
    for (name, value) in
        [("origin", "https://app.test"), ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")]
    {
        let emulator = emulator();
        list(&Client::new(&emulator, "alice-key"), &[(name, value)]);
        assert_told(&only(&emulator, "key-in-browser"), (Warning, 1, name), &[value]);
    }
}

#[test]
fn node_and_forwarding_backends_are_not_browsers() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    list(&client, &[("sec-fetch-mode", "cors"), ("accept-language", "*"), ("user-agent", "node")]);
    list(&client, &[("sec-fetch-site", "none")]);
    list(&client, &[("origin", "https://app.test"), ("x-forwarded-for", "10.0.0.1")]);
    assert_nothing(&emulator);
    // Without the key, a page gives nothing away.
    let url = format!("{}/connectors/files/list", client.base);
    client.send("GET", &url, &[KEY[1], ("origin", "https://app.test")], b"").expect(401);
    assert!(emulator.findings().iter().all(|finding| finding.rule != "key-in-browser"));
}

#[test]
fn s3_is_not_to_have_the_key() {
    let is_key = |finding: &Finding| finding.rule == "key-to-s3";
    let methods = ["PUT", "PUT", "PUT", "DELETE"];
    let values = ["Bearer alice-key", "bearer alice-key", "alice-key", "Bearer alice-key"];
    for (method, value) in methods.into_iter().zip(values) {
        let emulator = emulator();
        let client = Client::new(&emulator, "alice-key");
        let presigned = client.presign("a.txt", b"a");
        let headers = [("content-md5", presigned.md5.as_str()), ("authorization", value)];
        assert!(client.send(method, &presigned.url, &headers, b"a").status >= 400);
        let finding = emulator.findings().into_iter().find(is_key).unwrap();
        assert_told(&finding, (Warning, 2, "authorization"), &["S3"]);
        assert!(!finding.message.contains("alice"));
    }
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let presigned = client.presign("a.txt", b"a");
    for value in ["AWS4-HMAC-SHA256 Credential=x", "Basic eDp5"] {
        let headers = [("content-md5", presigned.md5.as_str()), ("authorization", value)];
        client.send("PUT", &presigned.url, &headers, b"a").expect(400);
    }
    assert!(!emulator.findings().iter().any(is_key));
}

#[test]
fn a_key_without_bearer_is_one_finding() {
    for (value, part) in [
        ("alice-key", "has no `Bearer `"),
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
