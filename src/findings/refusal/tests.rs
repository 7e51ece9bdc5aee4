//! Refusals compared with the issued URL.

use hyper::{HeaderMap, Method};
use jiff::Timestamp;

use super::*;
use crate::{
    exchange::{IssuedUrl, Rule},
    files::S3Key,
    s3::Mismatch,
};

const USER: &str = "aaaaaaaaaaaaaaaaaaaaaaaa";

/// Returns an issued URL for a key that Alloy itself would never make.
fn entry(path: &str) -> (Entry, String) {
    let query = "X-Amz-Date=20260102T030405Z&X-Amz-Credential=a%2Fb&X-Amz-SignedHeaders=content-md5%3Bhost";
    let issued = IssuedUrl {
        url: format!("http://h:1{path}?{query}&X-Amz-Signature={}&x-id=PutObject", "0".repeat(64)),
        user: USER.parse().unwrap(),
        filename: "a.txt".to_owned(),
        mime_type: "text/plain".to_owned(),
        md5: Md5Digest::OF_NOTHING,
        key: S3Key::new("k").unwrap(),
        is_existing: false,
        known_at: Timestamp::UNIX_EPOCH,
        signed_at: Timestamp::UNIX_EPOCH,
        expires: 1,
    };
    let url = issued.url.clone();
    (Entry::new(1, issued), url)
}

fn mismatch() -> Refusal {
    Refusal::SignatureDoesNotMatch(Box::new(Mismatch {
        access_key_id: String::new(),
        string_to_sign: String::new(),
        signature_provided: String::new(),
        canonical_request: b"PUT\n/b/k\nq=1\nhost:h:1\n\nhost\nUNSIGNED-PAYLOAD".to_vec(),
    }))
}

/// Returns the rules found in a request to `target` with these headers.
fn rules(
    method: &Method,
    target: &str,
    headers: &[(&'static str, &str)],
    entry: Option<&(Entry, String)>,
) -> Vec<&'static str> {
    let map: HeaderMap = headers
        .iter()
        .map(|(name, value)| (hyper::header::HeaderName::from_static(name), value.parse().unwrap()))
        .collect();
    let (path, query) = target.split_once('?').unwrap();
    let request = RawRequest { method, path, query: Some(query), headers: &map };
    let refused = Refused { request, refusal: &mismatch(), body: None, received: 0, behind: &[] };
    let (entry, url) = entry.map(|(entry, url)| (entry, url.as_str())).unzip();
    let found = explain(&refused, entry, url.unwrap_or_default(), |_| None, |_| None);
    for violation in &found {
        assert!(Rule::find(violation.rule).is_some(), "{}", violation.rule);
        assert!(!violation.message.contains("0000000000"), "{}", violation.message);
    }
    found.into_iter().map(|violation| violation.rule).collect()
}

const GOOD: [(&str, &str); 2] = [("host", "h:1"), ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")];

#[test]
fn reports_each_difference_once() {
    let entry = entry("/b/a%2Bb");
    let good = entry.1.strip_prefix("http://h:1").unwrap();
    let put =
        |target: &str, headers: &[(&'static str, &str)]| rules(&Method::PUT, target, headers, Some(&entry));
    assert_eq!(put(good, &GOOD), ["s3-signature"]);
    assert_eq!(put(&good.replace("%2Bb", "+b"), &GOOD), ["s3-path-plus"]);
    assert_eq!(put(&good.replace("&x-id=PutObject", ""), &GOOD), ["s3-query-missing"]);
    assert_eq!(put(&good.replace("000&", "&"), &GOOD), ["s3-signature-cut"]);
    assert_eq!(put(&good.replace("000&", "111&"), &GOOD), ["s3-signature-changed"]);
    assert_eq!(
        put(&good.replace("x-id", "v=1&x-id"), &[GOOD[0]]),
        ["s3-query-added", "s3-content-md5-missing"]
    );
    assert_eq!(put(good, &[("host", "h"), GOOD[1]]), ["s3-host"]);
    assert_eq!(rules(&Method::GET, good, &[GOOD[0]], Some(&entry)), ["s3-method"]);
    assert_eq!(rules(&Method::POST, good, &[GOOD[0]], Some(&entry)), ["s3-method", "s3-content-md5-missing"]);
    let hash = [GOOD[0], GOOD[1], ("x-amz-content-sha256", "STREAMING")];
    assert_eq!(put(good, &hash), ["s3-content-sha256"]);
}

#[test]
fn explains_an_unknown_url_by_itself() {
    let signature = "1".repeat(64);
    let target =
        format!("/b/k?X-Amz-SignedHeaders=content-md5%3Bhost&X-Amz-Signature={signature}&X-Amz-Date=1");
    let put = |target: &str, headers: &[(&'static str, &str)]| rules(&Method::PUT, target, headers, None);
    assert_eq!(put(&target, &GOOD), ["s3-signature"]);
    assert_eq!(put(&target, &[GOOD[0]]), ["s3-content-md5-missing"]);
    assert_eq!(put(&target.replace("1&", "&"), &GOOD), ["s3-signature-cut"]);
    assert_eq!(rules(&Method::GET, &format!("{target}&x-id=PutObject"), &GOOD, None), ["s3-method"]);
    // A URL for the same key by another signer is not compared with ours.
    assert_eq!(rules(&Method::PUT, &target, &GOOD, Some(&entry("/b/k"))), ["s3-signature"]);
}
