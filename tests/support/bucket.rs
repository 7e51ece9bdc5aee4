//! An emulator with a frozen clock, the upload for one of Alloy's URLs, and requests with other signatures.

use alloy_assay::{Builder, Emulator};
use jiff::Timestamp;

use super::{
    Client, Presigned,
    raw::{Answer, Connection},
    request::Request,
    sign, start,
};

/// Base URL of presigned URLs, so that documents are the same each time.
pub const HOST: &str = "localhost:7979";
/// The bucket's own host.
pub const BUCKET_HOST: &str = "alloy-user-files.s3.us-east-1.amazonaws.com";
/// Content of the upload, and its MD5 in both forms.
pub const BODY: &[u8] = b"123456";
pub const MD5: &str = "4QrcOUm6Wau+VuBX8g+IPg==";
pub const MD5_HEX: &str = "e10adc3949ba59abbe56e057f20f883e";
/// The MD5 of nothing.
pub const EMPTY_MD5: &str = "1B2M2Y8AsgTpgAmY7PhCfg==";

/// An emulator with a frozen clock.
pub fn frozen() -> Emulator {
    frozen_with(|builder| builder)
}

/// An emulator with a frozen clock, and answers that are S3's byte for byte; `set_up` configures it.
pub fn frozen_with(set_up: impl FnOnce(Builder) -> Builder) -> Emulator {
    let url = format!("http://{HOST}").parse().unwrap();
    let emulator = start(|builder| set_up(builder.api_key("alice-key").public_url(url).no_finding_header()));
    emulator.clock().freeze();
    emulator.clock().set(at("03:04:05"));
    emulator
}

/// The time of the frozen clock.
pub fn at(time: &str) -> Timestamp {
    format!("2026-01-02T{time}Z").parse().unwrap()
}

/// The URL that Alloy gives out for [`BODY`].
pub fn presign(emulator: &Emulator) -> Presigned {
    Client::new(emulator, "alice-key").presign("report.pdf", BODY)
}

/// The upload that this URL is for.
pub fn upload(emulator: &Emulator) -> Request {
    Request::put(&presign(emulator).url, MD5, BODY)
}

/// A request for another key, optionally with a query, signed by the second implementation.
pub fn signed(method: &str, key: &str, headers: &[(&str, &str)]) -> Request {
    signed_at(&format!("/alloy-user-files/{key}"), method, headers, at("03:04:05"))
}

/// A request for any path, signed at any time.
pub fn signed_at(path: &str, method: &str, headers: &[(&str, &str)], time: Timestamp) -> Request {
    let url = sign::url(method, HOST, path, headers, time);
    let target = url.strip_prefix(&format!("http://{HOST}")).unwrap();
    headers.iter().fold(Request::new(method, target), |request, (name, value)| request.and(name, value))
}

/// The signature in a request's query.
pub fn signature(request: &Request) -> &str {
    let (_, rest) = request.target.split_once("X-Amz-Signature=").unwrap();
    &rest[..64]
}

/// The text of an element of S3's document, unescaped as far as tests need it; empty where it is missing.
pub fn element(answer: &Answer, name: &str) -> String {
    let text = answer.text();
    let Some((_, rest)) = text.split_once(&format!("<{name}>")) else { return String::new() };
    let (text, _) = rest.split_once(&format!("</{name}>")).unwrap();
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Whether the connection is closed now, without our having closed our half; if not, it still serves.
pub fn is_closed(connection: &mut Connection) -> bool {
    connection.write(&Request::new("GET", "/_assay/health").bytes());
    match connection.read_answer_or_end() {
        None => true,
        Some(answer) => {
            assert_eq!(answer.status, 200);
            false
        }
    }
}
