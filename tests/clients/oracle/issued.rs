//! URLs that the emulator gives out: botocore comes to the same signature.

use alloy_assay::Builder;
use serde_json::json;

use super::{
    BOTOCORE, ask,
    keys::keys,
    support::{Client, Presigned, md5_base64, md5_hex, start},
};

/// Asks for a URL for each of the keys as a filename, and botocore for its signature.
#[track_caller]
fn botocore_agrees(content_type: Option<&str>, set_up: impl FnOnce(Builder) -> Builder) {
    if !BOTOCORE.is_here() {
        return;
    }
    let emulator = start(set_up);
    let client = Client::new(&emulator, "alice-key");
    let mut urls = Vec::new();
    let mut cases = Vec::new();
    for filename in &keys() {
        let bytes = filename.as_bytes();
        let mime_type = content_type.unwrap_or("text/plain");
        let body = json!({"filename": filename, "mimeType": mime_type, "md5": md5_hex(bytes)});
        let answer = client.call("POST", "/connectors/files/upload/request", Some(&body)).expect(200);
        let url = Presigned::of(&answer.json()).url;
        let mut headers = json!({"content-md5": md5_base64(bytes)});
        if let Some(content_type) = content_type {
            headers["content-type"] = content_type.into();
        }
        cases.push(json!({"sign": "PUT", "url": url, "headers": headers}));
        urls.push(url);
    }
    for (url, answer) in urls.iter().zip(ask(&cases)) {
        let (_, signature) = url.split_once("X-Amz-Signature=").unwrap();
        assert_eq!(answer["signature"], signature[..64], "{url}");
    }
}

#[test]
fn botocore_comes_to_the_same_signature() {
    botocore_agrees(None, |builder| builder);
}

#[test]
fn botocore_signs_the_content_type_the_same_way() {
    botocore_agrees(Some("text/plain;  charset=utf-8"), Builder::sign_content_type);
}

#[test]
fn botocore_comes_to_the_same_signature_under_another_name() {
    botocore_agrees(None, |builder| builder.public_url("https://files.example:8443".parse().unwrap()));
}
