//! Signatures by others: the vectors of docs/facts-s3.md#test-vectors, and `aws-sigv4` as a second
//! implementation.

use std::time::{Duration, SystemTime};

use aws_sigv4::{
    http_request::{
        PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use hyper::{
    HeaderMap, Method,
    header::{HeaderName, HeaderValue},
};
use jiff::Timestamp;
use proptest::prelude::*;

use super::{Credentials, Presign, Signer, canonical::CanonicalRequest, encoding, verify};
use crate::{
    files::S3Key,
    s3::{RawRequest, Refusal},
};

const HOST: &str = "alloy-user-files.s3.us-east-1.amazonaws.com";
const MD5: &str = "4QrcOUm6Wau+VuBX8g+IPg==";
const CHECKSUMS: &str = "&x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32";

fn signer() -> Signer {
    Signer::new(Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
        region: "us-east-1".to_owned(),
    })
}

fn at() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

fn check(
    method: &Method,
    path_and_query: &str,
    headers: &[(&str, &str)],
    now: Timestamp,
) -> Result<(), Refusal> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
    }
    let (path, query) = path_and_query.split_once('?').unwrap();
    verify(&RawRequest { method, path, query: Some(query), headers: &map }, &signer(), now).map(drop)
}

/// Returns the query of a PUT as the SDK presigns it at [`at`], including the headers that it moves into the query.
fn sdk_query(signed: &str, signature: &str, hoisted: &str) -> String {
    format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD\
         &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260102%2Fus-east-1%2Fs3%2Faws4_request\
         &X-Amz-Date=20260102T030405Z&X-Amz-Expires=3600&X-Amz-Signature={signature}\
         &X-Amz-SignedHeaders={signed}{hoisted}&x-id=PutObject"
    )
}

#[test]
fn the_sdks_vectors_verify() {
    const TWO: &str = "content-md5%3Bhost";
    let v3 = "/u/1/a%20b%2Bc~d%27%28%C3%A9%29%21%2A%26%3D%40%3A%2C%3B%24.png";
    let report = "/uploads/report.pdf";
    let md5 = ("content-md5", MD5);
    let token = format!("&X-Amz-Security-Token=FwoG%2Fab%2Bc%3D%3D{CHECKSUMS}");
    let meta = format!("&x-amz-meta-foo=Bar%20Baz{CHECKSUMS}");
    let vectors = [
        (
            "V1",
            report,
            TWO,
            "2297b1cdcd3f9efb60a065adfb13b6ac21476afcc32a4427fe47ea4ef5032c86",
            CHECKSUMS,
            None,
        ),
        (
            "V2",
            report,
            "content-md5%3Bcontent-type%3Bhost",
            "bcb8462552f8c863df9e636a610bd746806563a5c689ad7b6bec2f3f0e62da70",
            CHECKSUMS,
            Some(("content-type", "application/pdf")),
        ),
        ("V3", v3, TWO, "37210935920ea5a1a4249a904d5ad0d9f9a962f92867e0c24136a4696dc78a7e", CHECKSUMS, None),
        ("V4", report, TWO, "4f7ef33edb67a455330388dae936e41f50e994448dacc171fc6ba4d8cb11cd2d", "", None),
        (
            "V5",
            "/alloy-user-files/uploads/report.pdf",
            TWO,
            "bc73f5062948939ccf4ac08728a1de1e8196b9b471d46760f99e21888220f857",
            token.as_str(),
            None,
        ),
        (
            "V6",
            "//lead//dbl/../x/.",
            TWO,
            "389634ea5bd7a439fb19a38179de164e59b578d1e94f261bac2b9e44ad5575fa",
            CHECKSUMS,
            None,
        ),
        (
            "V7",
            "/k",
            "content-length%3Bcontent-md5%3Bhost",
            "72508b9963e89cd89bfb40f65f53c8d16dd4167a6f709e35c8ea5e628f13b82c",
            meta.as_str(),
            Some(("content-length", "6")),
        ),
    ];
    for (id, path, signed, signature, hoisted, header) in vectors {
        let host = if id == "V5" { "s3.us-east-1.amazonaws.com" } else { HOST };
        let headers: Vec<_> = [("host", host), md5].into_iter().chain(header).collect();
        let url = format!("{path}?{}", sdk_query(signed, signature, hoisted));
        let verified = check(&Method::PUT, &url, &headers, at());
        verified.unwrap_or_else(|refusal| panic!("{id}: {refusal}"));
    }
}

#[test]
fn canonical_requests_match_the_recorded_ones() {
    use sha2::{Digest, Sha256};
    let mut request = CanonicalRequest::new("PUT", "/uploads/report.pdf");
    request.query(&super::Query::parse(Some(&sdk_query("content-md5%3Bhost", "any", CHECKSUMS))));
    request.header("content-md5", [MD5.as_bytes()]);
    request.header("host", [HOST.as_bytes()]);
    let canonical = request.finish("content-md5;host", b"UNSIGNED-PAYLOAD");
    assert_eq!(
        hex::encode(Sha256::digest(canonical)),
        "477b90c837bea67cb6a9d11c94083511638a27a00b0bb88e906dc82e635c13f3"
    );
    let request = CanonicalRequest::new("PUT", "/u/1/a b+c~d'(é)!*&=@:,;$.png").finish("", b"");
    let path = b"PUT\n/u/1/a%20b%2Bc~d%27%28%C3%A9%29%21%2A%26%3D%40%3A%2C%3B%24.png\n";
    assert!(request.starts_with(path));
}

