//! Verifies presigned requests: a method, a target and headers, one a line. None may be good, since nothing here is
//! signed with the emulator's secret.
#![no_main]

use alloy_assay::internals::{
    RawRequest,
    sigv4::{Credentials, Signer, verify},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let method: Method = lines.next().and_then(|method| method.parse().ok()).unwrap_or(Method::PUT);
    let target = lines.next().unwrap_or_default();
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let headers: HeaderMap = lines
        .filter_map(|line| line.split_once(':'))
        .filter_map(|(name, value)| {
            Some((name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value.trim()).ok()?))
        })
        .collect();
    let signer = Signer::new(Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret: "a secret that signs nothing here".to_owned(),
        region: "us-east-1".to_owned(),
    });
    let now: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
    let request = RawRequest { method: &method, path, query, headers: &headers };
    assert!(verify(&request, &signer, now).is_err(), "a forged request was accepted");
});