#[test]
fn the_example_of_aws_verifies() {
    let url = "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
        &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
        &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
        &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    let headers = [("host", "examplebucket.s3.amazonaws.com")];
    assert!(check(&Method::GET, url, &headers, "2013-05-24T12:00:00Z".parse().unwrap()).is_ok());
}

/// Presigns a PUT of `path` at [`at`] with `aws-sigv4`.
fn theirs(path: &str, headers: &[(&str, &str)]) -> String {
    let credentials = aws_credential_types::Credentials::new(
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        None,
        None,
        "test",
    );
    let identity = credentials.into();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.expires_in = Some(Duration::from_hours(1));
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("s3")
        .time(SystemTime::from(at()))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let url = format!("http://{HOST}{path}?X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&x-id=PutObject");
    let signable =
        SignableRequest::new("PUT", &url, headers.iter().copied(), SignableBody::UnsignedPayload).unwrap();
    let mut request = hyper::Request::builder().method("PUT").uri(&url).body(()).unwrap();
    sign(signable, &params).unwrap().into_parts().0.apply_to_request_http1x(&mut request);
    request.uri().path_and_query().unwrap().to_string()
}

fn ours(key: &S3Key, headers: &[(&str, &str)]) -> String {
    let base = format!("http://{HOST}");
    let wanted = Presign {
        base: &base,
        host: HOST,
        method: &Method::PUT,
        bucket: "files",
        key,
        at: at(),
        expires: 3600,
        headers,
    };
    signer().presign(&wanted).split_off(base.len())
}

fn signature_of(url: &str) -> &str {
    let (_, rest) = url.split_once("X-Amz-Signature=").unwrap();
    &rest[..64]
}

proptest! {
    #[test]
    fn a_second_implementation_agrees_on_any_key(
        key in "\\PC{1,60}|[/.a ]{1,20}|[%+a-f0-9 ]{1,20}",
        content_type in proptest::option::of("[a-z]{1,8}/[ -~]{0,12}[!-~]"),
    ) {
        let path = format!("/files/{key}");
        let mut signed = vec![("content-md5", MD5)];
        signed.extend(content_type.as_deref().map(|value| ("content-type", value)));
        let mut sent = signed.clone();
        sent.push(("host", HOST));

        let encoded: String = encoding::encode_path(&path).collect();
        let theirs = theirs(&encoded, &sent);
        let ours = ours(&S3Key::new(&key).unwrap(), &signed);
        prop_assert_eq!(signature_of(&ours), signature_of(&theirs));
        prop_assert!(check(&Method::PUT, &theirs, &sent, at()).is_ok());
        prop_assert!(check(&Method::PUT, &ours, &sent, at()).is_ok());
    }

    #[test]
    fn no_part_of_a_signed_request_can_be_changed(key in "[a-z0-9/é ]{1,20}") {
        let url = ours(&S3Key::new(&key).unwrap(), &[("content-md5", MD5)]);
        let sent = [("host", HOST), ("content-md5", MD5)];
        let refused = |method: &Method, url: &str, headers: &[(&str, &str)]| {
            matches!(check(method, url, headers, at()), Err(Refusal::SignatureDoesNotMatch(_)))
        };
        prop_assert!(!refused(&Method::PUT, &url, &sent));
        for method in [Method::GET, Method::HEAD, Method::DELETE, Method::POST] {
            prop_assert!(refused(&method, &url, &sent));
        }
        for (from, to) in [
            ("/files/", "/files/x"),
            ("/files/", "/files//"),
            ("Expires=3600", "Expires=3601"),
            ("T030405Z", "T030404Z"),
            ("UNSIGNED-PAYLOAD", "UNSIGNED"),
            ("x-id=PutObject", "x-id=GetObject"),
            ("&x-id=PutObject", ""),
            ("&x-id=PutObject", "&x-id=PutObject&v=2"),
            ("content-md5%3Bhost", "content-md5%3Bhost%3Baccept"),
            ("X-Amz-Signature=", "X-Amz-Signature=0"),
        ] {
            let changed = url.replacen(from, to, 1);
            prop_assert!(changed != url && refused(&Method::PUT, &changed, &sent), "{} {}", from, to);
        }
        for headers in [
            &[("host", "localhost"), sent[1]][..],
            &[sent[0], ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")],
            &[sent[0], sent[1], sent[1]],
            &[sent[0]],
            &[sent[0], sent[1], ("x-amz-content-sha256", "e3b0c442")],
        ] {
            prop_assert!(refused(&Method::PUT, &url, headers), "{:?}", headers);
        }
    }

    #[test]
    fn verifying_takes_anything(path in "/[ -~]{0,30}", query in "([ -~]{0,60}|(X-Amz-[A-Z][a-zA-Z]{3,12}=[^&]{0,9}&?){0,8})", name in "[a-z-]{1,20}") {
        let _ = check(&Method::PUT, &format!("{}?{query}", path.replace('?', "")), &[(&name, "x")], at());
    }
}
